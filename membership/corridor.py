"""The legal corridor of contributions: 80 to 120 % of the year's national average cost (Code du travail, L. 4622-6)."""

from __future__ import annotations

from decimal import Decimal

from core.money import cents, euros
from membership.models import Tariff, TariffYear

CORRIDOR = (Decimal("0.80"), Decimal("1.20"))


def bounds(average: Decimal) -> tuple[Decimal, Decimal]:
    """The least and the most that an employee may cost, in euros without tax."""
    low, high = (cents(average * bound) for bound in CORRIDOR)
    return low, high


def outside_corridor(year: TariffYear) -> list[str]:
    """A sentence for each category whose contribution leaves the corridor (D-19)."""
    if not year.national_average:
        return []
    low, high = bounds(year.national_average)
    return [
        f"Suivi {tariff.get_monitoring_display()} : {euros(tariff.amount)} sort de la fourchette légale {year.year} "
        f"(80 à 120 % du coût moyen national : de {euros(low)} à {euros(high)})."
        for tariff in Tariff.objects.filter(year=year)
        if not low <= tariff.amount <= high
    ]
