"""A member as the customer of an invoice."""

from __future__ import annotations

from typing import Any

from membership.models import Member


def buyer(member: Member, email: str = "") -> dict[str, Any]:
    """What `billing.invoicing` asks for: the company, its billing address, and where its mails about money go."""
    establishment = member.establishment
    return {
        "name": establishment.name,
        "lines": establishment.billing_lines(),
        "siret": member.siret,
        "siren": member.siret[:9],
        "vat_number": "",
        "number": member.number,
        "email": email or establishment.email,
    }
