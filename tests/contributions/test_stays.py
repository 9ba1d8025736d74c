"""Who leaves after 1 January and is hired again was there on 1 January, whatever his row says since."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from contributions import counting, filling, preparation, workflow
from contributions.models import Arrival, Declaration
from contributions.states import MidYear
from core import deadlines, privacy
from core.dates import french_date
from core.privacy import Person
from core.transitions import AlreadyDone, Refused
from membership import employees
from membership.models import EarlierStay, Employee, Member
from tests.contributions.conftest import logged_in, people, press, url
from tests.contributions.test_midyear import sweep
from tests.factories import CLERK, COMPANY, EmployeeFactory
from tests.factories_contributions import DeclarationFactory, fill

pytestmark = pytest.mark.django_db
NEW_YEAR, LEFT, AGAIN = date(2027, 1, 1), date(2027, 1, 31), date(2027, 2, 10)
NAMES = {"last_name": "Roux", "first_name": "Paul", "birth_date": date(1990, 1, 1)}
FORM = {
    **NAMES,
    "birth_date": "01/01/1990",
    "hired_on": "10/02/2027",
    "contract_type": "cdi",
    "job_title": "Menuisier",
    "monitoring": "SI",
}


@pytest.fixture
def paul(campaign, member, clock) -> Employee:
    """His contract ended on 31 January 2027; it is 12 February."""
    clock.move_to(datetime(2027, 2, 12, 9, tzinfo=UTC))
    return EmployeeFactory(
        establishment=member.establishment, hired_on=date(2026, 3, 1), left_on=LEFT, monitoring="SI", **NAMES
    )


def rehire(employee: Employee, day: date = AGAIN, **answers) -> Employee:
    return employees.rehire(employee, {"hired_on": day, **answers}, by=COMPANY)


def there(day: date) -> bool:
    return Employee.objects.present(day).filter(last_name="Roux").exists()


@pytest.mark.req("C-04", "M-21")
def test_each_stay_holds_its_own_days(paul):
    again = rehire(paul)
    rehire(employees.leave(again, date(2027, 2, 28), by=COMPANY), date(2027, 4, 1))
    days = {
        date(2026, 2, 28): False,
        date(2026, 3, 1): True,
        NEW_YEAR: True,
        LEFT: True,
        date(2027, 2, 1): False,
        AGAIN: True,
        date(2027, 2, 28): True,
        date(2027, 3, 1): False,
        date(2027, 4, 1): True,
    }
    assert {day: there(day) for day in days} == days
    assert Employee.objects.present(NEW_YEAR).count() == 1


@pytest.mark.parametrize("way", ["reintegrer", "ajouter", "importer", "etape-2"])
@pytest.mark.req("C-04", "D-21")
def test_taken_back_he_still_counts_on_1_january(paul, member, campaign, way):
    draft = DeclarationFactory(campaign=campaign, member=member)
    client = logged_in(member, "declares", "employees").client
    if way == "reintegrer":
        typed = {"why": "again", "hired_on": "10/02/2027", "version": paul.version}
        client.post(reverse("space:employees-return", args=[member.pk, paul.pk]), typed)
    elif way == "ajouter":
        client.post(reverse("space:employees-add", args=[member.pk]), FORM)
    elif way == "importer":
        heads = "Nom\tPrénom\tDate de naissance\tDate d’embauche\tType de contrat\tPoste\tType de suivi"
        lines = f"{heads}\nRoux\tPaul\t01/01/1990\t10/02/2027\tCDI\tMenuisier\tSimple"
        address = reverse("space:employees-import", args=[member.pk])
        plan = client.post(address, {"pasted": lines})
        client.post(address, {"cells": plan.context["cells"], "action": "all"})
    else:
        press(client, draft, "declarations")
        answer = client.post(url("employees-add", draft), FORM, follow=True)
        assert "n’est pas dans cette déclaration" not in answer.text
    paul.refresh_from_db()
    assert (paul.hired_on, paul.left_on) == (AGAIN, None)
    press(client, draft, "declarations")
    page = client.get(url("step", draft, "salaries"))
    assert page.context["rows"]["page"].paginator.count == 1
    assert "10/02/2027, après une sortie le 31/01/2027" in page.text
    assert not page.context["arrived"]
    done = workflow.validate(fill(Declaration.objects.get(pk=draft.pk)), by=COMPANY)
    declared = done.declared.get()
    assert (done.headcount, declared.last_name, declared.hired_on) == (1, "Roux", date(2026, 3, 1))


@pytest.mark.req("C-04", "D-19")
def test_a_correction_keeps_him_and_no_arrival_is_billed_for_him(paul, campaign, member):
    campaign.midyear = MidYear.FULL
    campaign.save()
    people(member, SIR=1)
    done = DeclarationFactory(validated=True, campaign=campaign, member=member)
    rehire(paul)
    people(member, SI=1)  # what the correction is for
    second = workflow.validate(fill(workflow.correct(done, by=COMPANY)), by=COMPANY)
    assert (done.headcount, second.headcount) == (2, 3)
    assert second.invoice.net == 98
    sweep(date(2027, 4, 1))
    assert not Arrival.objects.exists()


def test_last_year_beside_it_he_is_neither_new_nor_gone(declare, member, clock):
    draft = declare(SI=2)
    clock.move_to(datetime(2027, 2, 12, 9, tzinfo=UTC))
    one = member.establishment.employees.first()
    rehire(employees.leave(one, LEFT, by=COMPANY))
    found = counting.changes(draft)
    assert (found.now, found.new, found.gone) == (2, 0, 0)
    assert not counting.gone(draft, draft.last_year)
    client = logged_in(member, "declares").client
    press(client, draft, "declarations")
    assert "Sorti le 31/01/2027, réembauché depuis" in client.get(url("step", draft, "salaries")).text


def test_the_opening_and_its_preparation_count_him(paul, campaign, member):
    rehire(paul)
    people(member, SIR=2)
    campaign.opened_at = timezone.now()
    prepared = preparation.prepare(campaign)
    assert (prepared.employees, prepared.empty) == (3, 0)
    filling.fill(campaign, Member.objects.filter(pk=member.pk), filling.amounts(2027))
    made = Declaration.objects.get(member=member)
    assert (made.expected_headcount, made.expected_net) == (3, 98 + 2 * 135)


@pytest.mark.req("C-04")
@pytest.mark.parametrize(
    ("typed", "counts", "left_on", "until"),
    [
        ("31/12/2026", False, None, date(2026, 12, 31)),  # he had left before 1 January
        ("15/01/2027", True, None, date(2027, 1, 15)),
        ("11/02/2027", True, date(2027, 2, 11), LEFT),  # he has left again
    ],
)
def test_step_2_mends_the_stay_by_which_he_counts(paul, member, campaign, typed, counts, left_on, until):
    draft = DeclarationFactory(campaign=campaign, member=member)
    rehire(paul)
    client = logged_in(member, "declares").client
    page = url("employees-leave", draft, paul.pk)
    assert f"réembauché le {french_date(AGAIN)}" in client.get(page).text
    assert client.post(page, {"last_day": typed, "version": 2}).status_code == 302
    paul.refresh_from_db()
    assert paul.left_on == left_on
    assert paul.earlier_stays.get().left_on == until
    assert counting.counts_in(draft, paul.pk) is counts


def test_an_earlier_stay_ends_between_its_hiring_and_the_next(paul):
    stay = rehire(paul).earlier_stays.get()
    for day in (date(2026, 2, 28), AGAIN):
        with pytest.raises(Refused, match="01/03/2026"):
            employees.correct_earlier(stay, day, by=CLERK)
    with pytest.raises(AlreadyDone):
        employees.correct_earlier(stay, NEW_YEAR, by=CLERK, seen=1)
    employees.correct_earlier(stay, date(2027, 2, 9), by=CLERK)
    assert there(date(2027, 2, 9))


def test_a_hiring_moved_back_joins_the_stays_or_is_refused(paul):
    again = rehire(paul)
    again.hired_on, again.version = date(2027, 1, 15), again.version + 1
    with pytest.raises(Refused, match="du 01/03/2026 au 31/01/2027"):
        employees.change(again, ["hired_on"], by=COMPANY)
    again.hired_on = date(2026, 3, 1)  # he had never left
    employees.change(again, ["hired_on"], by=COMPANY)
    assert not EarlierStay.objects.exists()
    assert there(date(2027, 2, 1))


def test_the_database_holds_no_stay_that_ends_before_it_begins(paul):
    with pytest.raises(IntegrityError), transaction.atomic():
        EarlierStay.objects.create(employee=paul, hired_on=NEW_YEAR, left_on=date(2026, 12, 31))


def test_the_fiche_tells_his_earlier_stays(paul, member):
    rehire(paul)
    client = logged_in(member, "employees").client
    assert "du 01/03/2026 au 31/01/2027" in client.get(reverse("space:employees-show", args=[member.pk, paul.pk])).text


@pytest.mark.fault("H7")
def test_his_earlier_stays_are_told_to_him_and_go_in_time(paul):
    again = rehire(paul)
    person = Person(**NAMES)
    (told,) = privacy.export(person)["Salariés réembauchés : périodes de travail précédentes"]
    assert told["dernier jour de travail"] == "2027-01-31"
    assert all(not outcome.erased for outcome in privacy.erase(person, by=CLERK))
    employees.leave(again, AGAIN, by=COMPANY)
    privacy.erase(person, by=CLERK)
    assert not EarlierStay.objects.exists()


@pytest.mark.fault("H7")
def test_an_earlier_stay_is_purged_five_years_after_its_last_day(paul):
    rehire(paul)
    assert deadlines.run(datetime(2032, 1, 31, 12, tzinfo=UTC))["earlier-stay-purge"] == 0
    assert deadlines.run(datetime(2032, 2, 1, 12, tzinfo=UTC))["earlier-stay-purge"] == 1
    assert Employee.objects.filter(pk=paul.pk).exists()


# --- Under the rule FULL ----------------------------------------------------------------------------------------------


@pytest.fixture
def done(campaign, member) -> Declaration:
    campaign.midyear = MidYear.FULL
    campaign.save()
    people(member, SI=1)
    return DeclarationFactory(validated=True, campaign=campaign, member=member)


@pytest.mark.req("D-19")
@pytest.mark.parametrize(("left_on", "billed"), [(date(2027, 3, 5), True), (date(2027, 3, 2), False)])
def test_a_stay_that_was_long_enough_is_invoiced_though_he_was_hired_again(done, clock, left_on, billed):
    site = done.member.establishment
    arrived = EmployeeFactory(establishment=site, hired_on=date(2027, 2, 1), left_on=left_on, **NAMES)
    clock.move_to(datetime(2027, 3, 20, 9, tzinfo=UTC))
    rehire(arrived, date(2027, 3, 15))
    employees.leave(Employee.objects.get(pk=arrived.pk), date(2027, 3, 19), by=COMPANY)
    sweep(date(2027, 4, 1))
    assert list(Arrival.objects.values_list("hired_on", flat=True)) == ([date(2027, 2, 1)] if billed else [])
