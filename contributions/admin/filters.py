"""Filters of the list of declarations."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import HttpRequest

from billing.collections import overdue
from billing.models import Invoice
from contributions.admin.comparing import average, before
from contributions.dashboard import outside
from contributions.models import Arrival, Declaration
from contributions.models.declaration import DECLARED_LATE
from contributions.states import State
from core.dates import today

MUCH = Decimal("0.30")  # a change of 30 % either way is worth a look


_BEFORE = "member__declarations__"


def _against_last_year(**comparison: Any) -> Q:
    """Compared by a join: a subquery for each of 50,000 declarations takes seconds."""
    last = {f"{_BEFORE}campaign__year": F("campaign__year") - 1, f"{_BEFORE}state": State.VALIDATED}
    return Q(**last, **comparison)


class _Choice(SimpleListFilter):
    """A filter whose choices each name a condition."""

    conditions: dict[str, tuple[str, Any]] = {}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(slug, label) for slug, (label, _) in self.conditions.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Declaration]) -> QuerySet[Declaration]:
        condition = self.conditions.get(self.value() or "")
        return queryset.filter(condition[1]()) if condition else queryset


class StageFilter(_Choice):
    """Where the member stands."""

    title = "où en est l’adhérent"
    parameter_name = "etape"
    conditions = {
        "silence": ("N’a rien commencé", lambda: Q(state=State.DRAFT, started_at=None)),
        "en-cours": ("A commencé", lambda: Q(state=State.DRAFT, started_at__isnull=False)),
        "declaree": ("A déclaré", lambda: Q(state=State.VALIDATED)),
        "retard": ("En retard", lambda: Q(state=State.DRAFT, campaign__deadline__lt=today())),
        "tardive": (
            "A déclaré en retard",
            lambda: Q(state=State.VALIDATED) & DECLARED_LATE,
        ),
    }


class ChangeFilter(_Choice):
    """How far the amount is from last year's."""

    title = "écart avec l’an dernier"
    parameter_name = "ecart"
    conditions = {
        "hausse": ("Plus de 30 % en plus", lambda: _against_last_year(net__gt=F(f"{_BEFORE}net") * (1 + MUCH))),
        "baisse": ("Plus de 30 % en moins", lambda: _against_last_year(net__lt=F(f"{_BEFORE}net") * (1 - MUCH))),
        "nouveau": ("Pas de déclaration l’an dernier", lambda: Q(~Exists(before()))),
    }


class CorridorFilter(_Choice):
    """Declared amounts per head outside 80 to 120 % of the national average (D-19)."""

    title = "fourchette légale"
    parameter_name = "couloir"
    conditions = {"hors": ("Hors de la fourchette légale", lambda: outside(average()))}


def _owing_for_arrivals() -> Q:
    """Members who have an invoice of the year's arrivals to pay."""
    mine = Arrival.objects.filter(campaign=OuterRef("campaign"), member=OuterRef("member"))
    return Q(Exists(mine.filter(invoice__settled_on=None)))


class PaidFilter(_Choice):
    title = "facture"
    parameter_name = "facture"
    conditions = {
        "reglee": ("Réglée", lambda: Q(invoice__settled_on__isnull=False)),
        "a-regler": ("À régler", lambda: Q(invoice__kind=Invoice.Kind.INVOICE, invoice__settled_on=None)),
        "arrivees": ("Arrivées en cours d’année, à régler", _owing_for_arrivals),
        "echue": ("Échue", lambda: overdue("invoice")),
    }
