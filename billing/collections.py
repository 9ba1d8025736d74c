"""The verbs of a direct debit before and after the file: plan, postpone, cancel, mark as collected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from billing import receipts
from billing.announcing import announce
from billing.calling_off import call_off, tell
from billing.collection_days import bank_day, collection_day
from billing.models import Collection, CollectionFile, Invoice, Mandate
from billing.models.collection import CollectionState as State
from billing.models.invoice import Mode
from core.dates import french_date, today
from core.journal import Actor, record
from core.money import euros
from core.numbering import next_number
from core.transitions import AlreadyDone, Refused, advance, lock

AT_ONCE = 500  # by one click, that a page waits for; the next click takes those that are left
RUNNING = "Un prélèvement est déjà prévu pour cette facture."


@transaction.atomic
def plan(invoice: Invoice, mandate: Mandate, on: date, *, by: Actor) -> Collection:
    """Debit what is left of `invoice` on `on`, or as soon after as banks and notice allow; the customer is told now."""
    mandate, invoice = lock(mandate), lock(invoice)  # in the order of every verb
    day = collection_day(on, today())
    _refuse_unless_due(invoice, mandate, day)
    year = today().year  # read once: the wait for a number may end in another one
    number = next_number(f"collection-{year}")
    collection = Collection(
        invoice=invoice,
        mandate=mandate,
        amount=invoice.left,
        collects_on=day,
        end_to_end_id=f"PRL-{year}-{number:07d}",
    )
    collection.save(force_insert=True)
    invoice.collections.filter(renewable=True).update(renewable=False)  # this one is what it waited for
    announce(collection)
    return collection


def plan_waiting(mandate: Mandate, *, by: Actor) -> list[Collection]:
    """In the transaction of its signature: the invoices that waited for it, or lost their debit with another mandate,
    are debited, each on its due day or as soon after as the notice allows."""
    mine = waiting().filter(subject_type=mandate.subject_type, subject_id=mandate.subject_id)
    return [plan(invoice, mandate, invoice.due_on, by=by) for invoice in mine.order_by("due_on", "number")]


def waiting() -> QuerySet[Invoice]:
    """Invoices that the next mandate will have debited: of which none was ever planned, or whose debit ended with its
    mandate (`Collection.renewable`)."""
    theirs = Collection.objects.filter(invoice=OuterRef("pk"))
    lost = theirs.filter(renewable=True).exclude(mandate__state=Mandate.State.ACTIVE)
    return Invoice.objects.unsettled().filter(~Exists(theirs) | Exists(lost), mode=Mode.DEBIT)


def _refuse_unless_due(invoice: Invoice, mandate: Mandate, day: date) -> None:
    if not mandate.is_active:
        raise Refused("Ce mandat n’est pas en vigueur : faites signer un nouveau mandat, ou changez de règlement.")
    if mandate.lapses_on and day >= mandate.lapses_on:
        raise Refused(
            f"Ce mandat, inutilisé, sera caduc le {french_date(mandate.lapses_on)} : trop tôt pour un prélèvement le "
            f"{french_date(day)}. Faites signer un nouveau mandat, ou changez de règlement."
        )
    if (invoice.subject_type, invoice.subject_id) != (mandate.subject_type, mandate.subject_id):
        raise Refused("Cette facture n’est pas celle du titulaire de ce mandat.")
    if not invoice.left:
        raise Refused("Il ne reste rien à régler sur cette facture.")
    if invoice.collections.filter(state__in=[State.PLANNED, State.EXPORTED]).exists():
        raise AlreadyDone(RUNNING)


def postpone(day: date, *, to: date, by: Actor) -> int:
    """Move what was planned for `day` and could not leave to another day, announced again: `AT_ONCE` at most. Returns
    how many: a debit that its mandate would not allow on that day stays where it is."""
    with transaction.atomic():
        late = planned(day).exclude(mandate__lapses_on__lte=collection_day(to, today())).order_by("end_to_end_id")
        late = late.select_related("mandate", "invoice").select_for_update(of=("self",))
        return sum(_move(collection, collection.mandate, to, by) for collection in late[:AT_ONCE])


def move_planned(old: Mandate, new: Mandate, *, by: Actor) -> int:
    """The customer has signed another mandate: what was to come leaves from the new account, announced again."""
    waiting = old.collections.filter(state=State.PLANNED).select_related("invoice").select_for_update(of=("self",))
    return sum(_move(collection, new, collection.collects_on, by) for collection in waiting)


def _move(collection: Collection, mandate: Mandate, to: date, by: Actor) -> bool:
    """Whether anything moved; told each time, also back to a day or a mandate that was announced before."""
    was, day = collection.collects_on, collection_day(to, today())
    if (was, collection.mandate_id) == (day, mandate.pk):
        return False
    collection.mandate, collection.collects_on = mandate, day
    what = f"Le prélèvement du {french_date(was)} aura lieu le {french_date(day)}, par le mandat {mandate.rum}"
    entry = record(collection, by=by, message=f"{what}, annoncé de nouveau.")
    announce(collection, was, turn=f":{entry.pk}")
    return True


def cancel(collection: Collection, *, by: Actor, reason: str) -> Collection:
    """Give up a debit that has not left, and tell the customer."""
    with transaction.atomic():
        collection = call_off(lock(collection), by=by, reason=reason)
        tell(collection, reason)
        return collection


def cancel_planned(mandate: Mandate, *, by: Actor, reason: str) -> list[Collection]:
    """In the transaction of what ends the mandate, which tells the customer. Another mandate has them planned again."""
    planned = mandate.collections.filter(state=State.PLANNED).select_related("invoice", "mandate")
    found = list(planned.order_by("collects_on", "end_to_end_id").select_for_update(of=("self",)))
    for collection in found:
        collection.renewable = True
        call_off(collection, by=by, reason=reason)
    return found


def with_debit_day(invoices: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """Each with `debited_on`: the day of the debit that is planned or at the bank, if there is one."""
    return invoices.annotate(debited_on=Subquery(_under_way("pk").values("collects_on")[:1]))


def being_debited(invoice: str = "pk") -> Exists:
    """Whether a debit of the invoice is planned or at the bank: nobody is late for it. `invoice` is its column."""
    return Exists(_under_way(invoice))


def overdue(invoice: str = "") -> Q:
    """Past its due day, and no debit under way will bring it. `invoice` is the relation that leads to it."""
    at = f"{invoice}__" if invoice else ""
    past = Q(**{f"{at}kind": Invoice.Kind.INVOICE, f"{at}settled_on": None, f"{at}due_on__lt": today()})
    return past & ~Q(being_debited(invoice or "pk"))


def is_overdue(invoice: Any) -> bool:
    """The same of an invoice found by `with_debit_day`."""
    owed = invoice.kind == Invoice.Kind.INVOICE and not invoice.settled_on and not invoice.debited_on
    return owed and invoice.due_on < today()


def _under_way(invoice: str) -> QuerySet[Collection]:
    coming = Collection.objects.filter(invoice=OuterRef(invoice), state__in=[State.PLANNED, State.EXPORTED])
    return coming.order_by()


def apart(mandate: Mandate) -> list[Invoice]:
    """What the customer of a mandate in force owes and no debit will bring: to be paid another way, as was chosen
    before it was signed."""
    if not mandate.is_active:
        return []
    owed = Invoice.objects.unsettled().filter(subject_type=mandate.subject_type, subject_id=mandate.subject_id)
    return list(owed.filter(~being_debited()).order_by("due_on", "number").defer("lines", "buyer"))


def planned(day: date) -> QuerySet[Collection]:
    """What is still to be sent to the bank for `day`."""
    return Collection.objects.filter(state=State.PLANNED, collects_on=day)


def lapsing(day: date) -> QuerySet[Collection]:
    """What is planned for `day` and is in no file, since its mandate will have lapsed by then: that gives it up."""
    return planned(day).filter(mandate__lapses_on__lte=day)


def at_the_bank(mandate: Mandate) -> list[Collection]:
    """What has left and will be collected whatever is decided here."""
    return list(mandate.collections.filter(state=State.EXPORTED).select_related("invoice"))


def first_open_day() -> date:
    """The soonest day of a file made today: banks take a debit the business day before at the latest."""
    return bank_day(bank_day(today() + timedelta(days=1)) + timedelta(days=1))


@dataclass
class Outcome:
    """What became of each line of a bulk action."""

    done: int = 0
    left: int = 0  # for the next click
    problems: list[str] = field(default_factory=list)


def mark_collected(file: CollectionFile, *, by: Actor) -> Outcome:
    """The bank has credited the file: a receipt for each debit that was not returned.

    Each one is a transaction of its own, so a large file may be taken up again where it stopped: after `AT_ONCE`, at
    the latest.
    """
    if file.collects_on > today():
        raise Refused(f"Ces prélèvements ne seront encaissés que le {french_date(file.collects_on)}.")
    waiting = file.lines.filter(state=State.EXPORTED)
    keys = list(waiting.order_by("end_to_end_id").values_list("pk", flat=True)[:AT_ONCE])
    if not keys:
        raise AlreadyDone("Les prélèvements de ce fichier sont déjà tous encaissés ou rejetés.")
    outcome = _each(keys, by)
    outcome.left = waiting.exclude(pk__in=keys).count()
    return outcome


def _each(keys: Iterable, by: Actor) -> Outcome:
    outcome = Outcome()
    for key in keys:
        try:
            outcome.done += _collect(Collection(pk=key), by)
        except Refused as refusal:
            reference = Collection.objects.values_list("end_to_end_id", flat=True).get(pk=key)
            outcome.problems.append(f"{reference} : {refusal}")
    return outcome


@transaction.atomic
def _collect(collection: Collection, by: Actor) -> bool:
    collection = lock(collection)
    if collection.state != State.EXPORTED:
        return False  # somebody else was at it
    collection.receipt = receipts.of_debit(collection, by=by)
    advance(collection, State.COLLECTED, by=by, message=f"Prélèvement de {euros(collection.amount)} encaissé")
    return True
