"""The engine that runs what is due: once, however often, late or at several places it runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import transaction

from core import deadlines
from core.deadlines import Deadline
from core.models import Sequence
from core.tasks import run_deadlines
from core.transitions import AlreadyDone
from tests.core.threads import at_once

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def registered(monkeypatch) -> Callable[..., None]:
    """`registered(act)`: one deadline, for rows that were never acted on (`last` counts how often each was)."""

    def register(act: Callable[[Sequence, datetime], None], name: str = "count", alone: bool = False) -> None:
        deadline = Deadline(name, "compter une série", lambda moment: Sequence.objects.filter(last=0), act, alone)
        deadlines.register(deadline)

    deadlines.all_deadlines()  # the apps' own are registered by now, and stay out of these tests
    monkeypatch.setattr(deadlines, "_registry", {})
    return register


def count_one(row: Sequence, moment: datetime) -> None:
    row.last += 1
    row.save()


def rows(number: int) -> None:
    Sequence.objects.bulk_create(Sequence(pk=f"ligne-{n:04d}") for n in range(number))


def counted() -> list[int]:
    return list(Sequence.objects.order_by("pk").values_list("last", flat=True))


@pytest.mark.django_db
def test_a_sweep_acts_once_on_each_row_however_often_it_runs(registered):
    registered(count_one)
    rows(5)
    assert deadlines.run(NOW) == {"count": 5}
    assert deadlines.run(NOW) == {"count": 0}
    assert counted() == [1] * 5


@pytest.mark.django_db
def test_more_rows_than_one_batch_are_all_done_in_one_sweep(registered, monkeypatch):
    monkeypatch.setattr(deadlines, "BATCH", 4)
    registered(count_one)
    rows(12)  # a multiple of the batch: the last one comes back empty
    assert deadlines.run(NOW) == {"count": 12}
    assert counted() == [1] * 12


@pytest.mark.django_db
def test_a_verb_that_leaves_its_row_where_it_is_does_not_make_the_sweep_endless(registered, monkeypatch, caplog):
    acted = []
    registered(lambda row, moment: acted.append(row.pk))
    monkeypatch.setattr(deadlines, "BATCH", 5)
    rows(12)
    deadlines.run(NOW)
    assert sorted(acted) == [f"ligne-{n:04d}" for n in range(12)]
    assert "still due" in caplog.text


@pytest.mark.fault("G8")
@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_act_once_on_each_row(registered):
    registered(count_one)
    rows(250)
    results = at_once(2, lambda _: deadlines.run(NOW)["count"])
    # A row that the other sweep holds is left to it; nothing is left over, nothing done twice.
    assert sum(results) == 250
    assert counted() == [1] * 250


@pytest.mark.fault("G2")
@pytest.mark.django_db(transaction=True)
def test_a_verb_that_is_alone_holds_no_other_row_and_each_is_committed_before_the_next(registered):
    left: list[int] = []

    def act(row: Sequence, moment: datetime) -> None:
        (seen,) = at_once(1, lambda _: Sequence.objects.filter(last=0).count())  # by another connection
        left.append(seen)
        count_one(row, moment)

    registered(act, alone=True)
    rows(3)
    assert deadlines.run(NOW) == {"count": 3}
    assert left == [3, 2, 1]
    assert deadlines.run(NOW) == {"count": 0}


@pytest.mark.django_db
def test_of_verbs_that_are_alone_one_that_fails_is_tried_again_and_one_already_done_is_no_failure(registered, caplog):
    broken = {"ligne-0001": ValueError, "ligne-0002": AlreadyDone}

    def act(row: Sequence, moment: datetime) -> None:
        count_one(row, moment)
        if row.pk in broken:
            raise broken[row.pk]

    registered(act, alone=True)
    rows(4)
    assert deadlines.run(NOW) == {"count": 2}
    assert counted() == [1, 0, 0, 1]
    assert [record.row for record in caplog.records if record.message == "deadline failed"] == ["ligne-0001"]
    broken.clear()
    assert deadlines.run(NOW) == {"count": 2}


@pytest.mark.fault("G8")
@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_act_once_on_each_row_alone(registered):
    def act(row: Sequence, moment: datetime) -> None:
        with transaction.atomic():
            locked = Sequence.objects.select_for_update().get(pk=row.pk)
            if locked.last:
                raise AlreadyDone
            count_one(locked, moment)

    registered(act, alone=True)
    rows(40)
    assert sum(at_once(2, lambda _: deadlines.run(NOW)["count"])) == 40
    assert counted() == [1] * 40


@pytest.mark.django_db
def test_a_row_that_fails_holds_nobody_up_and_is_tried_again(registered, monkeypatch, caplog):
    monkeypatch.setattr(deadlines, "BATCH", 2)
    broken = {"ligne-0000", "ligne-0001", "ligne-0003"}

    def act(row: Sequence, moment: datetime) -> None:
        count_one(row, moment)
        if row.pk in broken:
            raise ValueError(f"{row.pk} cannot be done today")

    registered(act)
    rows(6)
    assert deadlines.run(NOW) == {"count": 3}
    assert counted() == [0, 0, 1, 0, 1, 1], "what a failed verb had begun is undone"
    assert [record.row for record in caplog.records if record.message == "deadline failed"] == sorted(broken)
    broken.clear()
    assert deadlines.run(NOW) == {"count": 3}
    assert counted() == [1] * 6


@pytest.mark.django_db
def test_a_deadline_that_fails_does_not_stop_the_next_one(registered):
    def fail(row: Sequence, moment: datetime) -> None:
        raise ValueError

    registered(fail, "broken")
    registered(count_one, "count")
    rows(2)
    assert deadlines.run(NOW) == {"broken": 0, "count": 2}


def test_two_deadlines_of_one_name_are_a_programming_error(registered):
    registered(count_one)
    with pytest.raises(ValueError, match="count"):
        registered(count_one)


@pytest.mark.django_db
def test_the_periodic_task_runs_at_the_present_moment(registered):
    asked = []
    registered(lambda row, moment: (asked.append(moment), count_one(row, moment)))
    rows(1)
    with time_machine.travel(NOW, tick=False):
        run_deadlines()
    assert asked == [NOW]


# --- The command ------------------------------------------------------------------------------------------------------


def command(*args: str) -> str:
    out = StringIO()
    call_command("deadlines", *args, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_a_dry_run_says_what_would_happen_and_changes_nothing(registered):
    registered(count_one)
    rows(2)
    said = command("--at", "2027-01-15", "--dry-run")
    assert said == (
        "count: compter une série — ligne-0000 : 0\n"
        "count: compter une série — ligne-0001 : 0\n"
        "2 would be acted on at 2027-01-15 23:59\n"
    )
    assert counted() == [0, 0]
    assert command("--at", "2027-01-15") == "count: 2\n"
    assert counted() == [1, 1]


@pytest.mark.fault("H1")
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2027-01-15", datetime(2027, 1, 15, 22, 59, tzinfo=UTC)),
        ("2027-01-15T10:00", datetime(2027, 1, 15, 9, 0, tzinfo=UTC)),
        ("2027-01-15T10:00:00+00:00", datetime(2027, 1, 15, 10, 0, tzinfo=UTC)),
        ("2027-07-15", datetime(2027, 7, 15, 21, 59, tzinfo=UTC)),
    ],
)
def test_at_is_a_day_or_a_moment_of_paris(registered, text, moment):
    asked = []
    registered(lambda row, at: (asked.append(at), count_one(row, at)))
    rows(1)
    command("--at", text)
    assert asked == [moment]


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["demain", "2027-02-30", "15/01/2027"])
def test_a_date_that_is_none_is_refused_with_an_example(text):
    with pytest.raises(CommandError, match="2027-01-15"):
        command("--at", text)
