"""Employees who arrive after 1 January: nothing, or one contribution each once they have stayed long enough."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine

from billing.models import Invoice
from contributions import midyear, workflow
from contributions.models import Arrival, Declaration
from contributions.states import CampaignState, MidYear
from core import deadlines
from core.dates import today
from membership import employees
from notifications.models import Message
from tests.contributions.conftest import people
from tests.factories import COMPANY, EmployeeFactory
from tests.factories_contributions import DeclarationFactory, fill

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(campaign, member) -> Declaration:
    """Validated on 12 January with one employee, under the rule FULL with 31 days."""
    campaign.midyear = MidYear.FULL
    campaign.save()
    people(member, SI=1)
    return DeclarationFactory(validated=True, campaign=campaign, member=member)


def hire(declaration: Declaration, day: date, **columns) -> None:
    site = declaration.member.establishment
    return EmployeeFactory(establishment=site, hired_on=day, **{"monitoring": "SIR", **columns})


def sweep(day: date) -> dict[str, int]:
    moment = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
    with time_machine.travel(moment):
        return deadlines.run(moment)


@pytest.mark.req("D-19", "M-21")
def test_one_month_one_invoice_for_all_who_arrived(done):
    hire(done, date(2027, 1, 15))
    hire(done, date(2027, 2, 1), monitoring="SI")
    hire(done, date(2027, 2, 20))  # 31 days on 22 March only
    assert sweep(date(2027, 3, 15))["midyear-arrivals"] == 1
    invoice = Invoice.objects.get(title__contains="arrivés")
    assert invoice.net == Decimal("233.00")
    assert [(line["quantity"], line["unit"]) for line in invoice.lines] == [(1, "98.00"), (1, "135.00")]
    assert (invoice.service_from, invoice.service_to) == (date(2027, 1, 15), date(2027, 12, 31))
    assert Message.objects.get(dedupe_key=f"arrivals:{invoice.number}").documents() == [invoice.document]


def test_nobody_is_invoiced_before_the_duration_and_everybody_once(done):
    hire(done, date(2027, 2, 1))
    sweep(date(2027, 3, 1))  # 29 days
    assert not Arrival.objects.exists()
    sweep(date(2027, 4, 1))
    assert Arrival.objects.count() == 1
    for month in (5, 6, 7):
        sweep(date(2027, month, 1))
    assert Arrival.objects.count() == 1
    assert Invoice.objects.filter(title__contains="arrivés").count() == 1
    assert Message.objects.filter(dedupe_key__startswith="arrivals").count() == 1


def test_the_last_of_31_days_counts(done):
    declared = Declaration.objects.get(pk=done.pk)
    hire(done, date(2027, 2, 1))
    assert not midyear.arrivals(declared, date(2027, 3, 2))
    assert midyear.arrivals(declared, date(2027, 3, 3))


@pytest.mark.parametrize(("left_on", "counts"), [(date(2027, 2, 14), True), (date(2027, 2, 13), False)])
def test_who_left_counts_if_he_had_stayed_long_enough(done, left_on, counts):
    hire(done, date(2027, 1, 15), left_on=left_on)
    sweep(date(2027, 3, 1))
    assert Arrival.objects.exists() is counts


def test_who_leaves_is_never_paid_back(done):
    employees.leave(done.member.establishment.employees.get(), date(2027, 1, 31), by=COMPANY)
    sweep(date(2027, 3, 1))
    done.refresh_from_db()
    assert not done.invoice.corrections.exists()


def test_removed_and_entered_again_he_is_the_same_person(done):
    names = {"last_name": "Roux", "first_name": "Paul", "birth_date": date(1990, 1, 1)}
    hire(done, date(2027, 1, 15), **names).delete()
    hire(done, date(2027, 1, 15), **names)
    sweep(date(2027, 3, 1))
    done.member.establishment.employees.filter(last_name="Roux").delete()
    hire(done, date(2027, 1, 16), **names)
    sweep(date(2027, 4, 1))
    assert Arrival.objects.count() == 1


def test_who_was_declared_on_1_january_is_not_invoiced_again(done):
    done.member.establishment.employees.update(hired_on=date(2027, 1, 4))  # a mistake corrected since
    sweep(date(2027, 3, 1))
    assert not Arrival.objects.exists()


def test_under_the_other_rule_nothing_is_looked_at(campaign, member):
    people(member, SI=1)
    done = DeclarationFactory(validated=True, campaign=campaign, member=member)
    hire(done, date(2027, 1, 15))
    assert done.midyear_on is None
    assert sweep(date(2027, 4, 1))["midyear-arrivals"] == 0


def test_a_correction_takes_the_looking_over(done):
    second = workflow.validate(fill(workflow.correct(done, by=COMPANY)), by=COMPANY)
    hire(done, date(2027, 1, 15))
    assert sweep(date(2027, 3, 1))["midyear-arrivals"] == 1
    second.refresh_from_db()
    assert second.midyear_on == date(2027, 4, 1)


@pytest.mark.fault("H1")
def test_the_last_look_comes_after_31_december_and_is_the_last(done):
    done.campaign.state = CampaignState.CLOSED
    done.campaign.save()
    hire(done, date(2027, 12, 31))
    for year, month in [(2027, 12), (2028, 1), (2028, 2), (2028, 3)]:
        sweep(date(year, month, 1))
    assert Arrival.objects.count() == 1
    done.refresh_from_db()
    assert done.midyear_on is None


def test_the_day_is_a_day_of_paris(clock):
    clock.move_to(datetime(2027, 1, 31, 23, 30, tzinfo=UTC))
    assert today() == date(2027, 2, 1)
