"""What the PDF of an invoice or of a credit note shows, worked out once and frozen with it."""

from __future__ import annotations

from datetime import date
from typing import Any

from billing import payment_code
from billing.collection_days import collection_day
from billing.models import Invoice, Mandate
from billing.models.invoice import Mode
from core.brand import brand
from core.dates import french_date
from core.identifiers import format_iban, format_siren, format_siret
from core.money import euros, rate

INDEMNITY = "40 €"  # art. D. 441-5 of the Code de commerce
NATURE = "prestation de services"  # to be said since 2027 at the latest (décret 2022-1299)


def invoice(issued: Invoice) -> dict[str, Any]:
    """Parties, lines, amounts, how to pay, and the sentences that the law wants on an invoice.

    Art. 242 nonies A of annexe II of the CGI (number, dates, parties, SIREN, VAT number, rate and amounts) and art.
    L. 441-9 of the Code de commerce (due day, penalties, indemnity, discount).
    """
    is_credit = issued.kind == Invoice.Kind.CREDIT
    return {
        "company": issued.buyer_name,
        "is_credit": is_credit,
        "name": "Avoir" if is_credit else "Facture",
        "subject": issued.title,
        "issued_on": french_date(issued.issued_on),
        "service": _period(issued.service_from, issued.service_to),
        "debit_on": _debit_day(issued),
        "due_on": french_date(issued.due_on),
        "seller": seller(),
        "buyer": _buyer(issued.buyer),
        "lines": issued.lines,
        "net": issued.net,
        "vat_rate": rate(issued.vat_rate),
        "vat": issued.vat,
        "total": issued.total,
        "nature": NATURE,
        "corrects": _corrected(issued.corrects),
        "mode": "" if is_credit else issued.mode,
        "mode_label": "" if is_credit or not issued.mode else Mode(issued.mode).label,
        "reference": issued.reference,
        "code": payment_code.image(issued.reference, issued.total) if _by_transfer(issued) else "",
        "penalties": f"Tout retard de paiement entraîne, sans rappel, des pénalités au taux de "
        f"{brand().late_penalty} et une indemnité forfaitaire de {INDEMNITY} pour frais de recouvrement.",
        "discount": brand().discount_terms,
        "settled": "",
    }


def settled(issued: Invoice, credits: list[Invoice]) -> dict[str, Any]:
    """The same invoice once nothing is due on it: what its first document said, « Acquittée le … », no code to pay."""
    day = french_date(issued.settled_on) if issued.settled_on else ""
    first: dict[str, Any] = issued.document.snapshot
    parts = [f"réglé : {euros(issued.paid)}"] if issued.paid else []
    parts += [f"avoir {credit.number} : {euros(credit.total)}" for credit in credits]
    return {
        **first,
        "code": "",
        "settled": f"Acquittée le {day}" if issued.paid or not credits else f"Soldée le {day}",
        "settled_how": ", ".join(parts) if credits else "",
    }


def seller() -> dict[str, Any]:
    """The operator, as its invoices and proformas name it."""
    operator = brand().operator
    return {
        "name": operator["name"],
        "legal_form": operator["legal_form"],
        "lines": operator["address"],
        "siren": format_siren(operator["siren"]),
        "vat_number": operator["vat_number"],
        "iban": format_iban(operator["iban"]),
        "bic": operator["bic"],
    }


def _buyer(buyer: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": buyer["name"],
        "lines": buyer.get("lines", []),
        "siret": format_siret(buyer.get("siret", "")),
        "siren": format_siren(buyer.get("siren") or buyer.get("siret", "")[:9]),
        "vat_number": buyer.get("vat_number", ""),
        "number": buyer.get("number", ""),
    }


def _corrected(corrected: Invoice | None) -> dict[str, str] | None:
    return {"number": corrected.number, "issued_on": french_date(corrected.issued_on)} if corrected else None


def _by_transfer(issued: Invoice) -> bool:
    """Whether the code of a transfer belongs on it: not where the money comes by another way."""
    payable = issued.kind == Invoice.Kind.INVOICE and issued.total > 0
    return payable and issued.mode in ("", Mode.TRANSFER)


def _debit_day(issued: Invoice) -> str:
    """The day of its debit, when a mandate is in force and that day can be kept: it is the day it falls due."""
    if issued.kind != Invoice.Kind.INVOICE or issued.mode != Mode.DEBIT:
        return ""
    signed = Mandate.objects.debitable_on(issued.due_on)
    signed = signed.filter(subject_type=issued.subject_type, subject_id=issued.subject_id)
    kept = collection_day(issued.due_on, issued.issued_on) == issued.due_on
    return french_date(issued.due_on) if kept and signed.exists() else ""


def _period(first: date, last: date) -> str:
    if first == last:
        return french_date(first)
    start = french_date(first)
    return f"du {start.removesuffix(f' {last.year}')} au {french_date(last)}"
