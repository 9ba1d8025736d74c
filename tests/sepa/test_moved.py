"""Debits moved before they leave: each move is announced and written down, whatever was announced before."""

from __future__ import annotations

from datetime import timedelta

import pytest

from billing import collections
from billing.models import Collection
from core.dates import french_date, today
from core.journal import timeline
from notifications.models import Message
from tests.factories_sepa import CLERK, OTHER_IBAN, make_collection, make_mandate
from tests.sepa.test_collections import notices

pytestmark = [pytest.mark.django_db, pytest.mark.req("D-18")]


def put_off(collection: Collection, to_days: int) -> int:
    """How many moved."""
    moved = collections.postpone(collection.collects_on, to=today() + timedelta(days=to_days), by=CLERK)
    collection.refresh_from_db()
    return moved


def announced(collection: Collection) -> tuple[str, Message]:
    """The day of the last notice, and the notice."""
    last = notices(collection)[-1]
    return dict(last.content["facts"])["Date du prélèvement"], last


def test_moved_back_to_a_day_announced_before_it_is_announced_again():
    collection = make_collection(days=30)
    first = collection.collects_on
    assert put_off(collection, 60) == 1
    assert collection.collects_on > first
    assert put_off(collection, 30) == 1
    assert (collection.collects_on, len(notices(collection))) == (first, 3)
    assert announced(collection) == (french_date(first), collection.notice)
    entries = list(timeline(collection, staff=True))
    assert [entry.actor_name for entry in entries] == [CLERK.name] * 2
    assert f"aura lieu le {french_date(first)}" in entries[-1].message


def test_what_does_not_move_is_not_announced_again():
    collection = make_collection(days=30)
    assert put_off(collection, 30) == 0
    assert len(notices(collection)) == 1


def test_moved_to_another_mandate_it_is_written_down():
    collection = make_collection(days=30)
    new = make_mandate(collection.mandate.subject, iban=OTHER_IBAN)
    collection.refresh_from_db()
    assert collection.mandate == new
    assert new.rum in timeline(collection, staff=True).last().message
