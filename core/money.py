"""Amounts are `Decimal` euros, rounded half up to the cent."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
NARROW_NBSP = "\u202f"
NBSP = "\u00a0"


def cents(amount: Decimal) -> Decimal:
    """Round half up to the cent, as French invoices do."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def euros(amount: Decimal) -> str:
    """« 1 382,76 € », « −12,00 € » with the minus of printers."""
    text = f"{cents(amount):,.2f}".replace(",", NARROW_NBSP).replace(".", ",").replace("-", "−")
    return f"{text}{NBSP}€"


def rate(per_cent: Decimal) -> str:
    """« 20 », « 5,5 »: a rate in per cent as people write it."""
    return f"{per_cent.normalize():f}".replace(".", ",")
