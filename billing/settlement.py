"""Whether an invoice is settled, and the document that says so. Every verb that moves money on it ends here."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import models
from django.db.models import Max, Sum

from billing import reminder_days, snapshots
from billing.amounts import NOTHING, balance
from billing.models import Invoice
from core.money import cents
from documents.issuing import issue
from documents.models import Document


def latest_document(invoice: Invoice) -> Document:
    """The document to give today: « acquittée » once settled. The first version for a credit note."""
    return Document.objects.about(invoice).current().get()


def settle(invoice: Invoice) -> bool:
    """Work out and store what was paid, less what of it went elsewhere (`ExcessUse`), and whether anything is due; the
    invoice is locked, or new. Counts one more version: of two people who move money on it at once, one is told.

    When that changes, the document gets its next version: « Acquittée le … », or the invoice as it was before. Returns
    whether it became settled just now.
    """
    used = euros_of(invoice.excess_uses.filter(cancelled_at=None), "amount")
    invoice.paid = euros_of(invoice.receipts.filter(cancelled_at=None), "amount") - used
    was, due = invoice.settled_on, balance(invoice.total, invoice.paid, invoice.credited)
    credits = list(invoice.corrections.order_by("number"))
    invoice.settled_on = (was or _last_day(invoice, credits)) if due <= 0 else None
    if changed := bool(was) != bool(invoice.settled_on):
        invoice.remind_on = None if invoice.settled_on else reminder_days.next_day(invoice)
    invoice.version += 1
    invoice.save(update_fields=["paid", "credited", "settled_on", "remind_on", "version"])
    if not changed:
        return False
    last = latest_document(invoice)
    issue(
        invoice,
        kind=last.kind,
        title=f"{invoice.document.title}{', acquittée' if invoice.settled_on else ''}",
        filename=last.filename,
        template=last.template,
        snapshot=snapshots.settled(invoice, credits) if invoice.settled_on else invoice.document.snapshot,
        replaces=last,
    )
    return bool(invoice.settled_on)


def euros_of(rows: models.QuerySet, column: str) -> Decimal:
    """The sum of an amount over `rows`, exact to the cent on every database."""
    return cents(rows.order_by().aggregate(total=Sum(column))["total"] or NOTHING)


def _last_day(invoice: Invoice, credits: list[Invoice]) -> date:
    """The day of the last payment or credit: that is when it was settled, whatever day it was entered."""
    paid_on = invoice.receipts.filter(cancelled_at=None).aggregate(day=Max("received_on"))["day"]
    days = [credit.issued_on for credit in credits] + ([paid_on] if paid_on else [])
    return max(days, default=invoice.issued_on)
