"""Moves of a dossier from one state to the next: one row lock, one table, one journal entry.

A dossier is a model with a UUID key, a `state` field, and a class attribute `moves`: `{state: {states it may go to}}`.
A verb locks, checks, calls `advance`, creates its records and enqueues its messages, all in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.db import connection, models

from core.dates import french_moment
from core.journal import BATCH, Actor, record, record_all
from core.models import JournalEntry

D = TypeVar("D", bound=models.Model)


class Refused(Exception):
    """A verb cannot be done now. The message is a French sentence to show as it is."""


class AlreadyDone(Refused):
    """Somebody was faster, or the same request came twice."""


def lock(dossier: D) -> D:
    """Read the dossier again and keep its row locked until the transaction ends."""
    if not connection.in_atomic_block:
        raise RuntimeError("lock() must be called inside a transaction")
    return type(dossier)._default_manager.select_for_update(of=("self",)).get(pk=dossier.pk)


def advance(dossier: models.Model, to: str, *, by: Actor, message: str, reason: str = "") -> None:
    """Move a locked dossier to state `to`, or raise `AlreadyDone`/`Refused` and change nothing."""
    was = dossier.state  # type: ignore[attr-defined]
    if to not in dossier.moves.get(was, ()):  # type: ignore[attr-defined]
        raise too_late(dossier)
    dossier.state = to  # type: ignore[attr-defined]
    dossier.save()  # all of it: what goes with the state (a closing date) is checked by the database in the same UPDATE
    record(dossier, by=by, message=message, reason=reason, from_state=was, to_state=to)


def advance_all(
    dossiers: Sequence[models.Model],
    was: str,
    to: str,
    *,
    by: Actor,
    message: Callable[[Any], str],
    columns: Sequence[str] = (),
) -> None:
    """`advance` for many locked dossiers in few statements, all of them or none: what goes with the state is in these
    `columns`, the only ones written besides; `message` makes the entry of each."""
    for dossier in dossiers:
        if dossier.state != was or to not in dossier.moves.get(was, ()):  # type: ignore[attr-defined]
            raise too_late(dossier)
    if not dossiers:
        return
    for dossier in dossiers:
        dossier.state = to  # type: ignore[attr-defined]
    type(dossiers[0])._default_manager.bulk_update(dossiers, ["state", *columns], batch_size=BATCH)
    record_all(dossiers, by=by, message=message, from_state=was, to_state=to)


def too_late(dossier: models.Model) -> Refused:
    """What to tell the second of two people: who did what, and when."""
    last = JournalEntry.objects.about(dossier).exclude(to_state="").order_by("-at", "-pk").first()
    if last is None:
        return Refused("Cette action n’est pas possible à ce stade. Rechargez la page pour voir où vous en êtes.")
    return AlreadyDone(
        f"Déjà traité par {last.actor_name} le {french_moment(last.at)} : {last.message.rstrip('.')}. "
        "Rechargez la page."
    )


def refuse_overtaken(locked: models.Model, seen: int | None, done: str, again: str) -> None:
    """Refuse when somebody acted on the locked row since the person saw version `seen` of it; None asks nothing.

    `done` and `again` frame who it was: « Ce dossier a déjà été traité », « Relisez-le ».
    """
    if seen is None or seen == locked.version:  # type: ignore[attr-defined]
        return
    last = JournalEntry.objects.about(locked).order_by("-at", "-pk").first()
    who = f"par {last.actor_name} le {french_moment(last.at)} : {last.message}" if last else "entre-temps."
    raise AlreadyDone(f"{done} {who} {again} avant de continuer.")
