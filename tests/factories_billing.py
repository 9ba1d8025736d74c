"""Invoices for tests, issued by the real verbs.

invoice = make_invoice()                                  # 2 × 100 € without tax for a present member, due in 30 days
invoice = make_invoice(lines=[Line("Suivi", 3, Decimal("98.00"))], mode="transfer", email="a@b.fr")
pay_invoice(invoice)                                      # all that is left; or pay_invoice(invoice, "12.00")
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import models, transaction

from billing import excess
from billing.invoicing import Line, issue_credit, issue_invoice
from billing.models import ExcessUse, Invoice, Receipt
from billing.receipts import record_receipt
from core.dates import today
from core.journal import Actor
from tests.factories import MemberFactory

BOOKKEEPER = Actor("Marc Roche")
LINES = (Line("Suivi simple (SI)", 2, Decimal("100.00")),)


def make_buyer(name: str = "Menuiserie Morel", email: str = "compta@morel.example", **more: Any) -> dict[str, Any]:
    lines = ["4 rue des Lilas", "91220 Brétigny-sur-Orge"]
    ids = {"siret": "73282932000074", "siren": "732829320", "vat_number": "", "number": "A000012"}
    return {"name": name, "lines": lines, **ids, "email": email, **more}


def make_invoice(
    subject: models.Model | None = None,
    *,
    lines: Iterable[Line] = LINES,
    vat_rate: str = "20",
    name: str = "Menuiserie Morel",
    email: str = "compta@morel.example",
    **changes: Any,
) -> Invoice:
    """An invoice issued today, as its caller would: in a transaction."""
    day = today()
    asked = {
        "subject": subject or MemberFactory(left_on=None),
        "buyer": make_buyer(name, email),
        "title": f"Cotisation {day.year}",
        "service_from": day.replace(month=1, day=1),
        "service_to": day.replace(month=12, day=31),
        "due_on": day + timedelta(days=30),
    }
    with transaction.atomic():
        return issue_invoice(lines=lines, vat_rate=Decimal(vat_rate), by=BOOKKEEPER, **{**asked, **changes})


def make_credit(invoice: Invoice, amount: str = "100.00") -> Invoice:
    """A credit of `amount` without tax."""
    line = Line("Salarié déclaré par erreur", 1, Decimal(amount))
    with transaction.atomic():
        return issue_credit(corrects=invoice, lines=[line], title="Correction de la déclaration", by=BOOKKEEPER)


def pay_invoice(invoice: Invoice, amount: str | Decimal | None = None, **changes: Any) -> Receipt:
    """Money received today for it."""
    asked = {"mode": "transfer", "received_on": today(), "reference": invoice.reference, "by": BOOKKEEPER}
    return record_receipt(invoice, amount=invoice.left if amount is None else Decimal(amount), **{**asked, **changes})


def version_of(invoice: Invoice) -> int:
    """What a page about it opened now sends back."""
    return Invoice.objects.values_list("version", flat=True).get(pk=invoice.pk)


def refund_excess(invoice: Invoice, amount: str | Decimal | None = None, **changes: Any) -> ExcessUse:
    """What was paid too much on it, given back today by transfer."""
    asked = {"mode": "transfer", "on": today(), "by": BOOKKEEPER, "iban": "FR7630006000011234567890189"}
    return excess.refund(invoice, amount=invoice.excess if amount is None else Decimal(amount), **{**asked, **changes})


def carry_excess(invoice: Invoice, to: Invoice, amount: str | Decimal | None = None, **changes: Any) -> ExcessUse:
    """What was paid too much on it, carried to another invoice of the customer."""
    most = min(invoice.excess, to.left) if amount is None else Decimal(amount)
    return excess.carry(invoice, to, amount=most, **{"by": BOOKKEEPER, **changes})
