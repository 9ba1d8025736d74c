"""A declaration seen from its invoices: which there are, and which of them can be credited."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from billing import collections
from billing.crediting import Bearer
from billing.models import Invoice
from contributions.models import Declaration
from membership.models import Member
from space.papers import InvoiceLine


def invoices(declaration: Declaration) -> list[Invoice]:
    """What was issued for this declaration and the versions before it, oldest first."""
    mine = {"campaign": declaration.campaign_id, "member": declaration.member_id}
    found = collections.with_debit_day(_issued_for(Declaration.objects.filter(**mine)))
    return list(found.filter(version__lte=declaration.version))


def with_bills(rows: list[Declaration]) -> list[Declaration]:
    """Give each declaration its `bills`: what its first version billed, then what each correction changed; in one
    query. A draft has none yet."""
    valid = {(row.member_id, row.campaign_id): row for row in rows if not row.is_draft}
    for row in rows:
        row.bills = []  # type: ignore[attr-defined]
    wanted = Declaration.objects.filter(member__in={key[0] for key in valid}, campaign__in={key[1] for key in valid})
    found = collections.with_debit_day(_issued_for(wanted)).defer("lines", "buyer")
    for bill in found.select_related("corrects"):
        row = valid.get((bill.subject_id, bill.campaign))
        if row is not None:
            row.bills.append(InvoiceLine(bill))  # type: ignore[attr-defined]
    return rows


def bearers(declaration: Declaration) -> list[Bearer]:
    """What can be credited when `declaration` is corrected: what is to be paid comes first, so that as little as can be
    is paid back, then the oldest."""
    bills = _issued_for(Declaration.objects.filter(campaign=declaration.campaign_id, member=declaration.member_id))
    bills = bills.filter(kind=Invoice.Kind.INVOICE, version__lte=declaration.version).prefetch_related("corrections")
    found = [Bearer.of(bill) for bill in bills]
    return sorted((one for one in found if one.net > 0), key=lambda one: one.invoice.settled_on is not None)


def _issued_for(declarations: QuerySet[Declaration]) -> QuerySet[Invoice]:
    """Invoices and credits of these, each with its `campaign` and `version`, oldest first."""
    members = declarations.order_by().values("member")  # leads to their invoices by the index of what is whose
    mine = Q(declaration__in=declarations) | Q(further_of__in=declarations)
    told = {name: Coalesce(f"declaration__{name}", f"further_of__{name}") for name in ("campaign", "version")}
    return (
        Invoice.objects.filter(mine, subject_type=Member._meta.label_lower, subject_id__in=members)
        .annotate(**told)
        .order_by("version", "number")
    )
