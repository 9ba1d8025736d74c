"""Invoices and credit notes: issued once, numbered without a hole, never edited. A mistake is corrected by a credit.

Both kinds are numbered in one sequence a year (`F2027-000123`): the « séquence chronologique et continue » of art. 242
nonies A of annexe II of the CGI, with no second series to be justified. Both verbs run in the caller's transaction:
what is invoiced and its invoice are there together or neither, and a number that was rolled back goes to the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, models

from billing import calling_off, reminder_days, snapshots
from billing.amounts import NOTHING, Line, Totals, balance, credit_totals, totals
from billing.crediting import Share
from billing.models import Invoice
from billing.settlement import euros_of, settle
from core.dates import today
from core.journal import Actor, record
from core.models.subject import subject_key
from core.money import euros
from core.numbering import next_number
from core.transitions import Refused, lock
from documents.issuing import issue

__all__ = ["Line", "Totals", "balance", "issue_credit", "issue_credits", "issue_invoice", "totals"]

INVOICE, CREDIT = "facture", "avoir"  # kinds of document


def issue_invoice(
    *,
    subject: models.Model,
    buyer: dict[str, Any],
    title: str,
    lines: Iterable[Line],
    vat_rate: Decimal,
    service_from: date,
    service_to: date,
    due_on: date,
    mode: str = "",
    by: Actor | None = None,
) -> Invoice:
    """Bill `subject` (a member) for `lines`, in the caller's transaction.

    `buyer` is whom it is made out to: {"name", "lines", "siret", "siren", "vat_number", "number", "email"}; its address
    `email` receives what is sent about the invoice. Nothing is sent here: the caller's own mail carries the document.
    """
    sums = totals(lines, vat_rate)
    if sums.net < 0:
        raise ValueError("an invoice below zero is a credit note: use issue_credit")
    made = Invoice(
        **subject_key(subject),
        title=title[:120],
        buyer_name=buyer["name"][:150],
        buyer=buyer,
        service_from=service_from,
        service_to=service_to,
        due_on=due_on,
        mode=mode,
    )
    made.remind_on = reminder_days.next_day(made)
    _issue(made, sums, by or Actor.clock(), f"Facture émise, {euros(sums.total)} à régler.")
    settle(made)  # one of nothing is settled from the start
    return made


def issue_credit(
    *,
    corrects: Invoice,
    lines: Iterable[Line],
    title: str,
    service_from: date | None = None,
    service_to: date | None = None,
    by: Actor | None = None,
) -> Invoice:
    """Credit part or all of an invoice, at its own VAT rate: what is due on it is less, or is owed to the customer.

    Amounts are positive. All the credits of an invoice never pass its total. `corrects` is brought up to date.
    """
    locked = lock(corrects)
    if locked.kind != Invoice.Kind.INVOICE:
        raise Refused("Un avoir corrige une facture, pas un autre avoir.")
    before = list(locked.corrections.order_by("number"))
    net_left = locked.net - sum((credit.net for credit in before), NOTHING)
    vat_left = locked.vat - sum((credit.vat for credit in before), NOTHING)
    sums = credit_totals(lines, locked.vat_rate, net_left, vat_left)
    if sums.total <= 0:
        raise Refused("Un avoir porte sur un montant supérieur à zéro.")
    if sums.total > locked.total - locked.credited:
        left = euros(locked.total - locked.credited)
        raise Refused(f"Un avoir de {euros(sums.total)} dépasse ce qui reste facturé sur {locked.number} ({left}).")
    made = Invoice(
        kind=Invoice.Kind.CREDIT,
        corrects=locked,
        subject_type=locked.subject_type,
        subject_id=locked.subject_id,
        title=title[:120],
        buyer_name=locked.buyer_name,
        buyer=locked.buyer,
        service_from=service_from or locked.service_from,
        service_to=service_to or locked.service_to,
        due_on=today(),
        mode="",
    )
    actor = by or Actor.clock()
    _issue(made, sums, actor, f"Avoir émis sur la facture {locked.number} : {euros(sums.total)}.")
    locked.credited = euros_of(locked.corrections.all(), "total")
    record(locked, by=actor, message=f"Avoir {made.number} émis : {euros(sums.total)} en moins.")
    calling_off.after_settling(locked, settle(locked), by=actor)
    for name in ("credited", "settled_on"):
        setattr(corrects, name, getattr(locked, name))
    return made


def issue_credits(shares: Sequence[Share], *, title: str, by: Actor | None = None) -> list[Invoice]:
    """A credit note for each share, in the caller's transaction: all of them or none, numbered in their order."""
    keys = [share.invoice.pk for share in shares]
    # All locked first, in the same order whoever comes: of two at once, the second waits and reads what is left.
    locked = Invoice.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    invoices = {one.pk: one for one in locked}
    return [
        issue_credit(corrects=invoices[share.invoice.pk], lines=share.sums.lines, title=title, by=by)
        for share in shares
    ]


def _issue(made: Invoice, sums: Totals, by: Actor, message: str) -> None:
    """Number, price, document and journal of either kind. Saves."""
    if not connection.in_atomic_block:
        raise RuntimeError("an invoice is issued in the transaction of what it bills")
    year = today().year
    number = next_number(f"invoice-{year}")
    # Read once the number is ours: days follow numbers, whoever waited for the lock past midnight.
    made.issued_on = min(today(), date(year, 12, 31))
    made.number = f"F{year}-{number:06d}"
    made.lines = [line.as_json() for line in sums.lines]
    made.net, made.vat_rate, made.vat, made.total = sums.net, sums.vat_rate, sums.vat, sums.total
    kind = CREDIT if made.kind == Invoice.Kind.CREDIT else INVOICE
    made.document = issue(
        made,
        kind=kind,
        number=made.number,
        title=f"{made.get_kind_display()} {made.number}",
        filename=f"{kind}-{made.number}.pdf",
        template="pdf/invoice.html",
        snapshot=snapshots.invoice(made),
    )
    made.save()
    record(made, by=by, message=message)
