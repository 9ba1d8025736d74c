"""Several people at the same moment: one validates, the others are told, nothing is done twice."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
import time_machine
from django.db import close_old_connections

from billing.models import Invoice
from contributions import midyear, on_behalf, workflow
from contributions.models import Arrival, Declaration
from contributions.states import MidYear, State
from core.transitions import AlreadyDone
from documents.models import Document
from membership.models import Member
from notifications.models import Message
from tests.contributions.conftest import people
from tests.core.threads import at_once
from tests.factories import CLERK, COMPANY, EmployeeFactory, MemberFactory
from tests.factories_contributions import CampaignFactory, DeclarationFactory

pytestmark = pytest.mark.django_db(transaction=True)


def kinds(results: list) -> Counter:
    return Counter(type(result).__name__ if isinstance(result, Exception) else "done" for result in results)


@pytest.fixture
def ready(transactional_db) -> Declaration:
    with time_machine.travel(date(2027, 1, 12)):
        member = MemberFactory(left_on=None)
        people(member, SI=2, SIR=1)
        return DeclarationFactory(filled=True, member=member, campaign=CampaignFactory(year=2027))


@pytest.mark.req("C-06")
@pytest.mark.fault("G2")
def test_of_eight_validations_at_once_one_wins(ready):
    results = at_once(8, lambda _: workflow.validate(Declaration.objects.get(pk=ready.pk), by=COMPANY))
    assert kinds(results) == {"done": 1, "AlreadyDone": 7}
    assert all("Claire Morel" in str(result) for result in results if isinstance(result, AlreadyDone))
    ready.refresh_from_db()
    assert ready.state == State.VALIDATED
    assert ready.declared.count() == 3
    assert Invoice.objects.count() == 1
    assert Message.objects.count() == 1
    assert Document.objects.filter(kind="bordereau-cotisation").count() == 1


@pytest.mark.req("C-06")
@pytest.mark.fault("G2")
def test_of_staff_and_the_employer_at_once_one_wins(ready):
    answers = {
        "came_by": "phone",
        "received_on": date(2027, 1, 12),
        "payment_mode": "cheque",
        "signer_last_name": "Roux",
        "signer_first_name": "Ana",
        "signer_function": "Comptable",
        "signer_email": "",
    }

    def act(number: int) -> Declaration:
        mine = Declaration.objects.get(pk=ready.pk)
        if number % 2:
            return workflow.validate(mine, by=COMPANY)
        return on_behalf.validate(mine, answers, shown="397,20\u00a0€", note="Vu", by=CLERK)

    results = at_once(4, act)
    assert kinds(results) == {"done": 1, "AlreadyDone": 3}
    ready.refresh_from_db()
    by_staff = ready.came_by == "phone"
    told = "notre service pour Ana Roux" if by_staff else "Claire Morel"
    assert all(told in str(result) for result in results if isinstance(result, AlreadyDone))
    assert ready.payment_mode == ("cheque" if by_staff else "transfer")
    assert Invoice.objects.count() == 1


@pytest.mark.fault("G2")
def test_declarations_validated_at_once_get_invoice_numbers_without_a_hole(ready):
    drafts = [ready]
    with time_machine.travel(date(2027, 1, 12)):
        for _ in range(3):
            member = MemberFactory(left_on=None)
            people(member, SI=1)
            drafts.append(DeclarationFactory(filled=True, member=member, campaign=ready.campaign))
    results = at_once(4, lambda n: workflow.validate(Declaration.objects.get(pk=drafts[n].pk), by=COMPANY))
    numbers = sorted(int(done.invoice.number.split("-")[1]) for done in results)
    assert numbers == [1, 2, 3, 4]


@pytest.mark.fault("G2")
def test_two_people_who_begin_at_once_get_the_same_declaration(ready):
    member = MemberFactory(left_on=None)
    made = at_once(4, lambda _: workflow.start(Member.objects.get(pk=member.pk), ready.campaign, by=COMPANY))
    assert len({one.pk for one in made}) == 1


@pytest.mark.fault("G2")
def test_two_corrections_begun_at_once_are_one(ready):
    done = workflow.validate(ready, by=COMPANY)
    made = at_once(4, lambda _: workflow.correct(Declaration.objects.get(pk=done.pk), by=COMPANY))
    assert len({one.pk for one in made}) == 1


@pytest.mark.fault("G2")
def test_arrivals_looked_at_by_two_sweeps_at_once_are_invoiced_once(ready):
    ready.campaign.midyear = MidYear.FULL
    ready.campaign.save()
    with time_machine.travel(date(2027, 1, 12)):
        done = workflow.validate(ready, by=COMPANY)
    EmployeeFactory(establishment=ready.member.establishment, hired_on=date(2027, 1, 15))
    day = date(2027, 3, 1)
    act = lambda _: midyear.midyear_supplement(Declaration.objects.get(pk=done.pk), on=day)  # noqa: E731
    assert kinds(at_once(4, act)) == {"done": 1, "AlreadyDone": 3}
    assert Arrival.objects.count() == 1
    close_old_connections()
