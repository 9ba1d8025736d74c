"""Debits that were announced and will not leave."""

from __future__ import annotations

from collections.abc import Iterable

from billing import addressees, announcing, collection_mails, reminder_days
from billing.models import Collection, Invoice
from billing.models.collection import CollectionState as State
from core.dates import french_date, today
from core.journal import Actor
from core.money import euros
from core.transitions import advance

SETTLED = "La facture est déjà réglée"


def call_off(collection: Collection, *, by: Actor, reason: str) -> Collection:
    """Give up a locked collection; whoever calls tells the customer."""
    if reason != SETTLED:
        lose(collection)
    what = f"Prélèvement de {euros(collection.amount)} du {french_date(collection.collects_on)} annulé"
    advance(collection, State.CANCELLED, by=by, message=what, reason=reason)
    return collection


def lose(collection: Collection) -> None:
    """The locked debit brings nothing, and its customer reads today how to pay: he is reminded from now on, or from the
    due day on if that is to come. Does not save."""
    collection.due_again_on = max(today(), collection.invoice.due_on)
    collection.remind_on = reminder_days.next_after(collection.due_again_on, today())


def tell(collection: Collection, reason: str, but: Iterable[str] = ()) -> None:
    """A mail of its own to who was told of the debit, except to the addresses `but`, whose own mail says so."""
    mail, key = collection_mails.cancelled(collection, reason), f"collection-cancelled:{collection.pk}"
    addressees.tell(collection.mandate, mail, about=collection, key=key, but=but)


def of_settled(invoice: Invoice, *, by: Actor) -> Collection | None:
    """The locked invoice owes nothing any more: its planned debit, now given up, or none. What is at the bank stays."""
    planned = invoice.collections.filter(state=State.PLANNED).select_related("mandate")
    found: Collection | None = planned.select_for_update(of=("self",)).first()
    return call_off(found, by=by, reason=SETTLED) if found else None


def after_settling(invoice: Invoice, settled: bool, *, by: Actor) -> None:
    """What `settle` made of the locked invoice, for its planned debit: given up and told once nothing is due, or of
    another sum and announced again."""
    if not settled:
        announcing.follow(invoice, by=by)
    elif given_up := of_settled(invoice, by=by):
        tell(given_up, SETTLED)
