"""A declaration seen from its invoices: which there are, and which of them can be credited."""

from __future__ import annotations

from decimal import Decimal

from billing import collections
from billing.models import Invoice
from contributions.models import Declaration
from space.papers import InvoiceLine


def invoices(declaration: Declaration) -> list[Invoice]:
    """What was issued for this declaration and the versions before it, oldest first."""
    versions = Declaration.objects.filter(campaign=declaration.campaign_id, member=declaration.member_id)
    found = Invoice.objects.filter(declaration__in=versions, declaration__version__lte=declaration.version)
    return list(collections.with_debit_day(found).order_by("declaration__version"))


def with_bills(rows: list[Declaration]) -> list[Declaration]:
    """Give each declaration its `bills`: what its first version billed, then what each correction changed; in one
    query. A draft has none yet."""
    valid = {(row.member_id, row.campaign_id): row for row in rows if not row.is_draft}
    for row in rows:
        row.bills = []  # type: ignore[attr-defined]
    mine = {"declaration__member__in": {key[0] for key in valid}, "declaration__campaign__in": {k[1] for k in valid}}
    found = collections.with_debit_day(Invoice.objects.filter(**mine)).defer("lines", "buyer")
    for bill in found.select_related("declaration", "corrects").order_by("declaration__version"):
        row = valid[bill.declaration.member_id, bill.declaration.campaign_id]
        row.bills.append(InvoiceLine(bill))  # type: ignore[attr-defined]
    return rows


def creditable(declaration: Declaration, amount: Decimal) -> Invoice | None:
    """The first invoice of the declaration that `amount` can be taken off."""
    bills = [one for one in invoices(declaration) if one.kind == Invoice.Kind.INVOICE]
    return next((one for one in bills if one.total - one.credited >= amount), None)
