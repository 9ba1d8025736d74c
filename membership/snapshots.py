"""What the PDFs of the membership portal show, worked out once: plain text, whole numbers and Decimals.

Each function only reads. What it returns is frozen with the document, so a PDF never changes with the data behind it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from billing import payment_code
from billing.snapshots import seller
from core.dates import add_months, french_date, french_moment
from core.identifiers import format_naf, format_phone, format_siren, format_siret
from core.money import rate
from core.naf import naf_label
from core.text import lower_first
from documents.models import Upload
from membership import pieces, pricing
from membership.models import Address, Application, Employee, Establishment, Member, Proforma
from membership.models.establishment import Monitoring

PROFORMA_MONTHS = 3  # a fortnight before the relance and two months to answer it fit in
LONG_LIST = 12  # from so many employees on, the list is an annex and the signature stays on the first pages
DENSE_LIST = 200  # a table of 2,000 rows takes 17 s and 500 MB; one line each, a third of it

_SHORT_CONTRACTS = {Employee.Contract.APPRENTICE: "Apprentissage", Employee.Contract.SEASONAL: "Saisonnier"}


def bordereau(dossier: Application) -> dict[str, Any]:
    """All that the employer entered (M-09)."""
    establishment = dossier.establishment
    employees = [_employee(employee) for employee in establishment.employees.order_by("folded", "pk")]
    return {
        "company": establishment.name,
        "reference": dossier.reference,
        "submitted": french_moment(dossier.submitted_at) if dossier.submitted_at else "",
        "contact_email": dossier.contact_email,
        "representative": {
            "name": dossier.representative,
            "function": dossier.representative_function,
            "email": dossier.representative_email,
        },
        "establishment": _establishment(establishment),
        "contacts": [
            {
                "name": str(contact),
                "roles": contact.role_labels,
                "function": contact.function,
                "phone": format_phone(contact.phone),
                "email": contact.email,
            }
            for contact in establishment.contacts.all()
        ],
        "addresses": _addresses(establishment),
        "employees": employees,
        "employees_apart": len(employees) > LONG_LIST,
        "employees_dense": len(employees) > DENSE_LIST,
        "monitoring": _by_category(Counter(employee["monitoring"] for employee in employees)),
        "documents": [
            {"label": pieces.LABELS.get(upload.kind, upload.kind), "name": upload.name, "pages": upload.pages}
            for upload in Upload.objects.about(dossier).exclude(scan=Upload.Scan.REFUSED)
        ],
    }


def proforma(dossier: Application, proforma: Proforma) -> dict[str, Any]:
    """Who pays whom, for what, how much and how (M-12)."""
    establishment = dossier.establishment
    year, valid_until = proforma.issued_on.year, add_months(proforma.issued_on, PROFORMA_MONTHS)
    return {
        "company": establishment.name,
        "reference": dossier.reference,
        "issued_on": french_date(proforma.issued_on),
        "valid_until": french_date(valid_until),
        "year": year,
        # A membership pays the year in which it begins, at this price (decision 20).
        "next_year": valid_until.year if valid_until.year > year else None,
        "seller": seller(),
        "buyer": {
            "name": establishment.name,
            "lines": establishment.billing_lines(),
            "siret": format_siret(dossier.siret),
            "siren": format_siren(dossier.siret[:9]),
        },
        "lines": proforma.lines,
        "net": proforma.net,
        "vat_rate": rate(proforma.vat_rate),
        "vat": proforma.vat,
        "total": proforma.total,
        "code": payment_code.image(dossier.reference or "", proforma.total),
    }


def receipt(dossier: Application, member: Member) -> dict[str, Any]:
    """The medical team that follows the new member, and how he logs in (M-20)."""
    centre, doctor, establishment = member.centre, member.doctor, dossier.establishment
    if centre is None or doctor is None:
        raise ValueError("a receipt names the medical centre and the doctor: assign them first")
    secretary, counts = doctor.secretary, pricing.headcounts(establishment)
    return {
        "company": establishment.name,
        "reference": dossier.reference,
        "number": member.number,
        "joined_on": french_date(member.joined_on),
        "establishment": _establishment(establishment),
        "employees": _by_category(counts),
        "headcount": sum(counts.values()),
        "centre": {
            "name": centre.name,
            "lines": [centre.street, f"{centre.postcode} {centre.commune_name}"],
            "phone": format_phone(centre.phone),
            "email": centre.email,
            "access": centre.access,
        },
        "doctor": doctor.name,
        "secretary": {
            "name": secretary.name,
            "phone": format_phone(secretary.phone),
            "email": secretary.email,
        },
        "login": dossier.representative_email,
    }


def _establishment(establishment: Establishment) -> dict[str, Any]:
    activity = f"{format_naf(establishment.naf)} {naf_label(establishment.naf)}".strip()
    return {
        "name": establishment.name,
        "trade_name": establishment.trade_name,
        "siret": format_siret(establishment.siret),
        "activity": activity,
        "headcount": establishment.headcount,
        "lines": establishment.address_lines,
        "phone": format_phone(establishment.phone),
        "email": establishment.email,
        "regime": "Agricole (MSA)" if establishment.agricultural else "Général",
    }


def _addresses(establishment: Establishment) -> list[dict[str, Any]]:
    """The three addresses in the order of the form, each with its lines whatever it is the same as."""
    found = {address.kind: address for address in establishment.addresses.all()}
    kinds = dict(Address.Kind.choices)
    return [
        {"label": label, "lines": found[kind].resolved_lines(), "same_as": _same_as(found[kind], kinds)}
        for kind, label in kinds.items()
        if kind in found
    ]


def _same_as(address: Address, kinds: dict[str, str]) -> str:
    if address.same_as == Address.SITE:
        return "Identique à celle de l’établissement"
    if address.same_as:
        return f"Identique à l’{lower_first(kinds[address.same_as])}"
    return ""


def _employee(employee: Employee) -> dict[str, str]:
    contract = Employee.Contract(employee.contract_type)
    return {
        "last_name": employee.last_name,
        "first_name": employee.first_name,
        "born": _short(employee.birth_date),
        "hired": _short(employee.hired_on),
        "contract": _SHORT_CONTRACTS.get(contract, contract.label),
        "job": employee.job_title,
        "pcs": employee.pcs_code,
        "monitoring": employee.monitoring,
    }


def _by_category(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    return [
        {"name": lower_first(category.label), "count": counts[category.value]}
        for category in Monitoring
        if counts.get(category.value)
    ]


def _short(day: date) -> str:
    return f"{day:%d/%m/%Y}"
