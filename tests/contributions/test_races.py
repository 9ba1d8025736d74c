"""Several people at the same moment: one validates, the others are told, nothing is done twice."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from threading import Event

import pytest
import time_machine
from django.db import close_old_connections, connections
from django.test import Client

import contributions.deadlines
from billing import collections
from billing.models import Collection, Invoice
from billing.models.invoice import Mode
from contributions import collecting, midyear, on_behalf, workflow
from contributions.models import Arrival, Declaration
from contributions.people import DeclaredRows
from contributions.states import MidYear, State
from core import deadlines
from core.journal import Actor
from core.transitions import AlreadyDone
from documents.models import Document
from membership import employees
from membership.models import Member
from notifications.models import Message
from tests.contributions.conftest import SIGNER, logged_in, people, press, url
from tests.contributions.test_debit import make_mandate
from tests.core.threads import at_once, somebody_waits
from tests.factories import CLERK, COMPANY, EmployeeFactory, MemberFactory
from tests.factories_contributions import CampaignFactory, DeclarationFactory, fill
from tests.harness.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
PERSON = {
    "last_name": "Petit",
    "first_name": "Jeanne",
    "birth_date": "14/09/1988",
    "hired_on": "02/01/2024",
    "contract_type": "cdi",
    "job_title": "Comptable",
    "monitoring": "SI",
}


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


@pytest.mark.req("C-06")
@pytest.mark.fault("G2")
@pytest.mark.parametrize("by_staff", [False, True])
def test_who_changes_the_list_while_it_is_validated_waits(ready, monkeypatch, by_staff):
    """A colleague adds somebody between the check of the amount that was read and the freeze."""
    validate, added = workflow.validate, Event()

    def hire(_: int) -> None:
        colleague = EmployeeFactory.build(establishment=ready.member.establishment, hired_on=date(2020, 3, 1))
        try:
            employees.hire(colleague, by=CLERK)
        finally:
            added.set()
            connections.close_all()

    def pausing(declaration: Declaration, *, by: Actor) -> Declaration:
        pool.submit(hire, 0)
        wait_until(lambda: added.is_set() or somebody_waits())
        return validate(declaration, by=by)

    monkeypatch.setattr(workflow, "validate", pausing)
    with ThreadPoolExecutor(1) as pool, time_machine.travel(date(2027, 1, 12)):
        if by_staff:
            answers = {"came_by": "phone", "received_on": date(2027, 1, 12)}
            on_behalf.validate(ready, answers, shown="397,20\u00a0€", note="", by=CLERK)
        else:
            client = logged_in(ready.member, "declares").client
            assert press(client, ready, "validation", **SIGNER).url == url("confirmation", ready)
    assert added.is_set()
    assert Invoice.objects.get().total == Decimal("397.20")
    assert (ready.declared.count(), ready.member.establishment.employees.count()) == (3, 4)


@pytest.mark.fault("G2")
def test_who_validates_while_the_list_is_changed_waits_and_is_told(ready, monkeypatch):
    """Both hold the list before the declaration: in another order they would wait for each other."""
    changed, holding = DeclaredRows.changed, Event()

    def pausing(rowset: DeclaredRows, owner: Declaration) -> None:
        holding.set()
        wait_until(somebody_waits)
        changed(rowset, owner)

    def add(client: Client) -> int:
        try:
            colleague = Client()
            colleague.cookies = client.cookies
            return colleague.post(url("employees-add", ready), PERSON).status_code
        finally:
            connections.close_all()

    monkeypatch.setattr(DeclaredRows, "changed", pausing)
    with ThreadPoolExecutor(1) as pool, time_machine.travel(date(2027, 1, 12)):
        client = logged_in(ready.member, "declares").client
        shown = client.get(url("step", ready, "validation")).context["form"].shown
        added = pool.submit(add, client)
        assert holding.wait(30)
        sent = {**SIGNER, "shown": shown, "action": "next"}
        answer = client.post(url("step", ready, "validation"), sent)
        assert added.result() == 302
    assert answer.status_code == 422
    assert "La liste a changé depuis l’ouverture de cette page" in answer.text
    assert not Invoice.objects.exists()


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
def test_a_correction_validated_while_the_sweep_comes_to_the_declaration_is_no_deadlock(ready, monkeypatch, caplog):
    """Both hold the list before the declaration; the sweep holds nothing before."""
    ready.campaign.midyear = MidYear.FULL
    ready.campaign.save()
    with time_machine.travel(date(2027, 1, 12)):
        done = workflow.validate(ready, by=COMPANY)
        correction = fill(workflow.correct(done, by=COMPANY))
    EmployeeFactory(establishment=ready.member.establishment, hired_on=date(2027, 1, 15))
    supplement, validated = contributions.deadlines.midyear_supplement, []

    def validate() -> Declaration:
        try:
            return workflow.validate(Declaration.objects.get(pk=correction.pk), by=COMPANY)
        finally:
            connections.close_all()

    def pausing(*asked, **more) -> Invoice | None:
        validated.append(pool.submit(validate))
        wait_until(lambda: validated[0].done() or somebody_waits())
        return supplement(*asked, **more)

    monkeypatch.setattr(contributions.deadlines, "midyear_supplement", pausing)
    moment = datetime(2027, 3, 1, 8, tzinfo=UTC)
    with ThreadPoolExecutor(1) as pool, time_machine.travel(moment):
        deadlines.run(moment)
        assert validated[0].result(30).state == State.VALIDATED
    assert not [record for record in caplog.records if record.message == "deadline failed"]
    done.refresh_from_db()
    assert done.state == State.REPLACED


@pytest.mark.fault("G2")
def test_a_debit_planned_by_staff_while_the_sweep_comes_to_its_invoice_is_no_deadlock(ready, monkeypatch, caplog):
    """Both hold the mandate before the invoice; the sweep holds nothing before."""
    Declaration.objects.filter(pk=ready.pk).update(payment_mode=Mode.DEBIT)
    moment = datetime(2027, 1, 12, 9, tzinfo=UTC)
    plan, planned = collecting.plan, []

    def by_staff() -> Collection:
        try:
            return collections.plan(done.invoice, mandate, done.invoice.due_on, by=CLERK)
        finally:
            connections.close_all()

    def pausing(*asked, **more) -> bool:
        planned.append(pool.submit(by_staff))
        wait_until(lambda: planned[0].done() or somebody_waits())
        return plan(*asked, **more)

    with ThreadPoolExecutor(1) as pool, time_machine.travel(moment):
        done = workflow.validate(Declaration.objects.get(pk=ready.pk), by=COMPANY)
        mandate = make_mandate(ready.member)
        monkeypatch.setattr(collecting, "plan", pausing)
        swept = deadlines.run(moment)["debit-waiting"]
        by_hand = not isinstance(planned[0].exception(30), AlreadyDone) and planned[0].result().pk
    assert bool(swept) is not bool(by_hand)
    assert not [record for record in caplog.records if record.message == "deadline failed"]
    assert Collection.objects.get().invoice == done.invoice


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
