"""A declaration is validated while its debits leave: neither waits for the other for ever."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine

from billing import pain008
from billing.models import Collection
from billing.models.collection import CollectionState
from billing.models.invoice import Mode
from contributions import midyear, workflow
from contributions.models import Declaration
from contributions.states import MidYear
from core.transitions import AlreadyDone
from tests.contributions.conftest import people
from tests.contributions.test_debit import make_mandate
from tests.core.threads import at_once, somebody_waits
from tests.factories import COMPANY, EmployeeFactory, MemberFactory
from tests.factories_contributions import CampaignFactory, DeclarationFactory, fill
from tests.factories_sepa import CLERK
from tests.harness.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clock():
    with time_machine.travel(datetime(2027, 1, 12, 9, tzinfo=UTC)) as traveller:
        yield traveller


@pytest.fixture
def mended(transactional_db, clock) -> Declaration:
    """The invoice of an arrival is to be debited; he had been there since December, and a correction says so: it bills
    him, and credits that invoice."""
    member = MemberFactory(left_on=None)
    people(member, SI=1)
    make_mandate(member)
    draft = DeclarationFactory(campaign=CampaignFactory(year=2027, midyear=MidYear.FULL), member=member)
    done = workflow.validate(fill(draft, mode=Mode.DEBIT), by=COMPANY)
    arrived = EmployeeFactory(establishment=member.establishment, hired_on=date(2027, 1, 15), monitoring="SIR")
    clock.move_to(datetime(2027, 3, 1, 9, tzinfo=UTC))
    midyear.midyear_supplement(Declaration.objects.get(pk=done.pk))
    clock.move_to(datetime(2027, 3, 15, 9, tzinfo=UTC))
    arrived.hired_on = date(2026, 12, 7)
    arrived.save()
    return fill(workflow.correct(done, by=COMPANY))


@pytest.mark.fault("G2")
def test_a_correction_and_a_file_made_at_once_do_not_wait_for_each_other(mended, monkeypatch):
    """Between the credit, which gives up the debit of the arrival, and the plan of the new one, somebody makes the file
    of that very day."""
    debit = Collection.objects.get(invoice__title__contains="arrivés")
    credit, made = midyear.credit, []

    def pausing(*given: Any) -> Any:
        found = credit(*given)
        made.append(pool.submit(at_once, 1, lambda _: pain008.make_file(debit.collects_on, by=CLERK)))
        wait_until(lambda: made[0].done() or somebody_waits())
        return found

    monkeypatch.setattr(midyear, "credit", pausing)
    with ThreadPoolExecutor(1) as pool:
        second = workflow.validate(mended, by=COMPANY)
    file: Future = made[0]
    assert [type(result) for result in file.result()] == [AlreadyDone]
    debit.refresh_from_db()
    assert debit.state == CollectionState.CANCELLED
    assert second.invoice.collections.get().state == CollectionState.PLANNED
