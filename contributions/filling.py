"""The declarations of a campaign, prepared by the database itself: one INSERT … SELECT for a batch of members.

Nothing of the employees is copied: a declaration's list is the member's own list at 1 January (D-21). What is counted
here is what the dashboard compares with: how many people that list holds, and what they should bring.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from contributions.models import Campaign, Declaration
from core.dates import today
from core.transitions import Refused
from membership.models import Member, TariffYear
from membership.models.establishment import Monitoring, employed
from membership.models.member import MemberQuerySet

_EMPLOYEES = "establishment__employees__"


@dataclass(frozen=True)
class Prepared:
    """A declaration just made."""

    pk: UUID
    member: UUID
    headcount: int


def owing(year: int) -> MemberQuerySet:
    """Members whom the contribution of `year` is asked of by a declaration: those of the year before. Who joins in the
    year paid for it when joining (decision 20), and declares for the first time the year after."""
    return Member.objects.filter(joined_on__lt=date(year, 1, 1))


def called(campaign: Campaign) -> QuerySet[Member]:
    """Who declares for the year, and was still a member when the campaign opened."""
    day = today(campaign.opened_at) if campaign.opened_at else max(today(), campaign.opens_on)
    return owing(campaign.year).present(day)


def missing(campaign: Campaign) -> QuerySet[Member]:
    """Of those called, who has no declaration: entered or accepted after the campaign was opened."""
    theirs = Declaration.objects.filter(campaign=campaign, member=OuterRef("pk"))
    return called(campaign).filter(~Exists(theirs))


def amounts(year: int) -> dict[str, Decimal]:
    """What an employee of each category costs in `year`; refuses a tariff that is not complete."""
    found = dict(TariffYear.objects.filter(year=year, tariffs__isnull=False).values_list(*_TARIFF))
    if missing := [category.label for category in Monitoring if category.value not in found]:
        raise Refused(
            f"Le tarif {year} n’a pas de montant pour le suivi {', '.join(missing)} : complétez-le dans « Tarifs "
            "annuels », puis recommencez."
        )
    return found


_TARIFF = ("tariffs__monitoring", "tariffs__amount")


def fill(campaign: Campaign, members: QuerySet[Member], units: dict[str, Decimal]) -> list[Prepared]:
    """Prepare the declaration of each of `members`; one who has his already keeps it. Returns those made."""
    blank = Declaration(campaign=campaign)
    values: dict[str, Any] = {
        str(field.column): Value(getattr(blank, field.attname), output_field=field)
        for field in Declaration._meta.concrete_fields
        if getattr(blank, field.attname) is not None
    }
    values["id"] = _NewKey()
    values["member_id"] = F("pk")
    values["expected_headcount"] = Count(f"{_EMPLOYEES}pk", filter=_at(campaign))
    values["expected_net"] = _net(campaign, units)
    names = {column: f"to_{column}" for column in values}
    rows = members.order_by().values("pk").annotate(**{names[column]: value for column, value in values.items()})
    return _insert(list(names), rows.values_list(*names.values()))


def _at(campaign: Campaign) -> Q:
    return employed(campaign.reference_day, _EMPLOYEES)


def _net(campaign: Campaign, units: dict[str, Decimal]) -> ExpressionWrapper:
    """Summed in whole cents: SQLite adds decimals as floats."""
    prices = [When(**{f"{_EMPLOYEES}monitoring": kind}, then=Value(int(unit * 100))) for kind, unit in units.items()]
    summed = Sum(Case(*prices, default=Value(0), output_field=BigIntegerField()), filter=_at(campaign))
    return ExpressionWrapper(Coalesce(summed, Value(0)) / Value(100.0), output_field=models.FloatField())


def _insert(columns: list[str], rows: QuerySet) -> list[Prepared]:
    select, parameters = rows.query.sql_with_params()
    quote = connection.ops.quote_name
    table = quote(Declaration._meta.db_table)
    back = ", ".join(map(quote, ("id", "member_id", "expected_headcount")))
    sql = f"INSERT INTO {table} ({', '.join(map(quote, columns))}) {select} ON CONFLICT DO NOTHING RETURNING {back}"
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [Prepared(_uuid(pk), _uuid(member), count) for pk, member, count in cursor.fetchall()]


def _uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


class _NewKey(Func):
    """A random UUID (version 4) for each row, made by the database."""

    function = "gen_random_uuid"
    template = "%(function)s()"
    arity = 0
    output_field = models.UUIDField()

    def get_group_by_cols(self) -> list[Any]:
        """It is no column: to group by it would part every row from the others."""
        return []

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Django stores keys there as 32 hexadecimal digits; the 13th says the version, the 17th the variant."""
        parts = ["lower(hex(randomblob(6)))", "'4'", _hexadecimal(3), "substr('89ab', 1 + (random() & 3), 1)"]
        return self.as_sql(compiler, connection, template=f"({' || '.join([*parts, _hexadecimal(15)])})", **context)


def _hexadecimal(digits: int) -> str:
    return f"substr(lower(hex(randomblob({digits // 2 + 1}))), 1, {digits})"
