"""Who is written to about a mandate and its debits: those who answer for the customer now, whoever signed.

Billing knows no customer. The app that does says who its people are (`register`, at start-up); of a customer for whom
nobody answers any more, the address that signed the mandate is written to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from django.db import models

from billing.models import Mandate
from core.journal import Actor
from notifications.mail import Mail
from notifications.models import Message
from notifications.outbox import enqueue


@dataclass(frozen=True)
class People:
    """What an app knows of its customers, each by its key; addresses, nobody twice.

    `answering`: who may pay or sign for it today. `to_tell`: who must hear that this account has signed for it: nobody,
    when it is one of those who manage for good.
    """

    answering: Callable[[UUID], list[str]]
    to_tell: Callable[[UUID, models.Model | None], list[str]]


_people: dict[str, People] = {}


def register(subject: type[models.Model], people: People) -> None:
    """Say who the people of such a customer are."""
    _people[subject._meta.label_lower] = people


def of(mandate: Mandate) -> list[str]:
    """Where what concerns the debits of `mandate` goes: one address at least."""
    people = _people.get(mandate.subject_type)
    return (people.answering(mandate.subject_id) if people else []) or [mandate.email]


def watchers(mandate: Mandate, by: Actor) -> list[str]:
    """Whom to tell that `by` has signed `mandate`."""
    people = _people.get(mandate.subject_type)
    return people.to_tell(mandate.subject_id, by.user) if people else []


def tell(mandate: Mandate, mail: Mail, *, about: models.Model, key: str, but: str = "") -> Message | None:
    """`mail` to each of those of `mandate`, but to the address `but`, which reads it elsewhere; the first message."""
    return send(mail, [one for one in of(mandate) if one.lower() != but.lower()], about=about, key=key)


def send(mail: Mail, addresses: list[str], *, about: models.Model, key: str) -> Message | None:
    """One message to each, under a key of its own; the first one."""
    keys = [key, *(f"{key}:{rank}" for rank in range(2, len(addresses) + 1))]
    sent = [
        enqueue(replace(mail, to=to), about=about, dedupe_key=one) for to, one in zip(addresses, keys, strict=False)
    ]
    return next(iter(sent), None)
