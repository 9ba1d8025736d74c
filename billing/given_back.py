"""Money of an invoice that was carried or refunded, when what had paid it is taken away afterwards."""

from __future__ import annotations

from decimal import Decimal

from billing.amounts import NOTHING
from billing.models import Invoice
from billing.settlement import euros_of
from core.dates import french_date
from core.money import euros


def sentence(invoice: Invoice) -> str:
    """« dont 500,00 € déjà remboursés ou reportés »: what of the sum left to pay is due only because it was given back
    before the bank took the payment away; empty when there is nothing of it."""
    amount = min(invoice.left, euros_of(invoice.excess_uses.filter(cancelled_at=None), "amount"))
    return words(amount) if amount else ""


def words(amount: Decimal) -> str:
    return f"dont {euros(amount)} déjà remboursés ou reportés"


def left(invoice: Invoice) -> str:
    """What is left to pay, explained."""
    why = sentence(invoice)
    return f"{euros(invoice.left)}, {why}" if why else euros(invoice.left)


def to_undo(invoice: Invoice, amount: Decimal) -> str:
    """What must be undone before a receipt of `amount` is cancelled, as a sentence; empty when the excess that was
    given back is still there without it."""
    if invoice.balance + amount <= NOTHING:
        return ""
    uses = invoice.excess_uses.filter(cancelled_at=None).select_related("receipt__invoice").order_by("recorded_at")
    first = [
        f"le report de {euros(use.amount)} sur {use.receipt.invoice.number}"
        if use.receipt
        else f"le remboursement de {euros(use.amount)} du {french_date(use.made_on)}"
        for use in uses
    ]
    if not first:
        return ""
    return f"Le trop-perçu de ce règlement a été rendu : annulez d’abord {', '.join(first)}."
