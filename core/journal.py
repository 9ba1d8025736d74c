"""What happened to a dossier, written in the transaction that made it happen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import models

from core.models import JournalEntry
from core.models.subject import SubjectQuerySet, subject_key

BATCH = 500


@dataclass(frozen=True)
class Actor:
    """Who acts: a member of staff, a person who came by a link, or the clock."""

    name: str
    user: Any = None

    @classmethod
    def staff(cls, user: Any) -> Actor:
        return cls(user.get_full_name() or user.get_username(), user)

    @classmethod
    def person(cls, name: str) -> Actor:
        return cls(name)

    @classmethod
    def clock(cls) -> Actor:
        return cls("Échéance automatique")


def record(
    subject: models.Model,
    *,
    by: Actor,
    message: str,
    reason: str = "",
    internal: bool = False,
    from_state: str = "",
    to_state: str = "",
) -> JournalEntry:
    """Write one entry. `message` is a finished French sentence; `internal` hides it from everyone but staff."""
    return JournalEntry.objects.create(
        **subject_key(subject),
        actor=by.user,
        actor_name=by.name[:150],
        message=message[:500],
        reason=reason,
        internal=internal,
        from_state=from_state,
        to_state=to_state,
    )


def record_all(
    subjects: Iterable[models.Model],
    *,
    by: Actor,
    message: str | Callable[[Any], str],
    from_state: str = "",
    to_state: str = "",
) -> None:
    """The same entry about many things, written together: an import, a wave of reminders. `message` may be made for
    each of them."""
    entries = (
        JournalEntry(
            **subject_key(subject),
            actor=by.user,
            actor_name=by.name[:150],
            message=(message if isinstance(message, str) else message(subject))[:500],
            from_state=from_state,
            to_state=to_state,
        )
        for subject in subjects
    )
    while batch := list(islice(entries, BATCH)):
        JournalEntry.objects.bulk_create(batch)


def timeline(subject: models.Model, *, staff: bool = False) -> SubjectQuerySet:
    """Entries about `subject`, oldest first; everything for staff, what concerns them for others."""
    entries = JournalEntry.objects.about(subject)
    return entries if staff else entries.filter(internal=False)


def last_events(subject: models.Model, count: int) -> list[dict[str, Any]]:
    """The last `count` entries that concern others than staff, oldest first, for `components/timeline.html`."""
    return [
        {"state": "done", "title": entry.message, "text": entry.reason, "when": entry.at, "who": entry.actor_name}
        for entry in reversed(timeline(subject).order_by("-at", "-pk")[:count])
    ]
