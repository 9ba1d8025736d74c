"""What a declaration is compared to: last year's amount, the national average."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from contributions.models import Declaration
from contributions.states import State
from membership.models import TariffYear


def before() -> QuerySet[Declaration]:
    """Last year's declaration of the same member, for a subquery."""
    return Declaration.objects.filter(
        member=OuterRef("member"), campaign__year=OuterRef("campaign__year") - 1, state=State.VALIDATED
    )


def average() -> Subquery:
    """The national average cost of the declaration's year."""
    return Subquery(TariffYear.objects.filter(year=OuterRef("campaign__year")).values("national_average")[:1])


def with_comparisons(found: QuerySet[Declaration]) -> QuerySet[Declaration]:
    """With `net_before` and `average`: for one page or for an export, since each row costs subqueries that a database
    works out before it sorts."""
    return found.annotate(net_before=Subquery(before().values("net")[:1]), average=average())


class ComparedList(ChangeList):
    """The rows of one page get last year's amount in one query, once they are known."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows: list[Any] = list(self.result_list)
        # All years of these members: naming the year draws SQLite to the index of a whole campaign.
        known = Declaration.objects.filter(member__in={row.member_id for row in rows}, state=State.VALIDATED).order_by()
        nets = {(member, year): net for member, year, net in known.values_list("member", "campaign__year", "net")}
        for row in rows:
            row.net_before = nets.get((row.member_id, row.campaign.year - 1))
        self.result_list = rows
