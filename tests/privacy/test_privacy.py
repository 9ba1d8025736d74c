"""What is held about a person is told whole, erased once, purged in time; what the law keeps says so (H7)."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
import time_machine
from django.apps import apps
from django.db import transaction
from django.db.models import Field, JSONField, TextField
from django.utils import timezone

from core import deadlines, privacy
from core.dates import today
from core.journal import Actor
from core.models import JournalEntry
from core.privacy import Person
from documents.models import Document, Upload
from membership import employees, workflow
from membership.models import Access, Application, Contact, Employee
from notifications.mail import Mail
from notifications.models import CallbackRequest, Message
from notifications.outbox import enqueue
from tests.factories import (
    CLERK,
    PASSWORD,
    ApplicationFactory,
    EmployeeFactory,
    MemberFactory,
    UserFactory,
    give_access,
    make_operator,
    sign_in,
)
from tests.factories_sepa import IBAN, make_mandate
from tests.privacy.undeclared import WITHOUT

pytestmark = pytest.mark.django_db

CLAIRE = Person(email="claire.morel@morel.example", phone="+33612345678")
PERSONAL = {
    *("email", "last_name", "first_name", "birth_date", "phone", "iban", "to", "payer_iban", "signer_email"),
    "invited_as",
}


@pytest.fixture
def admin() -> Actor:
    return Actor.staff(UserFactory(superuser=True))


def _sent_to(address: str) -> Message:
    about = UserFactory()
    with transaction.atomic():
        message = enqueue(Mail(to=address, subject="Essai", title="Essai"), about=about, dedupe_key=f"essai:{address}")
    sent = {"state": "sent", "sent_at": timezone.now(), "next_attempt_at": None, "secret": None}
    Message.objects.filter(pk=message.pk).update(**sent)
    return message


def _may_be_personal(column: Field) -> bool:
    """By its name, or because anything can be written in it."""
    return column.name in PERSONAL or column.name.endswith("by_name") or isinstance(column, JSONField | TextField)


@pytest.mark.fault("H7")
def test_no_table_with_personal_data_is_forgotten():
    """A new model with such a column is declared in its app's privacy.py, or named in `undeclared` with the reason."""
    declared = {holding.model for holding in privacy.all_holdings()}
    personal = {
        model._meta.label_lower for model in apps.get_models() if any(map(_may_be_personal, model._meta.local_fields))
    }
    assert personal - declared == set(WITHOUT)
    assert all(WITHOUT.values())


@pytest.mark.fault("H7")
def test_an_export_tells_everything_held_about_a_person():
    make_operator()
    dossier = ApplicationFactory(awaiting=True)
    CallbackRequest.objects.create(name="Claire Morel", phone=CLAIRE.phone, topic="Mon dossier")
    Contact.objects.filter(establishment=dossier.establishment).update(email=CLAIRE.email.upper())
    found = privacy.export(CLAIRE)
    assert {"Demandes d’adhésion", "Contacts d’entreprises", "Messages envoyés", "Demandes de rappel"} <= set(found)
    assert found["Demandes d’adhésion"][0]["référence"] == dossier.reference
    assert len(found["Messages envoyés"]) == Message.objects.filter(to=CLAIRE.email).count()
    assert privacy.export(Person(email="personne@ailleurs.example")) == {}


@pytest.mark.fault("H7")
def test_an_employee_is_found_by_name_and_birth_date_whatever_the_accents():
    employee = ApplicationFactory().establishment.employees.first()
    Employee.objects.filter(pk=employee.pk).update(last_name="Lefèvre", first_name="Zoé", birth_date=date(1988, 9, 14))
    person = Person(last_name="LEFEVRE", first_name="zoe", birth_date=date(1988, 9, 14))
    assert len(privacy.export(person)["Salariés suivis"]) == 1
    assert privacy.export(Person(last_name="Lefèvre", first_name="Zoé", birth_date=date(1988, 9, 15))) == {}


@pytest.mark.fault("H7")
def test_erasing_a_prospect_leaves_nothing_and_is_idempotent(admin):
    make_operator()
    dossier = ApplicationFactory(awaiting=True)
    workflow.withdraw(dossier, by=CLERK, reason="Le projet est abandonné.")
    Message.objects.filter(to=CLAIRE.email).update(
        state="sent", sent_at=timezone.now(), next_attempt_at=None, secret=None
    )
    first = privacy.erase(CLAIRE, by=admin)
    assert "Demandes d’adhésion" in {outcome.title for outcome in first}
    assert all(not outcome.kept for outcome in first)
    for model in (Application, Employee, Contact, Upload, Document):
        assert not model.objects.exists()
    assert not Message.objects.filter(to=CLAIRE.email).exists()
    assert privacy.export(CLAIRE) == {}
    assert privacy.erase(CLAIRE, by=admin) == []


@pytest.mark.fault("H7")
def test_what_the_law_keeps_stays_and_says_why(admin):
    make_operator()
    accepted = ApplicationFactory(accepted=True)
    employee = accepted.establishment.employees.first()
    person = Person(last_name=employee.last_name, first_name=employee.first_name, birth_date=employee.birth_date)
    for who, title in ((CLAIRE, "Demandes d’adhésion"), (person, "Salariés suivis")):
        kept = next(outcome for outcome in privacy.erase(who, by=admin) if outcome.title == title)
        assert kept.erased == 0
        assert kept.kept
    assert Employee.objects.filter(pk=employee.pk).exists()
    assert Application.objects.filter(pk=accepted.pk).exists()


@pytest.mark.fault("H7")
def test_the_sweep_purges_what_is_past_its_time_and_a_dry_run_only_tells():
    make_operator()
    gone, member = ApplicationFactory(awaiting=True), ApplicationFactory(accepted=True)
    workflow.withdraw(gone, by=CLERK, reason="Le projet est abandonné.")
    left = member.establishment.employees.first()
    Employee.objects.filter(pk=left.pk).update(
        hired_on=date(2010, 1, 1), left_on=date(2012, 1, 31), birth_date="1980-05-04"
    )
    _sent_to("ancien@exemple.example")
    CallbackRequest.objects.create(name="Claire Morel", phone="+33612345678", done_at=timezone.now())
    later = timezone.now() + timedelta(days=3 * 365 + 2)
    names = {"dossier-purge", "employee-purge", "message-purge", "callback-purge"}

    previewed = {deadline.name for deadline, _ in deadlines.preview(later)}
    assert names <= previewed
    assert Employee.objects.filter(pk=left.pk).exists()

    done = deadlines.run(later)
    assert all(done[name] for name in names)
    assert not Application.objects.filter(pk=gone.pk).exists()
    assert not Employee.objects.filter(pk=left.pk).exists()
    assert not Message.objects.filter(to="ancien@exemple.example").exists()
    assert Application.objects.filter(pk=member.pk).exists()


@pytest.mark.fault("H7")
@pytest.mark.parametrize("asked", [True, False], ids=["erased", "purged"])
def test_the_journal_of_an_employee_goes_with_him(admin, asked):
    member = MemberFactory(left_on=None)
    gone, stays = EmployeeFactory.build_batch(2, establishment=member.establishment)
    employees.hire_all(member.establishment, [gone, stays], by=CLERK)
    employees.leave(gone, today() - timedelta(days=1), by=CLERK)
    assert JournalEntry.objects.about(gone).count() == 2
    if asked:
        person = Person(last_name=gone.last_name, first_name=gone.first_name, birth_date=gone.birth_date)
        privacy.erase(person, by=admin)
    else:
        assert deadlines.run_one("employee-purge", timezone.now() + timedelta(days=5 * 366)) == 1
    assert list(member.establishment.employees.all()) == [stays]
    assert not JournalEntry.objects.about(gone).exists()
    assert JournalEntry.objects.about(stays).count() == 1


@pytest.mark.fault("H7", "A8")
def test_the_page_is_for_administrators_exports_a_file_and_erases(client):
    make_operator()
    sign_in(client, UserFactory(manager=True))
    assert client.get("/admin/donnees-personnelles/").status_code == 403
    boss = UserFactory(superuser=True)
    sign_in(client, boss)
    address = _sent_to("ancien@exemple.example").to
    assert client.post("/admin/donnees-personnelles/", {"action": "search"}).status_code == 422
    half = client.post("/admin/donnees-personnelles/", {"last_name": "Morel", "action": "search"})
    assert "la date de naissance" in half.content.decode()
    page = client.post("/admin/donnees-personnelles/", {"email": address, "action": "search"})
    assert "Messages envoyés" in page.content.decode()
    exported = client.post("/admin/donnees-personnelles/", {"email": address, "action": "export"})
    assert "attachment" in exported["Content-Disposition"]
    assert json.loads(exported.content)["données"]["Messages envoyés"][0]["destinataire"] == address
    trace = JournalEntry.objects.get(message__startswith="Données personnelles exportées")
    assert (trace.subject, trace.actor, trace.internal) == (boss, boss, True)
    assert "1 ligne." in trace.message
    assert address not in trace.message
    erased = client.post("/admin/donnees-personnelles/", {"email": address, "action": "erase"})
    assert "Rien ne correspond à cette personne" in erased.content.decode()
    assert "Messages envoyés</strong>&nbsp;: 1 ligne effacée</li>" in erased.content.decode()
    trace = JournalEntry.objects.get(message__startswith="Données personnelles effacées")
    assert trace.message.endswith(" : 1 ligne.")
    assert not Message.objects.filter(to=address).exists()


@pytest.mark.fault("H7", "A9")
def test_an_account_is_anonymised_unless_a_company_needs_it(admin):
    company = MemberFactory(left_on=None)
    only, helper = (
        UserFactory(email="seule@morel.example"),
        UserFactory(email="aide@morel.example", phone="+33611111111"),
    )
    give_access(only, company)
    give_access(helper, company, "declares", invited_as="Aïda Sow")
    give_access(helper, MemberFactory(), invited_as="Aïda Sow", revoked_at=timezone.now())
    assert privacy.export(Person(email=helper.email))["Droits d’accès"][0]["nom donné à l’invitation"] == "Aïda Sow"

    (kept,) = (o for o in privacy.erase(Person(email="seule@morel.example"), by=admin) if o.title == "Compte")
    assert kept.kept
    assert kept.erased == 0

    (gone,) = (o for o in privacy.erase(Person(email="aide@morel.example"), by=admin) if o.title == "Compte")
    assert gone.erased == 1
    helper.refresh_from_db()
    assert (helper.phone, helper.first_name, helper.is_active) == ("", "", False)
    assert helper.email.endswith("@compte.invalid")
    assert not helper.has_usable_password()
    assert not Access.objects.alive().filter(user=helper).exists()
    assert not Access.objects.exclude(invited_as="").exists()
    assert "Compte" not in privacy.export(Person(email="aide@morel.example"))


@pytest.mark.fault("H7", "B15")
def test_who_has_an_account_takes_his_data_away(client):
    user = UserFactory(email="claire@morel.example")
    sign_in(client, user)
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        asked = client.get("/compte/securite/mes-donnees/")
    assert asked.status_code == 302  # the password first
    assert client.post("/compte/securite/confirmer/", {"password": PASSWORD}).status_code == 302
    data = json.loads(client.get("/compte/securite/mes-donnees/").content)["données"]
    assert data["Compte"][0]["adresse électronique"] == "claire@morel.example"


@pytest.mark.fault("A2", "H7")
def test_colleagues_who_share_a_telephone_are_two_people(client, admin):
    me, colleague = (UserFactory(email=f"{name}@morel.example", phone="+33169000000") for name in ("moi", "elle"))
    sign_in(client, me)
    told = client.get("/compte/securite/mes-donnees/").json()["données"]
    assert [row["adresse électronique"] for row in told["Compte"]] == [me.email]

    by_phone = Person(phone=me.phone)
    assert len(privacy.export(by_phone)["Compte"]) == 2, "staff are told that there are two"
    (outcome,) = privacy.erase(by_phone, by=admin)
    assert (outcome.erased, len(outcome.kept)) == (0, 1)
    assert "adresse" in outcome.kept[0]

    (outcome,) = privacy.erase(Person(email=me.email, phone=me.phone), by=admin)
    assert outcome.erased == 1
    colleague.refresh_from_db()
    assert colleague.is_active
    (outcome,) = privacy.erase(by_phone, by=admin)  # now it is hers alone
    assert outcome.erased == 1


@pytest.mark.fault("H5", "A2")
def test_the_account_number_of_a_mandate_is_told_masked():
    """Who signed may have been an accountant, whose access is long withdrawn."""
    make_mandate(email="cabinet@compta.example")
    (mandate,) = privacy.export(Person(email="cabinet@compta.example"))["Mandats de prélèvement"]
    assert mandate["IBAN"].endswith(IBAN[-3:])
    assert IBAN not in str(mandate).replace(" ", "").replace("\xa0", "")
