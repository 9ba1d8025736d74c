"""What hides in free text, in JSON, or behind a company that left is found, told, erased and purged as well (H7)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone

from accounts import notices
from accounts.models import User
from core import deadlines, privacy
from core.dates import today
from core.identifiers import format_phone
from core.journal import Actor, record, timeline
from core.models import JournalEntry, PendingRow
from core.models.subject import subject_key
from core.privacy import Person
from membership import accesses, company, corrections
from membership.accesses import Given
from membership.models import Employee, Member
from space import changes
from space.company import Company
from space.models import ChangeRequest
from tests.factories import (
    CLERK,
    ApplicationFactory,
    ContactFactory,
    EmployeeFactory,
    MemberFactory,
    UserFactory,
    give_access,
    make_operator,
)
from tests.factories_space import access_of, make_manager, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.fault("H7")]

ZOE = Person(last_name="Lefèvre", first_name="Zoé", birth_date=date(1988, 9, 14))


@pytest.fixture
def admin() -> Actor:
    return Actor.staff(UserFactory(superuser=True))


def pending(member: Member, birth_date: str, **values: str) -> PendingRow:
    written = {
        "last_name": "LEFEVRE",
        "first_name": "zoe",
        "job_title": "Menuisière",
        "birth_date": birth_date,
        **values,
    }
    return PendingRow.objects.create(**subject_key(member), kind="employees", line=3, values=written)


# --- Rows to correct --------------------------------------------------------------------------------------------------


def test_a_refused_row_is_found_by_name_and_birth_date_told_and_erased(admin):
    member = MemberFactory(left_on=None)
    hers = [pending(member, "14/09/1988"), pending(member, "1988-09-14"), pending(member, "31/02/88")]
    others = [pending(member, "15/09/1988"), pending(member, "14/09/1988", first_name="Chloé")]
    told = privacy.export(ZOE)["Salariés : lignes de listes à corriger"]
    assert len(told) == len(hers)
    assert member.number in told[0]["ce qui était écrit"]
    assert "poste : Menuisière" in told[0]["ce qui était écrit"]
    assert "Salariés : lignes de listes à corriger" not in privacy.export(Person(email="zoe@morel.example"))

    (outcome,) = privacy.erase(ZOE, by=admin)
    assert (outcome.erased, outcome.kept) == (3, [])
    assert set(PendingRow.objects.all()) == set(others)
    assert privacy.erase(ZOE, by=admin) == []


def test_a_row_that_nobody_corrects_goes_after_a_year():
    row = pending(MemberFactory(left_on=None), "31/02/88")
    with time_machine.travel(timezone.now() + timedelta(days=360)):
        assert deadlines.run(timezone.now())["pending-purge"] == 0
    with time_machine.travel(timezone.now() + timedelta(days=368)):
        assert deadlines.run(timezone.now())["pending-purge"] == 1
    assert not PendingRow.objects.filter(pk=row.pk).exists()


# --- Changes that a member asked for ----------------------------------------------------------------------------------


def asked(user: User, member: Member) -> ChangeRequest:
    by = Company(access_of(user, member))
    return changes.request_change(by, {"phone": "+33160850001"}, "Appelez ma fille Chloé au 06 12 34 56 78.", by.actor)


def test_a_change_that_somebody_asked_for_is_told_and_kept_as_an_exchange(admin):
    member = make_member()
    user = make_manager(member, email="claire@morel.example")
    asked(user, member)
    (told,) = privacy.export(Person(email="claire@morel.example"))["Demandes de modification"]
    assert "ma fille Chloé" in told["message"]
    assert told["demandé par"] == user.get_full_name()
    assert told["demandé"] == f"Téléphone : {format_phone('+33160850001')}"
    (kept,) = (o for o in privacy.erase(Person(email=user.email), by=admin) if o.title == "Demandes de modification")
    assert (kept.erased, len(kept.kept)) == (0, 1)


def test_a_change_is_purged_three_years_after_it_was_decided_and_not_before():
    member = make_member()
    user = make_manager(member)
    refused = asked(user, member)
    changes.refuse_change(refused, by=CLERK, reason="Nous n’avons rien à changer.")
    waiting = asked(user, member)
    with time_machine.travel(timezone.now() + timedelta(days=3 * 365 - 2)):
        assert deadlines.run(timezone.now())["change-purge"] == 0
    with time_machine.travel(timezone.now() + timedelta(days=3 * 365 + 3)):
        assert deadlines.run(timezone.now())["change-purge"] == 1
    assert list(ChangeRequest.objects.all()) == [waiting]
    assert not JournalEntry.objects.about(refused).exists()


# --- Employees of a company that left ---------------------------------------------------------------------------------


def of_company(gone_on: date | None, **columns) -> Employee:
    member = MemberFactory(joined_on=date(2015, 1, 1), left_on=gone_on)
    return EmployeeFactory(establishment=member.establishment, **columns)


def test_employees_of_a_company_that_left_are_purged_five_years_later():
    """Nobody enters their departure: their company is no member any more."""
    day = today()
    gone = of_company(day - timedelta(days=5 * 365 + 3))
    kept = [of_company(day - timedelta(days=5 * 365 - 3)), of_company(None)]
    left = of_company(None, left_on=day - timedelta(days=5 * 365 + 3))
    assert deadlines.run(timezone.now())["employee-purge"] == 2
    assert set(Employee.objects.all()) == set(kept)
    assert not Employee.objects.filter(pk__in=[gone.pk, left.pk]).exists()


def test_an_employee_of_a_company_that_left_may_be_erased(admin):
    names = {"last_name": ZOE.last_name, "first_name": ZOE.first_name, "birth_date": ZOE.birth_date}
    of_company(today() - timedelta(days=1), **names)
    still = [of_company(today(), **names), of_company(None, **names)]  # its last day is not over
    (outcome,) = privacy.erase(ZOE, by=admin)
    assert outcome.erased == 1
    assert outcome.kept
    assert set(Employee.objects.all()) == set(still)


# --- What the journal says --------------------------------------------------------------------------------------------


def said() -> str:
    """All that the journals of the portal and of the back office say."""
    told = [f"{entry.message} {entry.reason} {entry.actor_name}" for entry in JournalEntry.objects.all()]
    return "\n".join([*told, *LogEntry.objects.values_list("object_repr", flat=True)])


def test_an_erased_account_is_named_nowhere_in_the_journal(admin):
    member = make_member()
    make_manager(member)
    given = accesses.give(
        member, Given(frozenset({"declares"})), email="Anne@morel.example", first_name="Anne", last_name="Sow", by=CLERK
    )
    anne = given.user
    accesses.change(given, Given(frozenset({"employees"})), by=CLERK)
    with transaction.atomic():
        notices.changed(anne, "Le téléphone est maintenant le 06 12 34 56 78.")
        notices.changed(anne, "L’adresse électronique est maintenant avant@morel.example.")
    LogEntry.objects.create(
        user=admin.user,
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(anne.pk),
        object_repr=str(anne),
        action_flag=2,
    )
    record(member, by=CLERK, message="Accès donné à Marianne Sower (marianne@morel.example) : consulte.")
    before = timeline(member, staff=True).count()
    assert "anne@morel.example" in said()

    privacy.erase(Person(email="anne@morel.example"), by=admin)
    told = said()
    for gone in ("Anne Sow", "06 12", "avant@morel.example", "(anne@morel.example)"):
        assert gone not in told, gone
    assert list(LogEntry.objects.values_list("object_repr", flat=True)) == ["Compte effacé"]
    assert "Accès donné à Compte effacé (adresse effacée) : consulter l’espace, déclarer" in told
    assert "Marianne Sower (marianne@morel.example)" in told, "somebody else"
    assert timeline(member, staff=True).count() == before + 1, "what was done stays, and that the access is over"


def test_an_erased_contact_is_struck_out_of_the_company_s_journal(admin):
    member = make_member()
    contact = ContactFactory(establishment=member.establishment, last_name="Sow", email="anne@morel.example")
    company.note_contact(member, "", company.contact_words(contact), by=CLERK)
    privacy.erase(Person(email=contact.email), by=admin)
    assert str(contact) not in said()
    assert contact.email not in said()
    assert "Contact ajouté." in said()


def test_the_wrong_address_of_a_dossier_is_masked_in_its_journal():
    """It may be a stranger's, who never asked us for anything."""
    make_operator()
    dossier = ApplicationFactory(awaiting=True, representative_email="inconnu@ailleurs.example")
    corrections.correct_address(dossier, email="claire.morel@morel.example", by=CLERK)
    assert "inconnu@ailleurs.example" not in said()
    assert "i•••@ailleurs.example" in said()


def test_erasing_an_account_touches_nobody_else_s_rights(admin):
    member = make_member()
    make_manager(member)
    give_access(UserFactory(email="part@morel.example"), member, "declares")
    before = said()
    privacy.erase(Person(email="personne@morel.example"), by=admin)
    assert said() == before
