"""A declaration seen from its invoices: which there are, and which of them can be credited."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import OuterRef, Q, Subquery, UUIDField

from billing import collections
from billing.models import Invoice
from contributions.models import Arrival, Declaration
from contributions.states import State
from membership.models import Member
from space.papers import InvoiceLine


def invoices(declaration: Declaration) -> list[Invoice]:
    """What was issued for this declaration and the versions before it, oldest first."""
    versions = Declaration.objects.filter(campaign=declaration.campaign_id, member=declaration.member_id)
    found = Invoice.objects.filter(declaration__in=versions, declaration__version__lte=declaration.version)
    return list(found.order_by("declaration__version"))


def with_bills(rows: list[Declaration]) -> list[Declaration]:
    """Give each declaration its `bills`: what its first version billed, what each correction changed, and the invoices
    of the year's arrivals, which have `arrived_in`; in one query. A draft has none yet."""
    valid = {(row.member_id, row.campaign_id): row for row in rows if not row.is_draft}
    for row in rows:
        row.bills = []  # type: ignore[attr-defined]
    members, campaigns = {key[0] for key in valid}, {key[1] for key in valid}
    arrived = Arrival.objects.filter(invoice=OuterRef("pk")).order_by().values("campaign")[:1]
    # By whom they are made out to, which is indexed; then those of these years.
    theirs = Invoice.objects.filter(subject_type=Member._meta.label_lower, subject_id__in=members)
    found = (
        collections.with_debit_day(theirs)
        .annotate(arrived_in=Subquery(arrived, output_field=UUIDField()))
        .defer("lines", "buyer")
    )
    found = found.filter(Q(declaration__campaign__in=campaigns) | Q(arrived_in__in=campaigns))
    for bill in found.select_related("declaration", "corrects").order_by("number"):  # as issued
        key = bill.subject_id, bill.arrived_in or bill.declaration.campaign_id
        if row := valid.get(key):
            row.bills.append(InvoiceLine(bill))  # type: ignore[attr-defined]
    return rows


def bills(declaration: Declaration) -> list[Invoice]:
    """The same for one declaration, up to its version; the arrivals are with the last one."""
    found = [line.it for line in with_bills([declaration])[0].bills]  # type: ignore[attr-defined]
    if declaration.state == State.VALIDATED:
        return found
    return [one for one in found if not one.arrived_in and one.declaration.version <= declaration.version]


def creditable(declaration: Declaration, amount: Decimal) -> Invoice | None:
    """The first invoice of the declaration that `amount` can be taken off."""
    issued = [one for one in invoices(declaration) if one.kind == Invoice.Kind.INVOICE]
    return next((one for one in issued if one.total - one.credited >= amount), None)
