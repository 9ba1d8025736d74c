"""Direct debit of what a declaration bills, once the member has signed a mandate (D-18)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Exists, OuterRef, QuerySet

from billing import announcing, collections
from billing.amounts import NOTHING
from billing.collection_days import collection_day
from billing.models import Invoice, Mandate
from billing.models.collection import CollectionState
from billing.models.invoice import Mode
from core.dates import french_date, today
from core.journal import Actor
from core.models.subject import subject_key
from core.money import euros
from membership.models import Member

BANKS_CLOSED = timedelta(days=7)  # at most


def has_mandate(member: Member, day: date | None = None) -> bool:
    """Whether the member has a mandate in force, that will still be on that day."""
    return Mandate.objects.about(member).debitable_on(day or today()).exists()


def hold_mandate(member: Member) -> None:
    """Keep the mandates as they are until the transaction ends, before any invoice or debit is touched: in the order of
    every verb of a mandate and of the file to the bank, so that none of them waits for another in a ring. All of them,
    since the one in force may just be giving way to another."""
    list(Mandate.objects.about(member).order_by("pk").select_for_update(of=("self",)).values_list("pk"))


def wants_mandate(invoice: Invoice | None, member: Member) -> bool:
    """Whether it is to be debited and nobody has signed for it yet."""
    if invoice is None or invoice.kind != Invoice.Kind.INVOICE or invoice.mode != Mode.DEBIT:
        return False
    return not has_mandate(member, invoice.due_on)


def due_day(member: Member, mode: str, wanted: date) -> date:
    """The day that an invoice issued today prints: the one of its debit where it will be debited, so that nobody reads
    of penalties that run before we collect."""
    day = collection_day(wanted, today())
    return day if mode == Mode.DEBIT and has_mandate(member, day) else wanted


def plan(invoice: Invoice, *, by: Actor) -> bool:
    """Plan the debit of an invoice to be paid that way, on its due day; False when there is none to plan, or no
    mandate that allows it: the sweep plans it once one is signed."""
    if invoice.mode != Mode.DEBIT or invoice.kind != Invoice.Kind.INVOICE or invoice.left <= 0:
        return False
    allowed = Mandate.objects.debitable_on(collection_day(invoice.due_on, today()))
    mandate = allowed.filter(subject_type=invoice.subject_type, subject_id=invoice.subject_id).first()
    if mandate is None:
        return False
    collections.plan(invoice, mandate, invoice.due_on, by=by)
    return True


def lost(invoice: Invoice) -> bool:
    """Whether its debit was cancelled or came back, and no other is under way: it waits for the customer to pay."""
    return invoice.mode == Mode.DEBIT and invoice.collections.exists() and announced(invoice) is None


def announced(invoice: Invoice) -> date | None:
    """The day on which it will be debited, once that is planned."""
    coming = invoice.collections.filter(state__in=[CollectionState.PLANNED, CollectionState.EXPORTED])
    day: date | None = coming.values_list("collects_on", flat=True).first()
    return day


def lowered(shares: Iterable[tuple[Invoice, Decimal]]) -> list[str]:
    """« Le prélèvement du 28 décembre 2027 passe à 6 016,80 € »: of each invoice whose debit is planned, once that much
    more is credited on it than its debit was announced for."""
    found = []
    for invoice, less in shares:
        debit = announcing.planned(invoice)
        if debit and debit.amount > less:
            day, amount = french_date(debit.collects_on), euros(debit.amount - less)
            found.append(f"Le prélèvement du {day} passe à {amount}.")
    return found


def lowered_by(credits: Iterable[Invoice]) -> list[str]:
    """The same once the credits are issued: the debits were announced again already."""
    return lowered((one.corrects, NOTHING) for one in credits if one.corrects)


def waiting(moment: datetime) -> QuerySet[Invoice]:
    """Invoices of members that wait for another mandate, while one is in force: its signature plans them, this is the
    net."""
    day = today(moment)
    signed = Mandate.objects.debitable_on(collection_day(day, day)).filter(
        subject_type=OuterRef("subject_type"),
        subject_id=OuterRef("subject_id"),
        lapses_on__gt=OuterRef("due_on") + BANKS_CLOSED,  # or `plan` might leave it, to be found again for ever
    )
    return collections.waiting().filter(Exists(signed), subject_type=subject_key(Member())["subject_type"])
