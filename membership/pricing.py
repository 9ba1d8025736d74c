"""What joining costs: headcount by category at the year's tariff, entry fee, VAT. All amounts are Decimal euros."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count

from core.money import cents
from core.text import lower_first
from core.transitions import Refused
from membership.models import Establishment, TariffYear
from membership.models.establishment import Monitoring


@dataclass(frozen=True)
class Line:
    label: str
    quantity: int
    unit: Decimal

    @property
    def amount(self) -> Decimal:
        return cents(self.quantity * self.unit)


@dataclass(frozen=True)
class Quote:
    """The lines of a proforma and their totals; `vat_rate` in per cent."""

    lines: list[Line]
    vat_rate: Decimal

    @property
    def net(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal("0.00"))

    @property
    def vat(self) -> Decimal:
        return cents(self.net * self.vat_rate / 100)

    @property
    def total(self) -> Decimal:
        return self.net + self.vat


def headcounts(establishment: Establishment) -> dict[str, int]:
    """How many employees there are to follow, by category."""
    return dict(establishment.employees.staying().order_by().values_list("monitoring").annotate(Count("pk")))


def quote(establishment: Establishment, year: int, counts: dict[str, int] | None = None) -> Quote:
    """Price the membership of `establishment` for `year`, or say in French which tariff is missing.

    `counts` are its headcounts, where they are known already.
    """
    columns = ("entry_fee", "vat_rate", "tariffs__monitoring", "tariffs__amount")
    tariff = list(TariffYear.objects.filter(year=year).order_by().values_list(*columns))
    if not tariff:
        raise Refused(f"Le tarif {year} n’est pas saisi : ajoutez-le dans « Tarifs annuels », puis recommencez.")
    entry_fee, vat_rate, *_ = tariff[0]
    units = {monitoring: amount for *_, monitoring, amount in tariff}
    counts = headcounts(establishment) if counts is None else counts
    lines = []
    for category in Monitoring:
        if count := counts.get(category.value, 0):
            if category.value not in units:
                raise Refused(f"Le tarif {year} n’a pas de montant pour le suivi {category.label}.")
            lines.append(Line(f"Cotisation {year}, suivi {lower_first(category.label)}", count, units[category.value]))
    if entry_fee and lines:
        lines.append(Line("Droit d’entrée, par salarié", sum(counts.values()), entry_fee))
    return Quote(lines, vat_rate)
