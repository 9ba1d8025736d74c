"""How what is to be credited is shared out over the invoices that bear it, each in its own credit note. Pure.

One credit when one invoice can bear it all. Otherwise like with like: an invoice is credited first of what it billed
itself, at the same price; what is over fills the invoices in their order, a line being cut where one is full.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from billing.amounts import NOTHING, Line, Totals, credit_totals
from billing.models import Invoice

PART = ", en partie"  # ends the label of a line that was cut


@dataclass(frozen=True)
class Bearer:
    """An invoice and what it still bears, in euros: what it billed less what was credited on it."""

    invoice: Invoice
    net: Decimal
    vat: Decimal
    counts: Counter[Decimal] = field(default_factory=Counter)  # how many at each price

    @classmethod
    def of(cls, invoice: Invoice) -> Bearer:
        """Reads its credits, which the caller may have fetched before."""
        net, vat, counts = invoice.net, invoice.vat, _counts(invoice)
        for credit in invoice.corrections.all():
            net, vat = net - credit.net, vat - credit.vat
            counts.subtract(_counts(credit))
        return cls(invoice, net, vat, counts)


@dataclass(frozen=True)
class Share:
    """What is credited on one invoice."""

    invoice: Invoice
    sums: Totals


def share_out(lines: Sequence[Line], vat_rate: Decimal, bearers: Sequence[Bearer]) -> list[Share] | None:
    """The credits to issue for `lines`, which come to more than nothing; None when all the invoices together do not
    bear that much. No share is above what its invoice bears."""
    wanted = sum((line.amount for line in lines), NOTHING)
    if whole := next((one for one in bearers if one.net >= wanted), None):
        return [_share(whole, lines, vat_rate)]
    if sum((one.net for one in bearers), NOTHING) < wanted:
        return None
    taken: list[list[Line]] = [[] for _ in bearers]
    more = [line for line in lines if line.amount < 0]
    left = [line for line in lines if line.amount >= 0]
    if more:  # what is billed by the way lessens the first credit, which is then filled to what its invoice bears
        taken[0].extend(more)
    else:
        for one, mine in zip(bearers, taken, strict=True):
            left = _take(left, one, mine, alike=True)
    for one, mine in zip(bearers, taken, strict=True):
        left = _take(left, one, mine)
    found = [_share(one, mine, vat_rate) for one, mine in zip(bearers, taken, strict=True)]
    return [share for share in found if share.sums.total > 0]


def _share(one: Bearer, lines: Sequence[Line], vat_rate: Decimal) -> Share:
    return Share(one.invoice, credit_totals(lines, vat_rate, one.net, one.vat))


def _take(lines: Iterable[Line], one: Bearer, mine: list[Line], *, alike: bool = False) -> list[Line]:
    """Move to `mine` what `one` has room for: `alike`, only as many of a line as it billed at that price; otherwise all
    that it can, cutting a line if need be. Returns what is left."""
    left: list[Line] = []
    for line in lines:
        room = one.net - sum((line.amount for line in mine), NOTHING)
        most = line.quantity if not line.unit else int(room // line.unit)
        quantity = min(line.quantity, most, max(one.counts[line.unit], 0) if alike else line.quantity)
        if quantity > 0:
            mine.append(replace(line, quantity=quantity))
            room -= quantity * line.unit
        rest = line.quantity - max(quantity, 0)
        if rest and not alike and NOTHING < room < line.unit:
            label = line.label.removesuffix(PART) + PART
            mine.append(Line(label, 1, room))
            left.append(Line(label, 1, line.unit - room))
            rest -= 1
        if rest:
            left.append(replace(line, quantity=rest))
    return left


def _counts(invoice: Invoice) -> Counter[Decimal]:
    counts: Counter[Decimal] = Counter()
    for line in map(Line.from_json, invoice.lines):
        counts[line.unit] += line.quantity
    return counts
