"""Numbers given around midnight of 31 December: what bears a year is counted in the series of that year."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import IntegrityError

from billing import collections, mandates, pain008
from core.dates import today
from core.models import Sequence
from core.numbering import next_number
from tests.factories_billing import make_invoice
from tests.factories_sepa import CLERK, in_file, make_collection, make_draft, make_mandate

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")
EVE, NEW_YEAR = datetime(2027, 12, 31, 23, 59, 59, tzinfo=PARIS), datetime(2028, 1, 1, 0, 0, 1, tzinfo=PARIS)


@pytest.fixture
def clock():
    with time_machine.travel(datetime(2027, 12, 1, 9, tzinfo=PARIS), tick=False) as traveller:
        yield traveller


@pytest.fixture
def waited(clock, monkeypatch) -> Callable[[ModuleType, Callable[[], Any]], Any]:
    """`waited(module, act)`: begun on New Year's Eve, its number comes once whoever held the series has committed, a
    moment after midnight."""

    def run(module: ModuleType, act: Callable[[], Any]) -> Any:
        def late(series: str) -> int:
            clock.move_to(NEW_YEAR)
            return next_number(series)

        clock.move_to(EVE)
        with monkeypatch.context() as patch:
            patch.setattr(module, "next_number", late)
            return act()

    return run


@pytest.mark.fault("H1")
def test_mandates(waited):
    assert waited(mandates, make_draft).rum == "RUM-2027-000001"
    assert make_draft().rum == "RUM-2028-000001"


@pytest.mark.fault("H1")
def test_debits_and_their_files(waited):
    mandate = make_mandate()
    late = waited(collections, lambda: make_collection(mandate, days=20))
    early = make_collection(mandate, days=40)
    assert [one.end_to_end_id for one in (late, early)] == ["PRL-2027-0000001", "PRL-2028-0000001"]
    file = waited(pain008, lambda: in_file(late))
    assert [file.reference, in_file(early).reference] == ["PAIN008-2027-000001", "PAIN008-2028-000001"]


def test_a_number_given_twice_is_not_taken_for_a_debit_planned_twice():
    collection = make_collection()
    Sequence.objects.filter(pk=f"collection-{today().year}").update(last=0)
    with pytest.raises(IntegrityError):
        collections.plan(make_invoice(collection.mandate.subject), collection.mandate, today(), by=CLERK)
