"""What waits for staff besides the work queue, told at the top of the back office's home page.

An app registers its own in its `alerts.py`, which is found at start-up. All are counted in one query, as far as `CAP`:

    register(
        Alert(
            "callbacks",
            permission="notifications.view_callbackrequest",
            rows=lambda: CallbackRequest.objects.filter(done_at=None),
            one="1 personne attend d’être rappelée",
            many="{} personnes attendent d’être rappelées",
            url_name="admin:notifications_callbackrequest_changelist",
            query="?done_at__isempty=1",
        )
    )
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import IntegerField, QuerySet, Subquery
from django.urls import reverse

CAP = 1000  # nobody needs to know more exactly


@dataclass(frozen=True)
class Alert:
    """One thing that may wait, told to those who hold `permission`: to do something about it, as a rule."""

    slug: str
    permission: str
    rows: Callable[[], QuerySet]  # by an index: they are counted at each visit
    one: str
    many: str  # {} is the number
    url_name: str
    query: str = ""

    def words(self, count: int) -> str:
        return self.one if count == 1 else self.many.format(capped(count))


class CappedCount(Subquery):
    """How many rows a query finds, as far as its limit."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS capped)"
    output_field = IntegerField()

    @classmethod
    def of(cls, rows: QuerySet, cap: int = CAP) -> CappedCount:
        return cls(rows.order_by().values("pk")[:cap])


_alerts: dict[str, Alert] = {}


def register(*alerts: Alert) -> None:
    """Tell these too; one of a slug that is known already takes its place."""
    _alerts.update((alert.slug, alert) for alert in alerts)


def may_see(user: Any) -> list[Alert]:
    """What is this person's business, in the order of the apps."""
    return [alert for alert in _alerts.values() if user.has_perm(alert.permission)]


def told(alerts: Iterable[Alert], counts: Iterable[int]) -> list[tuple[str, str]]:
    """What to say and where it leads, for those of which something waits."""
    pairs = zip(alerts, counts, strict=True)
    return [(alert.words(count), reverse(alert.url_name) + alert.query) for alert, count in pairs if count]


def capped(count: int, cap: int = CAP) -> str:
    return f"{cap - 1}+" if count >= cap else str(count)
