"""The figures of a campaign: who has declared, what it brings, against last year.

Counting costs as much as there are declarations (four queries), so figures are kept for ten minutes and say their hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, Count, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import TruncWeek
from django.utils import timezone

from billing.collections import overdue
from billing.models import Invoice
from billing.models.invoice import Mode
from contributions.models import Arrival, Campaign, Declaration, DeclaredEmployee
from contributions.states import State
from core.caching import cached
from core.dates import today
from membership.corridor import CORRIDOR
from membership.models import Tariff, TariffYear
from membership.models.establishment import Monitoring

KEPT = 600  # seconds
WEEKS = 26  # no more are drawn
ZERO = Decimal("0.00")


@dataclass
class Group:
    """Declarations at the same point, and what they bring or should bring, without tax."""

    count: int = 0
    headcount: int = 0
    net: Decimal = ZERO
    total: Decimal = ZERO

    def add(self, count: int, headcount: int | None, net: Decimal | None, total: Decimal | None = None) -> None:
        self.count += count
        self.headcount += headcount or 0
        self.net += net or ZERO
        self.total += total or ZERO


@dataclass
class LastYear:
    """The members who declared both years: then and now."""

    members: int
    headcount: tuple[int, int]
    net: tuple[Decimal, Decimal]
    categories: list[tuple[str, int, int]] = field(default_factory=list)


@dataclass
class Money:
    """What was invoiced, credited and received, with tax."""

    invoiced: Decimal = ZERO
    credited: Decimal = ZERO
    paid: Decimal = ZERO
    left: Decimal = ZERO
    overdue: Decimal = ZERO
    overdue_count: int = 0

    def __add__(self, other: Money) -> Money:
        return Money(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


@dataclass
class Figures:
    at: datetime
    declared: Group = field(default_factory=Group)
    started: Group = field(default_factory=Group)
    silent: Group = field(default_factory=Group)
    modes: dict[str, Group] = field(default_factory=dict)
    money: Money = field(default_factory=Money)  # of the declarations
    arrivals: Money = field(default_factory=Money)  # of the employees who arrived in the year
    outside: int = 0  # declared, and outside the legal corridor
    categories: list[tuple[str, int, Decimal | None]] = field(default_factory=list)
    weeks: list[tuple[date, int]] = field(default_factory=list)
    last: LastYear | None = None

    @property
    def members(self) -> int:
        return self.declared.count + self.started.count + self.silent.count

    @property
    def all_money(self) -> Money:
        return self.money + self.arrivals

    @property
    def expected(self) -> Decimal:
        """What those who have not declared should bring, from their lists at 1 January."""
        return self.started.net + self.silent.net

    def share(self, group: Group) -> int:
        """In whole per cent of the members called. Shares add up to 100; 100 % is when nobody is missing."""
        groups = [self.declared, self.started, self.silent]
        return _shares([one.count for one in groups])[next(n for n, one in enumerate(groups) if one is group)]


def _shares(counts: list[int]) -> list[int]:
    """Per cent by largest remainder; what is not everybody stays below 100."""
    total = sum(counts)
    if not total:
        return [0] * len(counts)
    shares = [100 * count // total for count in counts]
    furthest = sorted(range(len(counts)), key=lambda n: -(100 * counts[n] % total))
    for n in [n for n in furthest if counts[n] and shares[n] < 99][: 100 - sum(shares)]:
        shares[n] += 1
    return shares


def with_tariff(key: UUID) -> Campaign | None:
    """A campaign with `average` (national cost) and `units` (amount of each category) of its year, in one query."""
    year = TariffYear.objects.filter(year=OuterRef("year"))
    unit = {
        f"unit_{kind.lower()}": Subquery(
            Tariff.objects.filter(year__year=OuterRef("year"), monitoring=kind).values("amount")
        )
        for kind in Monitoring.values
    }
    found: Any = Campaign.objects.annotate(average=Subquery(year.values("national_average")), **unit).filter(pk=key)
    campaign = found.first()
    if campaign is not None:
        campaign.units = {kind: getattr(campaign, f"unit_{kind.lower()}") for kind in Monitoring.values}
    return campaign


def figures(campaign: Any) -> Figures:
    """Those counted at most ten minutes ago. `campaign` comes from `with_tariff`."""
    return cached(f"campaign:figures:3:{campaign.pk}", KEPT, lambda: count(campaign))


def count(campaign: Any) -> Figures:
    """Those of this moment."""
    found = Figures(at=timezone.now())
    _count_declarations(found, campaign)
    found.arrivals = _arrivals(campaign)
    found.last = _last_year(campaign)
    _count_people(found, campaign)
    return found


def outside(average: Decimal | F | None) -> Q:
    """Declarations whose amount per head leaves the legal corridor of a year with that average (D-19).

    Half a cent of ease: SQLite multiplies decimals as floats.
    """
    if average is None:
        return Q(pk=None)
    low, high = (F("headcount") * average * bound for bound in CORRIDOR)
    return Q(headcount__gt=0) & (Q(net__lt=low - _EASE) | Q(net__gt=high + _EASE))


_EASE = Decimal("0.005")


def _count_declarations(found: Figures, campaign: Any) -> None:
    """Progress, modes, money, and how many members declared for the first time in each week, all in one query."""
    bill = Q(invoice__kind=Invoice.Kind.INVOICE)
    late = overdue("invoice")
    due = F("invoice__total") - F("invoice__paid") - F("invoice__credited")
    rows: Any = (
        Declaration.objects.filter(campaign=campaign)
        .order_by()
        .values("state", "payment_mode")
        .annotate(
            is_first=ExpressionWrapper(Q(version=1), BooleanField()),
            is_started=ExpressionWrapper(Q(started_at__isnull=False), BooleanField()),
            week=TruncWeek("validated_at"),
        )
        .annotate(
            n=Count("pk"),
            people=Sum("headcount"),
            sum_net=Sum("net"),
            sum_total=Sum("total"),
            known=Sum("expected_headcount"),
            expected=Sum("expected_net"),
            outside=Count("pk", filter=outside(campaign.average)),
            invoiced=Sum("invoice__total", filter=bill),
            credited=Sum("invoice__credited", filter=bill),  # a correction may take several credit notes
            paid=Sum("invoice__paid", filter=bill),
            left=Sum(due, filter=bill & Q(invoice__settled_on=None)),  # what one paid too much pays nobody else's
            overdue=Sum(due, filter=late),
            overdue_count=Count("invoice", filter=late),
        )
    )
    counts: dict[date, int] = {}
    for row in rows:
        _add(found, row)
        if row["week"] and row["is_first"]:
            week = timezone.localdate(row["week"])
            counts[week] = counts.get(week, 0) + row["n"]
    found.weeks = _weeks(campaign, counts)


def _arrivals(campaign: Campaign) -> Money:
    """What was invoiced since for the employees who arrived in the year, in one query."""
    billed = Invoice.objects.filter(pk__in=Arrival.objects.filter(campaign=campaign).order_by().values("invoice"))
    left, late = F("total") - F("paid") - F("credited"), overdue()
    sums = billed.order_by().aggregate(
        invoiced=Sum("total"),
        sum_credited=Sum("credited"),
        sum_paid=Sum("paid"),
        left=Sum(left, filter=Q(settled_on=None)),
        overdue=Sum(left, filter=late),
        overdue_count=Count("pk", filter=late),
    )
    return Money(**{name.removeprefix("sum_"): value or ZERO for name, value in sums.items()})


def _add(found: Figures, row: Mapping[str, Any]) -> None:
    if row["state"] == State.VALIDATED:
        declared = (row["n"], row["people"], row["sum_net"], row["sum_total"])
        found.declared.add(*declared)
        label = Mode(row["payment_mode"]).label if row["payment_mode"] else "Non précisé"
        found.modes.setdefault(str(label), Group()).add(*declared)
        found.outside += row["outside"]
    elif row["state"] == State.DRAFT and row["is_first"]:
        group = found.started if row["is_started"] else found.silent
        group.add(row["n"], row["known"], row["expected"])
    for name in ("invoiced", "credited", "paid", "left", "overdue", "overdue_count"):
        setattr(found.money, name, getattr(found.money, name) + (row[name] or 0))


def _count_people(found: Figures, campaign: Any) -> None:
    """Employees declared by category, and those of the members who declared both years, then and now."""
    years = (campaign.year - 1, campaign.year)
    declared = DeclaredEmployee.objects.filter(
        declaration__campaign__year__in=years, declaration__state=State.VALIDATED
    ).order_by()
    same = Count("pk", filter=Q(declaration__member__in=_both_years(campaign).values("member")))
    rows = declared.values_list("declaration__campaign__year", "monitoring").annotate(everybody=Count("pk"), same=same)
    counts = {(year, kind): (everybody, both) for year, kind, everybody, both in rows}
    for kind in Monitoring:
        (_, then), (now, now_of_both) = (counts.get((year, kind.value), (0, 0)) for year in years)
        found.categories.append((str(kind.label), now, campaign.units[kind.value]))
        if found.last:
            found.last.categories.append((str(kind.label), then, now_of_both))


def _weeks(campaign: Campaign, counts: Mapping[date, int]) -> list[tuple[date, int]]:
    """The counts of all weeks of the campaign, by their Mondays."""
    opened = today(campaign.opened_at) if campaign.opened_at else campaign.opens_on
    first = monday(opened)
    last = monday(max(campaign.deadline, today(), *counts))
    weeks = [first + timedelta(weeks=number) for number in range((last - first).days // 7 + 1)]
    return [(week, counts.get(week, 0)) for week in weeks[:WEEKS]]


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _both_years(campaign: Campaign) -> QuerySet[Declaration]:
    """Last year's valid declarations of the members who have one this year."""
    return Declaration.objects.filter(
        campaign__year=campaign.year - 1,
        state=State.VALIDATED,
        member__declarations__campaign=campaign,
        member__declarations__state=State.VALIDATED,
    )


def _last_year(campaign: Campaign) -> LastYear | None:
    """Members who have a valid declaration of both years, compared with themselves."""
    sums = _both_years(campaign).aggregate(
        members=Count("pk"),
        then=Sum("headcount"),
        now=Sum("member__declarations__headcount"),
        net_then=Sum("net"),
        net_now=Sum("member__declarations__net"),
    )
    if not sums["members"]:
        return None
    return LastYear(sums["members"], (sums["then"], sums["now"]), (sums["net_then"], sums["net_now"]))
