"""What the bordereau de cotisation shows, frozen with it: plain text, whole numbers and Decimals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from billing import payment_code
from contributions import collecting
from contributions.models import Declaration
from contributions.pricing import Contribution
from core.brand import brand
from core.dates import french_date, french_moment
from core.identifiers import format_iban, format_naf, format_siret
from core.money import rate
from core.naf import naf_label
from core.text import fold, lower_first
from membership.models.establishment import Monitoring

LONG_LIST = 12  # from so many employees on, the list is an annex
DENSE_LIST = 200  # from so many on, one line each: see docs/decisions/0008
MAX_LIST = 2000  # beyond, the list stays in the space, as a workbook: it would not be rendered in time


def bordereau(declaration: Declaration, priced: Contribution) -> dict[str, Any]:
    """All that was declared, what it costs and how it is paid (C-07)."""
    campaign, member = declaration.campaign, declaration.member
    invoice, headcount = declaration.invoice, declaration.headcount or 0
    return {
        "company": member.establishment.name,
        "year": campaign.year,
        "day": french_date(campaign.reference_day),
        "validated": french_moment(declaration.validated_at) if declaration.validated_at else "",
        "late": declaration.validated_at is not None and declaration.is_late,
        "deadline": french_date(campaign.deadline),
        "penalties": campaign.penalties,
        "establishment": _establishment(declaration),
        "signer": {
            "name": declaration.signer,
            "function": declaration.signer_function,
            "email": declaration.signer_email,
        },
        "received": declaration.origin,
        "lines": [line.as_json() for line in priced.lines],
        "net": priced.net,
        "vat_rate": rate(priced.vat_rate),
        "vat": priced.vat,
        "total": priced.total,
        "corrects": _corrected(declaration, priced),
        "mode": declaration.payment_mode,
        "mode_label": declaration.get_payment_mode_display(),
        "to_sign": collecting.wants_mandate(invoice, member),
        "invoice": _invoice(invoice) if invoice else None,
        "credits": [_invoice(one) for one in declaration.issued if one.kind == one.Kind.CREDIT],
        "seller": _seller(),
        "headcount": headcount,
        "monitoring": [
            {"name": lower_first(Monitoring(line.category).label), "count": line.quantity} for line in priced.lines
        ],
        "employees": list(_employees(declaration)) if headcount <= MAX_LIST else [],
        "employees_apart": LONG_LIST < headcount <= MAX_LIST,
        "employees_dense": headcount > DENSE_LIST,
        "employees_elsewhere": headcount > MAX_LIST,
    }


def _establishment(declaration: Declaration) -> dict[str, Any]:
    site = declaration.member.establishment
    return {
        "name": site.name,
        "number": declaration.member.number,
        "siret": format_siret(declaration.member.siret),
        "activity": f"{format_naf(site.naf)} {naf_label(site.naf)}".strip() if site.naf else "",
        "lines": site.address_lines,
    }


def _corrected(declaration: Declaration, priced: Contribution) -> dict[str, Any] | None:
    if declaration.replaces is None:
        return None
    return {"total": priced.before.total, "due": priced.due, "back": -priced.due, "arrivals": priced.arrivals_back}


def _invoice(invoice: Any) -> dict[str, Any]:
    is_credit = invoice.kind == invoice.Kind.CREDIT
    return {
        "number": invoice.number,
        "is_credit": is_credit,
        "due_on": french_date(invoice.due_on),
        "total": invoice.total,
        "left": invoice.total if is_credit else invoice.left,
        "corrects": invoice.corrects.number if is_credit else "",
        "code": "" if is_credit or not invoice.left else payment_code.image(invoice.number, invoice.left),
    }


def _seller() -> dict[str, str]:
    operator = brand().operator
    return {"name": operator["name"], "iban": format_iban(operator["iban"]), "bic": operator["bic"]}


def _employees(declaration: Declaration) -> Iterator[dict[str, str]]:
    columns = ("last_name", "first_name", "birth_date", "hired_on", "monitoring")
    rows = declaration.declared.values_list(*columns)
    # As on the screen, where Élodie comes before Fatou whatever the database thinks of accents.
    for last_name, first_name, born, hired, monitoring in sorted(
        rows, key=lambda row: (fold(f"{row[0]} {row[1]}"), row[2])
    ):
        yield {
            "last_name": last_name,
            "first_name": first_name,
            "born": f"{born:%d/%m/%Y}",
            "hired": f"{hired:%d/%m/%Y}",
            "monitoring": monitoring,
        }
