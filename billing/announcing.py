"""Debits announced to who will be debited: the notice, and another one when less, or more, is due before it leaves."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from billing import addressees, collection_mails
from billing.collection_days import collection_day
from billing.models import Collection, Invoice
from billing.models.collection import CollectionState as State
from core.dates import today
from core.journal import Actor, record
from core.money import euros


def announce(collection: Collection, was: date | None = None, before: Decimal | None = None, turn: str = "") -> None:
    """Write the notice; its key is what it announces: the day, the mandate, and the `turn` of a debit that moved or
    whose amount changed. `was` and `before`: the day and the amount announced until then.

    Saves what it announces, in one UPDATE: after a second one of the same row, PostgreSQL locks its mandate at the
    commit, and whoever holds that and waits for this debit, as a file does, would be in a deadlock with us.
    """
    key = f"collection-notice:{collection.pk}:{collection.collects_on}:{collection.mandate_id}{turn}"
    mail = collection_mails.notice(collection, was, before)
    collection.notice = addressees.tell(collection.mandate, mail, about=collection, key=key)
    collection.save(update_fields=["mandate", "amount", "collects_on", "notice"])


def planned(invoice: Invoice) -> Collection | None:
    """The debit of the invoice that can still change, with its mandate."""
    found: Collection | None = invoice.collections.filter(state=State.PLANNED).select_related("mandate").first()
    return found


def follow(invoice: Invoice, *, by: Actor) -> None:
    """The locked invoice owes another sum than before: its planned debit is of what is left, and announced again. What
    is at the bank stays; one of nothing is given up elsewhere (`calling_off`)."""
    waiting = invoice.collections.filter(state=State.PLANNED).select_related("mandate")
    collection = waiting.select_for_update(of=("self",)).first()
    if collection is None or not invoice.left or collection.amount == invoice.left:
        return
    collection.invoice = invoice
    was, before = collection.collects_on, collection.amount
    collection.amount = invoice.left
    if collection.amount > before:  # more needs the whole notice again; less does not
        collection.collects_on = collection_day(was, today())
    what = f"Le prélèvement passe de {euros(before)} à {euros(collection.amount)}"
    entry = record(collection, by=by, message=f"{what}, annoncé de nouveau.")
    announce(collection, was, before, f":{entry.pk}")
