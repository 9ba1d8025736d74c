"""Who is written to about a mandate, its debits and unpaid invoices: those who answer for the customer now.

Billing knows no customer. The app that does says who its people are (`register`, at start-up); of a customer for whom
nobody answers any more, the address that signed the mandate is written to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from django.db import models

from billing.models import Invoice, Mandate
from core.journal import Actor
from notifications.mail import Mail
from notifications.models import Message
from notifications.outbox import enqueue


@dataclass(frozen=True)
class People:
    """What an app knows of its customers, each by its key; addresses, nobody twice.

    `answering`: who may pay or sign for it today. `to_tell`: who must hear that this account has signed for it: nobody,
    when it is one of those who manage for good. `billed`: who is written to about an invoice that was sent to this
    address: nobody whose right has ended since.
    """

    answering: Callable[[UUID], list[str]]
    to_tell: Callable[[UUID, models.Model | None], list[str]]
    billed: Callable[[UUID, str], list[str]]


_people: dict[str, People] = {}
_papers: dict[str, Callable[[UUID], str]] = {}


def register(subject: type[models.Model], people: People) -> None:
    """Say who the people of such a customer are."""
    _people[subject._meta.label_lower] = people


def register_papers(subject: type[models.Model], path: Callable[[UUID], str]) -> None:
    """Say on which page such a customer, given by its key, finds its invoices."""
    _papers[subject._meta.label_lower] = path


def of(mandate: Mandate) -> list[str]:
    """Where what concerns the debits of `mandate` goes, whoever signed it: one address at least."""
    return answering(mandate) or [mandate.email]


def answering(row: Mandate | Invoice) -> list[str]:
    """Who may pay or sign today for the customer of a mandate or of an invoice."""
    people = _people.get(row.subject_type)
    return people.answering(row.subject_id) if people else []


def billed(invoice: Invoice) -> list[str]:
    """Where what concerns an invoice goes: to the address that it was made out to, as long as it is of somebody who may
    read it. Asked when it is sent: what the invoice holds is as old as it is."""
    own = str(invoice.buyer.get("email", ""))
    if not own:
        return []
    people = _people.get(invoice.subject_type)
    return people.billed(invoice.subject_id, own) if people else [own]


def papers(invoice: Invoice) -> str:
    """The path of the page on which the customer finds the invoice; empty when he has none."""
    path = _papers.get(invoice.subject_type)
    return path(invoice.subject_id) if path else ""


def watchers(mandate: Mandate, by: Actor) -> list[str]:
    """Whom to tell that `by` has signed `mandate`."""
    people = _people.get(mandate.subject_type)
    return people.to_tell(mandate.subject_id, by.user) if people else []


def tell(mandate: Mandate, mail: Mail, *, about: models.Model, key: str, but: Iterable[str] = ()) -> Message | None:
    """`mail` to each of those of `mandate`, but to the addresses `but`, which read it elsewhere; the first message."""
    elsewhere = {one.lower() for one in but}
    return send(mail, [one for one in of(mandate) if one.lower() not in elsewhere], about=about, key=key)


def send(mail: Mail, addresses: list[str], *, about: models.Model, key: str) -> Message | None:
    """One message to each, under a key of its own; the first one."""
    keys = [key, *(f"{key}:{rank}" for rank in range(2, len(addresses) + 1))]
    sent = [
        enqueue(replace(mail, to=to), about=about, dedupe_key=one) for to, one in zip(addresses, keys, strict=False)
    ]
    return next(iter(sent), None)
