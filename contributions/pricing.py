"""What a declaration costs: headcount × the year's amount by category of monitoring, VAT (D-19). Pure functions.

A correction is priced at the amounts of the declaration it corrects, and bills or credits the difference alone. Its VAT
is what was billed before and what is billed now: the total declared is, to the cent, the total of the invoices.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from billing.amounts import NOTHING, Line, Totals, totals
from billing.crediting import Bearer, Share, share_out
from core.brand import brand
from core.money import cents, euros
from core.text import counted, lower_first
from core.transitions import Refused
from membership.models import TariffYear
from membership.models.establishment import Monitoring


@dataclass(frozen=True)
class CategoryLine(Line):
    """A line for one category of monitoring."""

    category: str = ""

    def as_json(self) -> dict[str, Any]:
        return {**super().as_json(), "category": self.category}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> CategoryLine:
        return cls(stored["label"], stored["quantity"], Decimal(stored["unit"]), stored["category"])


@dataclass(frozen=True)
class Rates:
    """The amounts of a year, by category, without tax."""

    year: int
    units: Mapping[str, Decimal]
    vat_rate: Decimal


@dataclass(frozen=True)
class Billed:
    """What a validated declaration comes to, and the invoices that bear it, in the order in which to credit them."""

    lines: tuple[CategoryLine, ...] = ()
    net: Decimal = NOTHING
    vat: Decimal = NOTHING
    total: Decimal = NOTHING
    vat_rate: Decimal | None = None
    bearers: tuple[Bearer, ...] = ()

    @classmethod
    def by(cls, declaration: Any, bearers: Iterable[Bearer] = ()) -> Billed:
        """What `declaration`, validated, came to; nothing when there is none. Only a correction needs `bearers`."""
        if declaration is None or declaration.total is None:
            return cls()
        lines = tuple(map(CategoryLine.from_json, declaration.lines))
        return cls(lines, declaration.net, declaration.vat, declaration.total, declaration.vat_rate, tuple(bearers))


@dataclass(frozen=True)
class Contribution:
    """The contribution of a year, and what of it was billed already."""

    lines: tuple[CategoryLine, ...]
    vat_rate: Decimal
    before: Billed = Billed()
    credits: tuple[Share, ...] = ()  # what there is to give back, on each invoice
    arrivals: tuple[Share, ...] = ()  # what was invoiced in the year for people who are declared after all

    @cached_property
    def headcount(self) -> int:
        return sum(line.quantity for line in self.lines)

    @cached_property
    def net(self) -> Decimal:
        return sum((line.amount for line in self.lines), NOTHING)

    @cached_property
    def change(self) -> Totals:
        """What there is to bill; below zero, `credits` say it the other way round."""
        return totals(_difference(self.lines, self.before.lines), self.vat_rate)

    @cached_property
    def vat(self) -> Decimal:
        if self.credits:
            return self.before.vat - sum((share.sums.vat for share in self.credits), NOTHING)
        return self.before.vat + self.change.vat

    @cached_property
    def total(self) -> Decimal:
        return self.net + self.vat

    @cached_property
    def due(self) -> Decimal:
        """What the validation will bill, tax included; below zero, what it will credit."""
        return self.total - self.before.total

    @cached_property
    def arrivals_back(self) -> Decimal:
        """What it will credit besides, tax included, of the invoices of arrivals."""
        return sum((share.sums.total for share in self.arrivals), NOTHING)


def shown_amount(priced: Contribution) -> str:
    """What a page where one validates shows and carries back."""
    return f"{euros(priced.due)}{f', et {euros(priced.arrivals_back)} rendus' if priced.arrivals else ''}"


def amount_moved(was: str, now: str) -> str:
    """To tell whoever validates an amount that is not the one he read."""
    return (
        f"La liste a changé depuis l’ouverture de cette page : le montant n’est plus de {was[:60]} mais de {now}. "
        "Relisez, puis validez."
    )


def rates(year: int) -> Rates:
    """The tariff of `year`, in one query; `Refused` when staff have not entered it."""
    columns = ("vat_rate", "tariffs__monitoring", "tariffs__amount")
    rows = list(TariffYear.objects.filter(year=year).order_by().values_list(*columns))
    if not rows:
        raise Refused(f"Le tarif {year} n’est pas encore fixé : votre cotisation ne peut pas être calculée.")
    units = {category: amount for *_, category, amount in rows if category}
    return Rates(year, units, rows[0][0])


def contribution(
    rates: Rates, counts: Mapping[str, int], before: Billed | None = None, arrivals: Iterable[Share] = ()
) -> Contribution:
    """Price `counts` employees by category, for a declaration that corrects `before` or corrects none. `arrivals` is
    what its validation gives back of the invoices of arrivals."""
    before = before or Billed()
    units = {**rates.units, **{line.category: line.unit for line in before.lines}}
    lines = []
    for category in Monitoring:
        if count := counts.get(category.value, 0):
            if category.value not in units:
                raise Refused(f"Le tarif {rates.year} n’a pas de montant pour le suivi {lower_first(category.label)}.")
            label = f"Cotisation {rates.year}, suivi {lower_first(category.label)}"
            lines.append(CategoryLine(label, count, units[category.value], category.value))
    vat_rate = rates.vat_rate if before.vat_rate is None else before.vat_rate
    return Contribution(tuple(lines), vat_rate, before, _credits(lines, vat_rate, before), tuple(arrivals))


def _credits(lines: Iterable[CategoryLine], vat_rate: Decimal, before: Billed) -> tuple[Share, ...]:
    back = _difference(before.lines, lines)
    if sum((line.amount for line in back), NOTHING) <= 0:
        return ()
    return given_back(back, vat_rate, before.bearers)


def given_back(lines: Sequence[Line], vat_rate: Decimal, bearers: Sequence[Bearer]) -> tuple[Share, ...]:
    """`lines` shared out over the invoices that bear them; refused when they bear less."""
    shares = share_out(lines, vat_rate, bearers)
    if shares is None:
        raise Refused(
            "Cette correction dépasse ce qui vous a été facturé : elle ne peut pas se valider en ligne. Appelez-nous "
            f"au {brand().phone_display}, nous la ferons avec vous."
        )
    return tuple(shares)


def _difference(now: Iterable[CategoryLine], before: Iterable[CategoryLine]) -> list[Line]:
    """Lines that turn `before` into `now`; fewer employees of a category make a negative quantity."""
    old = {line.category: line for line in before}
    new = {line.category: line for line in now}
    lines = []
    for category in Monitoring:
        line = new.get(category.value) or old.get(category.value)
        if line is None:
            continue
        quantity = _quantity(new, category) - _quantity(old, category)
        if quantity:
            label = line.label.replace("Cotisation", "Régularisation") if old and new else line.label
            lines.append(Line(label, quantity, line.unit))
    return lines


def _quantity(lines: Mapping[str, CategoryLine], category: str) -> int:
    return lines[category].quantity if category in lines else 0


# --- Beside last year ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Compared:
    """A category this year and last year, and why its amount is not the same."""

    category: Monitoring
    quantity: int
    unit: Decimal
    amount: Decimal
    last_quantity: int
    last_unit: Decimal
    last_amount: Decimal
    why: str

    @property
    def difference(self) -> Decimal:
        return self.amount - self.last_amount


def compare(lines: Iterable[CategoryLine], last: Iterable[CategoryLine]) -> list[Compared]:
    """Each category declared this year or last, in their order."""
    now, before = {line.category: line for line in lines}, {line.category: line for line in last}
    return [
        _compared(category, now.get(category.value), before.get(category.value))
        for category in Monitoring
        if category.value in now or category.value in before
    ]


def _compared(category: Monitoring, now: CategoryLine | None, before: CategoryLine | None) -> Compared:
    quantity, amount = (now.quantity, now.amount) if now else (0, NOTHING)
    unit = now.unit if now else NOTHING
    last_quantity, last_amount = (before.quantity, before.amount) if before else (0, NOTHING)
    last_unit = before.unit if before else NOTHING
    reasons = []
    if quantity > last_quantity:
        reasons.append(f"{counted(quantity - last_quantity, 'salarié', 'salariés')} de plus")
    elif quantity < last_quantity:
        reasons.append(f"{counted(last_quantity - quantity, 'salarié', 'salariés')} de moins")
    if now and before and unit != last_unit:
        reasons.append(f"tarif passé de {euros(last_unit)} à {euros(unit)}")
    why = ", ".join(reasons)
    return Compared(category, quantity, unit, amount, last_quantity, last_unit, last_amount, why)


@dataclass(frozen=True)
class Causes:
    """Where the difference from last year comes from, without tax: the two add up to it."""

    people: Decimal
    tariff: Decimal


def causes(compared: Iterable[Compared]) -> Causes:
    """New and fewer employees at last year's amounts (this year's for a category that is new), then the amounts."""
    people = tariff = NOTHING
    for row in compared:
        moved = cents((row.quantity - row.last_quantity) * (row.last_unit if row.last_quantity else row.unit))
        people += moved
        tariff += row.difference - moved
    return Causes(people, tariff)
