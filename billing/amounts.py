"""What an invoice, a proforma or an estimate adds up to. Pure; one place for screens, PDFs, files and the database.

All amounts are `Decimal` euros, rounded half up to the cent. VAT is worked out once, on the total without tax.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.money import cents

NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Line:
    """One line: so many, at so much without tax."""

    label: str
    quantity: int
    unit: Decimal

    @property
    def amount(self) -> Decimal:
        return cents(self.quantity * self.unit)

    def as_json(self) -> dict[str, Any]:
        """As it is stored and frozen in documents: amounts are decimal strings."""
        return {
            "label": self.label,
            "quantity": self.quantity,
            "unit": str(cents(self.unit)),
            "amount": str(self.amount),
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Line:
        return cls(stored["label"], stored["quantity"], Decimal(stored["unit"]))


@dataclass(frozen=True)
class Totals:
    """Lines and what they add up to; `vat_rate` in per cent. `set_vat` is the VAT where it is not worked out."""

    lines: Sequence[Line]
    vat_rate: Decimal
    set_vat: Decimal | None = None

    @property
    def net(self) -> Decimal:
        return sum((line.amount for line in self.lines), NOTHING)

    @property
    def vat(self) -> Decimal:
        return cents(self.net * self.vat_rate / 100) if self.set_vat is None else self.set_vat

    @property
    def total(self) -> Decimal:
        return self.net + self.vat


def totals(lines: Iterable[Line], vat_rate: Decimal) -> Totals:
    """`net`, `vat` and `total` of `lines`."""
    return Totals(tuple(lines), vat_rate)


def credit_totals(lines: Iterable[Line], vat_rate: Decimal, net_left: Decimal, vat_left: Decimal) -> Totals:
    """What a credit note adds up to, on an invoice that still bears `net_left` and `vat_left`.

    The credit that ends an invoice takes its VAT to the last cent, and none takes more: the VAT of each credit is
    rounded, and their sum must come to that of the invoice.
    """
    sums = totals(lines, vat_rate)
    ends = sums.net == net_left
    return Totals(sums.lines, vat_rate, vat_left if ends else min(sums.vat, max(vat_left, NOTHING)))


def balance(total: Decimal, paid: Decimal, credited: Decimal) -> Decimal:
    """What is still due on an invoice: a credit note reduces it as a payment does. Below zero, we owe the customer."""
    return total - paid - credited
