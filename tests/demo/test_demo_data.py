"""The demonstration: believable, complete, made by the real verbs, and made once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.management import CommandError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from billing.models import Invoice
from contributions.models import Declaration
from core import deadlines
from core.dates import today
from core.identifiers import clean_naf, clean_phone, clean_siret
from core.models import Commune, JournalEntry, Postcode
from demo import operator, stories
from demo.clock import set_to
from documents.models import Upload
from membership import eligibility, permissions, pieces, workflow
from membership.forms import check_employee
from membership.models import (
    Application,
    Doctor,
    Employee,
    Establishment,
    MedicalCentre,
    Payment,
    TariffYear,
    UnpaidInvoice,
    ZoneCommune,
)
from membership.states import Queue, State
from membership.unpaid import unpaid_invoices
from tests.demo.conftest import demo_data
from tests.factories import CLERK, luhn

# It is made once for all of them, and runs on SQLite.
pytestmark = [pytest.mark.xdist_group("demonstration"), pytest.mark.once]

# pytest-django runs these two first, before the transaction of `filled` begins.


@pytest.mark.django_db
def test_asks_for_the_communes_first():
    Postcode.objects.all().delete()
    Commune.objects.all().delete()
    with pytest.raises(CommandError, match="load_reference"):
        demo_data()


@pytest.mark.django_db
def test_is_for_the_demonstration_only(settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="GUICHET_DEMO"):
        demo_data()
    assert not User.objects.exists()


def test_there_is_a_dossier_in_every_state_and_queue(filled):
    assert set(Application.objects.values_list("state", flat=True)) == set(State.values)
    assert set(Application.objects.values_list("queue", flat=True)) == set(Queue.values)
    assert set(Payment.objects.values_list("state", flat=True)) == set(Payment.State.values)
    assert set(Upload.objects.values_list("review", flat=True)) == set(Upload.Review.values)


def test_the_queue_has_what_a_newcomer_wants_to_see(filled):
    waiting = Application.objects.exclude(queue="")
    assert waiting.filter(due_on__lt=today()).exists(), "something is overdue"
    to_check = Application.objects.filter(state=State.SUBMITTED)
    assert any(unpaid_invoices(dossier) for dossier in to_check), "a dossier to hold for unpaid invoices"
    ready = Application.objects.filter(queue=Queue.READY)
    assert all(pieces.is_complete(dossier) for dossier in ready)
    with transaction.atomic():
        workflow.accept(ready[0], by=CLERK)
        transaction.set_rollback(True)


def test_what_a_former_member_owes_dates_from_the_membership(filled):
    invoices = UnpaidInvoice.objects.select_related("member")
    assert invoices
    for invoice in invoices:
        assert invoice.member.joined_on < invoice.due_on < invoice.member.left_on, invoice.number


def test_the_operator_s_own_numbers_are_right_and_nobody_s():
    siren = settings.OPERATOR["siren"]
    assert siren.startswith("00"), "the register gives no such SIREN"
    assert luhn(siren[:8]) == siren
    assert settings.OPERATOR["vat_number"] == f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"


def test_the_operator_is_complete(filled):
    assert MedicalCentre.objects.count() == 3
    assert Doctor.objects.count() == 5
    assert ZoneCommune.objects.filter(commune__department="91").count() >= 40
    for tariff in TariffYear.objects.filter(year__in=[2026, 2027]):
        assert tariff.tariffs.count() == 3
    for naf in ("0111Z", "0210Z", "0311Z", "4120A", "4211Z", "4399C"):
        found = eligibility.refusals(siret="x", commune_code="91103", naf=naf, headcount=1, agricultural=False)
        assert len(found) == 1, naf
    assert not eligibility.refusals(siret="x", commune_code="91103", naf="6201Z", headcount=1, agricultural=False)


@pytest.mark.req("D-19")
def test_tariffs_stay_in_the_legal_corridor(filled):
    tariff = TariffYear.objects.get(year=2026)
    for line in tariff.tariffs.all():
        assert tariff.national_average * 8 / 10 <= line.amount <= tariff.national_average * 12 / 10


def test_everyone_named_could_exist_and_nobody_does(filled):
    for site in Establishment.objects.exclude(siret=""):
        assert clean_siret(site.siret) == site.siret
        assert site.siret.startswith("00"), "no register gives such a number"
        assert clean_naf(site.naf) == site.naf
        assert clean_phone(site.phone) == site.phone
        assert site.email.endswith(".example")
    for employee in Employee.objects.all():
        fields = ("birth_date", "hired_on", "contract_type", "monitoring", "job_title", "last_name", "first_name")
        assert not check_employee({field: getattr(employee, field) for field in fields}), employee


def test_each_role_can_log_in(filled):
    for mailbox, _, _, group in operator.STAFF:
        email = f"{mailbox}@guichet.example"
        user = authenticate(username=email, password=operator.PASSWORD)
        assert user is not None
        assert user.is_staff
        validate_password(operator.PASSWORD, user)
        assert ([group] if group else []) == list(user.groups.values_list("name", flat=True))
        assert email in filled
    assert operator.PASSWORD in filled
    assert set(permissions.GROUPS) <= {group for *_, group in operator.STAFF}


def test_history_is_in_order_and_in_the_past(filled):
    for dossier in Application.objects.all():
        entries = list(JournalEntry.objects.about(dossier).order_by("pk"))
        assert entries[0].at == dossier.created_at
        assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
        assert entries[-1].at <= timezone.now()
    numbered = Application.objects.exclude(reference=None).order_by("submitted_at").values_list("reference", flat=True)
    assert list(numbered) == sorted(numbered)


def test_nothing_is_due_at_once(filled):
    """Or the first run of the deadlines would change what the newcomer was shown."""
    assert not list(deadlines.preview(timezone.now()))


def test_a_second_run_changes_nothing(filled):
    counts = {model: model.objects.count() for model in (Application, User, JournalEntry, Upload, Declaration, Invoice)}
    assert "nothing changed" in demo_data()
    assert {model: model.objects.count() for model in counts} == counts


def test_the_clock_is_right_again(filled):
    moment = timezone.now() - timedelta(days=stories.DAYS)
    with set_to(moment):
        assert timezone.now() == Application().created_at == moment
    assert timezone.now() > moment
    assert Application().created_at > moment
