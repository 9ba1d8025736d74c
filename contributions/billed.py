"""A declaration seen from its invoices: whom they are made out to, and which of them can be credited."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from billing.models import Invoice
from contributions.models import Declaration
from membership.models import Member


def buyer(member: Member, email: str) -> dict[str, Any]:
    """The member as an invoice names him."""
    site = member.establishment
    return {
        "name": site.name,
        "lines": site.billing_lines(),
        "siret": member.siret,
        "siren": member.siret[:9],
        "vat_number": "",
        "number": member.number,
        "email": email,
    }


def invoices(declaration: Declaration) -> list[Invoice]:
    """What was issued for this declaration and the versions before it, oldest first."""
    versions = Declaration.objects.filter(campaign=declaration.campaign_id, member=declaration.member_id)
    found = Invoice.objects.filter(declaration__in=versions, declaration__version__lte=declaration.version)
    return list(found.order_by("declaration__version"))


def creditable(declaration: Declaration, amount: Decimal) -> Invoice | None:
    """The first invoice of the declaration that `amount` can be taken off."""
    bills = [one for one in invoices(declaration) if one.kind == Invoice.Kind.INVOICE]
    return next((one for one in bills if one.total - one.credited >= amount), None)
