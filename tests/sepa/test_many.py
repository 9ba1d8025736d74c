"""What one click does with many debits: a bounded number of them, or all of them in few statements."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing import collections
from billing.models import Collection
from core.dates import today
from core.journal import timeline
from core.money import euros
from tests.factories import UserFactory, sign_in
from tests.factories_sepa import in_file, make_collection, make_mandate

pytestmark = pytest.mark.django_db
State = Collection.State


@pytest.fixture
def two_at_once(monkeypatch) -> None:
    monkeypatch.setattr(collections, "AT_ONCE", 2)


@pytest.fixture
def accountant(client) -> Any:
    sign_in(client, UserFactory(accountant=True))
    return client


def debits(count: int, days: int = 30) -> list[Collection]:
    """As many, on one day."""
    mandate = make_mandate()
    return [make_collection(mandate, days=days) for _ in range(count)]


def pressed(client: Any, name: str, *args: Any, **typed: str) -> str:
    """The page after « Confirmer »."""
    url = reverse(f"admin:billing_{name}", args=args)
    return unescape(client.post(url, {**typed, "version": "0"}, follow=True).text)


@pytest.mark.usefixtures("two_at_once")
def test_a_large_file_is_marked_as_collected_by_several_clicks_each_says_what_is_left(accountant):
    file = in_file(debits(5)[0])
    with time_machine.travel(f"{file.collects_on}T12:00:00+01:00"):
        sign_in(accountant, UserFactory(accountant=True))
        said = [pressed(accountant, "collectionfile_collected", file.pk) for _ in range(3)]
    assert "3 prélèvements restent à encaisser dans ce fichier" in said[0]
    assert "1 prélèvement reste à encaisser dans ce fichier" in said[1]
    assert "à encaisser dans ce fichier" not in said[2]
    assert ["2 prélèvements encaissés." in page for page in said] == [True, True, False]
    assert set(file.lines.values_list("state", flat=True)) == {State.COLLECTED}


@pytest.mark.usefixtures("two_at_once")
def test_a_full_day_is_put_off_by_several_clicks_each_says_what_is_left(accountant):
    was = debits(3)[0].collects_on
    later = f"{today() + timedelta(days=60):%d/%m/%Y}"
    first, second = (pressed(accountant, "collection_postpone", was, day=later) for _ in range(2))
    assert "2 prélèvements reportés et annoncés à nouveau." in first
    assert "1 autre prélèvement reste prévu" in first
    assert "1 prélèvement reporté et annoncé à nouveau." in second
    assert "reste prévu" not in second
    assert not collections.planned(was).exists()


def test_a_file_is_made_by_as_many_statements_however_many_debits(db):
    in_file(make_collection(days=90))  # the first one opens the sequence of their numbers
    few, many = debits(2), debits(6, days=60)
    counts = []
    for found in (few, many):
        with CaptureQueriesContext(connection) as seen:
            in_file(found[0])
        counts.append(len(seen))
    assert counts[0] == counts[1]
    for one in many:
        one.refresh_from_db()
        last = timeline(one).last()
        assert (one.state, one.sequence != "") == (State.EXPORTED, True)
        assert (last.from_state, last.to_state, last.actor_name) == (State.PLANNED, State.EXPORTED, "Marc Roche")
        sent = f"Prélèvement de {euros(one.amount)} transmis à la banque (fichier {one.file.reference})"
        assert last.message == sent
