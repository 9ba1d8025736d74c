"""A declaration seen from its invoices: which there are, and which of them can be credited."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery, UUIDField
from django.db.models.functions import Coalesce

from billing import collections
from billing.crediting import Bearer
from billing.models import Invoice
from billing.shown import InvoiceLine
from contributions.models import Arrival, Declaration
from contributions.states import State
from membership.models import Member


def with_bills(rows: list[Declaration]) -> list[Declaration]:
    """Give each declaration its `bills`: what its first version billed, what each correction changed, and the invoices
    of the year's arrivals, which have `arrived_in`; in one query. A draft has none yet."""
    valid = {(row.member_id, row.campaign_id): row for row in rows if not row.is_draft}
    for row in rows:
        row.bills = []  # type: ignore[attr-defined]
    if not valid:
        return rows
    issued = _issued({member for member, _ in valid}, {campaign for _, campaign in valid})
    for bill in collections.with_debit_day(issued).defer("lines", "buyer"):
        if row := valid.get((bill.subject_id, bill.campaign)):
            row.bills.append(InvoiceLine(bill))  # type: ignore[attr-defined]
    return rows


def bills(declaration: Declaration) -> list[Invoice]:
    """The same for one declaration, up to its version; the arrivals are with the last one."""
    found = [line.it for line in with_bills([declaration])[0].bills]  # type: ignore[attr-defined]
    if declaration.state == State.VALIDATED:
        return found
    return [one for one in found if not one.arrived_in and one.of_version <= declaration.version]


def bearers(declaration: Declaration) -> list[Bearer]:
    """What can be credited when `declaration` is corrected: what is to be paid comes first, so that as little as can be
    is paid back, then the oldest. Arrivals are not of the list that is corrected."""
    issued = _issued([declaration.member_id], [declaration.campaign_id]).prefetch_related("corrections")
    found = [Bearer.of(bill) for bill in issued.filter(kind=Invoice.Kind.INVOICE, of_version__lte=declaration.version)]
    return sorted((one for one in found if one.net > 0), key=lambda one: one.invoice.settled_on is not None)


def _issued(members: Iterable[UUID], campaigns: Iterable[UUID]) -> QuerySet[Any]:
    """Invoices and credits of these members for these campaigns, as issued; each with its `campaign`, `of_version`
    and `arrived_in` where it is for arrivals of the year: these have no version."""
    arrived = Arrival.objects.filter(invoice=OuterRef("pk")).order_by().values("campaign")[:1]
    # By whom they are made out to, which is indexed; then those of these years.
    theirs = Invoice.objects.filter(subject_type=Member._meta.label_lower, subject_id__in=members)
    return (
        theirs.annotate(arrived_in=Subquery(arrived, output_field=UUIDField()))
        .annotate(
            campaign=Coalesce("arrived_in", "declaration__campaign", "further_of__campaign", output_field=UUIDField()),
            of_version=Coalesce("declaration__version", "further_of__version"),
        )
        .filter(campaign__in=campaigns)
        .order_by("number")
    )
