"""Direct debit of what a declaration bills, once the member has signed a mandate (D-18)."""

from __future__ import annotations

from billing.models import Invoice
from billing.models.invoice import Mode
from core.journal import Actor
from membership.models import Member


def has_mandate(member: Member) -> bool:
    """Whether the member has a mandate in force."""
    return False


def plan(invoice: Invoice, *, by: Actor) -> bool:
    """Plan the debit of an invoice to be paid that way; False when there is nothing to debit, or no mandate yet."""
    return invoice.mode == Mode.DEBIT and False
