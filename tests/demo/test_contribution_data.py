"""The second story of the demonstration: campaigns, accounts, money and requests, each in every state."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing.models import Collection, CollectionFile, Invoice, Mandate, StatementLine
from billing.models.mandate import MandateState
from contributions.models import Arrival, Campaign, Declaration, ReminderWave
from contributions.states import CampaignState, State
from core import deadlines
from core.dates import today
from core.models import AccessLink
from demo import mailbox, operator, welcome
from demo.post import PACE
from demo.years import Calendar
from documents.models import Document
from membership.models import Access, Employee, Member
from notifications import sender
from notifications.models import Message
from space.models import Attestation, ChangeRequest, MemberRequest, UsefulDocument
from space.papers import useful_by_section
from tests.demo.conftest import demo_data, load_communes

# It is made once for all of them, and runs on SQLite.
pytestmark = [pytest.mark.xdist_group("demonstration"), pytest.mark.once]

PLAYERS = [f"{mail}@guichet.example" for mail, *_ in operator.STAFF] + [mail for mail, _ in welcome.COMPANIES]


def values(model: type, column: str) -> set[str]:
    return set(model.objects.values_list(column, flat=True))


def member(name: str) -> Member:
    return Member.objects.get(establishment__name=name)


def test_every_state_is_there(filled):
    assert values(Campaign, "state") == {CampaignState.PREPARED, CampaignState.OPEN, CampaignState.CLOSED}
    assert values(Declaration, "state") == set(State.values)
    assert values(Invoice, "kind") == set(Invoice.Kind.values)
    assert values(Mandate, "state") == set(MandateState.values) - {MandateState.LAPSED}, "lapsing takes 36 months"
    assert values(Collection, "state") == set(Collection.State.values)
    assert values(StatementLine, "state") == set(StatementLine.State.values)
    assert values(StatementLine, "certainty") == set(StatementLine.Certainty.values)
    assert values(ChangeRequest, "state") == set(ChangeRequest.State.values)
    assert values(MemberRequest, "state") == set(MemberRequest.State.values)
    assert values(ReminderWave, "kind") == set(ReminderWave.Kind.values)
    assert values(Attestation, "kind") == set(Attestation.Kind.values)
    assert len(useful_by_section()) == len(UsefulDocument.Section)


def test_declarations_of_the_open_campaign(filled):
    now = Declaration.objects.filter(campaign__state=CampaignState.OPEN)
    drafts = now.filter(state=State.DRAFT, version=1)
    assert drafts.filter(started_at=None).exists(), "silent"
    assert drafts.filter(started_at__isnull=False).exists(), "in progress"
    assert now.filter(state=State.DRAFT, version=2).exists(), "being corrected"
    assert set(now.filter(state=State.VALIDATED).values_list("payment_mode", flat=True)) == {
        "transfer",
        "cheque",
        "debit",
    }
    assert Arrival.objects.exists()
    campaign = Campaign.objects.get(state=CampaignState.OPEN)
    assert campaign.opens_on <= today() < campaign.deadline


def test_declarations_of_last_year(filled):
    last = Declaration.objects.filter(campaign__state=CampaignState.CLOSED).select_related("campaign")
    deadline = last[0].campaign.deadline
    assert last.filter(validated_at__date__gt=deadline, version=1).exists(), "declared late"
    assert last.filter(state=State.DRAFT).exists(), "never declared"
    assert last.filter(state=State.VALIDATED, version=2).exists(), "corrected"


def test_invoices_are_paid_late_partly_paid_and_credited(filled):
    bills = Invoice.objects.filter(kind=Invoice.Kind.INVOICE)
    late = bills.unsettled().filter(due_on__lt=today())
    assert bills.filter(settled_on__isnull=False).exists()
    assert late.filter(paid=0).exists()
    assert late.filter(paid__gt=0).exists()
    assert bills.filter(credited__gt=0, settled_on__isnull=False).exists()
    assert any(invoice.excess for invoice in bills)
    for year, numbers in _by_year(Invoice.objects.values_list("number", flat=True)):
        assert numbers == list(range(1, len(numbers) + 1)), year


def _by_year(numbers):
    found: dict[str, list[int]] = {}
    for number in sorted(numbers):
        year, _, rank = number.partition("-")
        found.setdefault(year, []).append(int(rank))
    return found.items()


def test_debits_left_in_files(filled):
    assert CollectionFile.objects.filter(collects_on__gt=today()).exists()
    assert CollectionFile.objects.filter(collects_on__lt=today()).exists()
    waiting = Collection.objects.filter(state=Collection.State.PLANNED)
    assert not waiting.filter(collects_on__lte=today()).exists(), "none was forgotten"


def test_one_member_is_large_and_another_small(filled):
    large = Employee.objects.filter(establishment__member=member("Plastiques du Hurepoix"))
    assert large.staying().count() > 250
    assert large.filter(left_on__lt=today()).count() > 10, "they came and went"
    assert Employee.objects.filter(establishment__member=member("Fleurs d’Arpajon")).staying().count() == 3
    tilleuls = Employee.objects.filter(establishment__member=member("Résidence Les Tilleuls"))
    assert tilleuls.filter(hired_on__gt=today()).exists()
    assert tilleuls.filter(left_on__gt=today()).exists()


def test_present_members_have_an_account(filled):
    for company in Member.objects.filter(left_on=None):
        access = Access.objects.alive().filter(member=company, manages=True).select_related("user")
        assert access, company
        new = company.establishment.name in ("Fleurs d’Arpajon", "Clinique vétérinaire des Prés")
        assert all(one.user.has_usable_password() != new for one in access), company


def test_the_accountant_has_two_companies_and_one_ends_soon(filled):
    accesses = Access.objects.alive().filter(user__email="julie.caron@cabinet-duval-et-associes.example")
    assert accesses.count() == 2
    assert accesses.filter(ends_on__lte=today() + timedelta(days=10)).count() == 1
    drafts = Declaration.objects.filter(member__in=accesses.values("member"), campaign__state=CampaignState.OPEN)
    assert set(drafts.values_list("state", flat=True)) == {State.DRAFT}, "there is something to do for both"


def test_the_colleague_only_consults(filled):
    access = Access.objects.get(user__email="karine.bonnet@residence-les-tilleuls.example")
    assert not access.rights


def log_in(email: str, client: Client) -> None:
    """As a person does it: password, then the code of the mail."""
    client.post("/connexion/", {"email": email, "password": operator.PASSWORD})
    before = set(mailbox.names())
    client.get("/connexion/code/")
    sender.drain()
    (name,) = set(mailbox.names()) - before
    delivery = mailbox.find(name)
    code = re.search(r"\b\d{6}\b", delivery.text)
    assert delivery.to == email
    (mailbox.folder() / f"{name}.eml").unlink()  # the mailbox is that of all these tests
    response = client.post("/connexion/code/", {"otp": code[0]})
    assert response.status_code == 302, response.content.decode()


@pytest.mark.parametrize("email", PLAYERS)
def test_each_login_passes_both_steps(filled, email):
    client = Client()
    with transaction.atomic():
        log_in(email, client)
        home = "/admin/" if email.endswith("@guichet.example") else "/espace/"
        assert client.get(home, follow=True).status_code == 200
        transaction.set_rollback(True)
    assert email in filled


def test_the_newcomer_has_an_activation_link_in_the_mailbox(filled):
    user = User.objects.get(email=welcome.NEWCOMER)
    assert not user.has_usable_password()
    assert AccessLink.objects.alive().about(user).exists()
    mails = [mail for name in mailbox.names() if (mail := mailbox.find(name)) and mail.to == welcome.NEWCOMER]
    assert any("/compte/activer/" in mail.text for mail in mails)
    assert any(mailbox.find(name).to == welcome.NEWCOMER for name in mailbox.names()[:5]), "one of the last that came"


def test_nothing_waits_to_be_sent_or_rendered(filled):
    """Or the first code to log in would stand behind it. The papers of last year come one by one."""
    moments = sorted(Document.objects.exclude(state=Document.State.READY).values_list("retry_at", flat=True))
    assert len(moments) > 1
    assert {after - before for before, after in pairwise(moments)} == {PACE}
    assert values(Message, "state") == {Message.State.SENT}
    days = [mailbox.find(name).at for name in mailbox.names()]
    assert min(days) > timezone.now() - timedelta(days=13)
    assert max(days) <= timezone.now()


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (date(2027, 1, 1), 2026),
        (date(2027, 2, 14), 2026),
        (date(2027, 2, 15), 2027),
        (date(2027, 12, 31), 2027),
        (date(2028, 2, 29), 2028),
    ],
)
def test_the_open_campaign_began_in_its_year(day, year):
    calendar = Calendar(day)
    assert calendar.year == year
    assert date(year, 1, 1) <= calendar.opens_on < day < calendar.deadline
    assert calendar.next_opening > day
    assert calendar.begins < date(calendar.last_year, 1, 1)


@pytest.mark.once
@pytest.mark.django_db
def test_it_is_made_on_any_day(settings, tmp_path):
    """In the first days of January, when the open campaign is last year's."""
    settings.MEDIA_ROOT, settings.VAR_DIR = tmp_path / "files", tmp_path
    settings.EMAIL_BACKEND = "demo.mailbox.MailboxBackend"
    with time_machine.travel(datetime(2027, 1, 3, 9, 0, tzinfo=UTC), tick=True):
        load_communes()
        demo_data()
        assert not list(deadlines.preview(timezone.now()))
        assert values(Collection, "state") == set(Collection.State.values)
        assert Campaign.objects.get(state=CampaignState.OPEN).year == 2026
    assert Document.objects.exists()
