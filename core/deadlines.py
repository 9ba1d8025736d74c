"""Deadlines: a name, an indexed query of what is due at a moment, and the verb to call.

Each app's `deadlines.py` registers its own. The sweep may run late, twice, or on two machines: rows are taken with
SKIP LOCKED (or, `alone`, looked at again one by one), and the verb moves the row out of its own query, so each thing is
done once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction
from django.utils.module_loading import autodiscover_modules

from core.transitions import AlreadyDone

logger = logging.getLogger(__name__)
BATCH = 100


@dataclass(frozen=True)
class Deadline:
    """`due(moment)` is an indexed queryset; `act(row, moment)` gets a locked row and must take it out of `due`.

    `alone`: the row is not locked, and `act` has a transaction of its own. For a verb that locks by itself, other rows
    before this one or a sequence of numbers: held with a hundred others, they would wait for each other and for us.
    """

    name: str
    label: str
    due: Callable[[datetime], models.QuerySet]
    act: Callable[[Any, datetime], None]
    alone: bool = False


_registry: dict[str, Deadline] = {}


def register(*deadlines: Deadline) -> None:
    for deadline in deadlines:
        if _registry.setdefault(deadline.name, deadline) is not deadline:
            raise ValueError(f"two deadlines named {deadline.name}")


def all_deadlines() -> list[Deadline]:
    autodiscover_modules("deadlines")
    return list(_registry.values())


def preview(moment: datetime) -> Iterator[tuple[Deadline, Any]]:
    """What a sweep at `moment` would act on, without acting."""
    for deadline in all_deadlines():
        for row in deadline.due(moment).iterator():
            yield deadline, row


def run(moment: datetime) -> dict[str, int]:
    """Act on all that is due at `moment`; returns how many rows each deadline acted on.

    A row whose verb fails is logged, left for the next sweep, and holds nobody else up.
    """
    return {deadline.name: _act_on_all(deadline, moment) for deadline in all_deadlines()}


def run_one(name: str, moment: datetime) -> int:
    """The same of one deadline, for a worker that was told that it has something due."""
    return next(_act_on_all(deadline, moment) for deadline in all_deadlines() if deadline.name == name)


def next_batch(deadline: Deadline, moment: datetime, but: Collection[Any] = ()) -> models.QuerySet:
    """Some of what is due, in no order: for the first hundred by key, a database walks the whole table by its key
    rather than the few rows of the deadline's index."""
    return deadline.due(moment).exclude(pk__in=but).order_by()


def _act_on_all(deadline: Deadline, moment: datetime) -> int:
    if deadline.alone:
        return _each_alone(deadline, moment)
    done = 0
    failed: list[Any] = []
    seen: set[Any] = set()
    skip_locked = connection.features.has_select_for_update_skip_locked
    while True:
        with transaction.atomic():
            rows = next_batch(deadline, moment, failed).select_for_update(skip_locked=skip_locked, of=("self",))
            batch = list(rows[:BATCH])
            for row in batch:
                if row.pk in seen:  # the verb left it where it was: not twice in a sweep, nor for ever
                    failed.append(row.pk)
                    logger.error("still due", extra={"deadline": deadline.name, "row": str(row.pk)})
                    continue
                seen.add(row.pk)
                try:
                    with transaction.atomic():
                        deadline.act(row, moment)
                except Exception:
                    failed.append(row.pk)
                    logger.exception("deadline failed", extra={"deadline": deadline.name, "row": str(row.pk)})
                else:
                    done += 1
        if len(batch) < BATCH:
            return done


def _each_alone(deadline: Deadline, moment: datetime) -> int:
    done = 0
    for key in list(deadline.due(moment).order_by().values_list("pk", flat=True)):
        try:
            with transaction.atomic():
                row = deadline.due(moment).filter(pk=key).first()
                if row is None:
                    continue  # another sweep, or a person, was faster
                deadline.act(row, moment)
        except AlreadyDone:
            continue  # the same, between our look and the verb's own
        except Exception:
            logger.exception("deadline failed", extra={"deadline": deadline.name, "row": str(key)})
        else:
            done += 1
    return done
