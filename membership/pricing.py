"""What joining costs: headcount by category at the year's tariff, entry fee, VAT. All amounts are Decimal euros."""

from __future__ import annotations

import re
from dataclasses import replace

from django.db.models import Count

from billing.amounts import Line, Totals, totals
from core.text import lower_first
from core.transitions import Refused
from membership.models import Establishment, TariffYear
from membership.models.establishment import Monitoring

_YEAR = re.compile(r"^Cotisation \d{4},")


def of_year(line: Line, year: int) -> Line:
    """A line of a quote, at its price, for the year in which the membership begins (decision 20)."""
    return replace(line, label=_YEAR.sub(f"Cotisation {year},", line.label))


def headcounts(establishment: Establishment) -> dict[str, int]:
    """How many employees there are to follow, by category."""
    return dict(establishment.employees.staying().order_by().values_list("monitoring").annotate(number=Count("*")))


def mismatch(establishment: Establishment, counts: dict[str, int] | None = None) -> tuple[int, int] | None:
    """The headcount declared and the number of employees listed, when they differ; `counts` as in `quote`."""
    declared = establishment.headcount
    listed = sum((headcounts(establishment) if counts is None else counts).values())
    return (declared, listed) if declared is not None and declared != listed else None


def quote(establishment: Establishment, year: int, counts: dict[str, int] | None = None) -> Totals:
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
    return totals(lines, vat_rate)
