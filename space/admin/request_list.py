"""The list of requests: whose they are, since when they wait, by when, in colours (B-21)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ActionForm
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from core.dates import today
from core.sheets import Column
from membership.admin.forms import staff
from space.models import MemberRequest
from space.request_states import IN_HAND, State

ME, NOBODY = "moi", "personne"

COLUMNS = [
    Column("Référence", 16),
    Column("Objet", 40),
    Column("Entreprise", 36),
    Column("Adhérent", 12),
    Column("Thème", 18),
    Column("État", 14),
    Column("Envoyée le", 12, is_date=True),
    Column("Dernier échange", 14, is_date=True),
    Column("Réponse attendue le", 16, is_date=True),
    Column("Suivi par", 24),
]
_FIELDS = (
    *("reference", "subject", "member__establishment__name", "member__number", "theme__label", "state"),
    *("sent_at", "last_at", "due_on", "assigned_to__first_name", "assigned_to__last_name"),
)


def _views(user: User) -> list[tuple[str, str, Q]]:
    """The tabs: what stands in each."""
    return [
        ("a-traiter", "À traiter", Q(state=State.OPEN)),
        ("retard", "En retard", Q(state=State.OPEN, due_on__lt=today())),
        ("miennes", "Les miennes", Q(state__in=IN_HAND, assigned_to=user)),
        ("libres", "Non attribuées", Q(state__in=IN_HAND, assigned_to=None)),
        ("attente", "En attente de l’entreprise", Q(state=State.WAITING)),
        ("toutes", "Toutes", ~Q(state=State.DRAFT)),
    ]


class ViewFilter(admin.SimpleListFilter):
    """Which tab. The first one, unless one searches or asks for a state: that may stand in any."""

    title = "file"
    parameter_name = "vue"
    template = "admin/space/no_filter.html"  # the tabs stand above the list

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        self.views = _views(request.user)  # type: ignore[arg-type]
        self.anywhere = bool(request.GET.get("q") or request.GET.get("state__exact"))
        return [(slug, label) for slug, label, _ in self.views]

    def chosen(self) -> str:
        known = {slug for slug, _, _ in self.views}
        asked = self.value()
        return asked if asked in known else ("toutes" if self.anywhere else "a-traiter")

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(next(rows for slug, _, rows in self.views if slug == self.chosen()))

    def choices(self, changelist: Any) -> Iterator[Any]:
        for slug, label in self.lookup_choices:
            query = changelist.get_query_string({self.parameter_name: slug})
            yield {"selected": slug == self.chosen(), "query_string": query, "display": label}


class SentStates(admin.ChoicesFieldListFilter):
    """The states but that of drafts, which the back office does not see."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        return (choice for choice in super().choices(changelist) if choice["display"] != State.DRAFT.label)


class Themes(admin.RelatedFieldListFilter):
    """Every request sent has a theme."""

    include_empty_choice = False


def tabs(user: User, chosen: str) -> list[dict[str, Any]]:
    """The tabs with their counts, all counted in one query."""
    views = _views(user)
    counts = MemberRequest.objects.filter(state__in=IN_HAND).aggregate(
        **{slug.replace("-", "_"): Count("pk", filter=rows) for slug, _, rows in views if slug != "toutes"}
    )
    return [
        {
            "label": label,
            "url": f"?vue={slug}",
            "current": slug == chosen,
            "count": counts.get(slug.replace("-", "_")),
            "alarm": slug == "retard" and counts["retard"],
        }
        for slug, label, _ in views
    ]


def team() -> list[tuple[str, str]]:
    """To whom a request may be given."""
    colleagues = [(str(user.pk), user.get_full_name() or user.email) for user in staff()[:100]]
    return [(ME, "Moi"), (NOBODY, "Personne (file commune)"), *colleagues]


class AssignActionForm(ActionForm):
    """To whom the ticked requests go."""

    to = forms.ChoiceField(label="à", choices=team, required=False)


def export_rows(found: QuerySet[MemberRequest]) -> Iterator[list[Any]]:
    """The list as a spreadsheet, read as it is written."""
    for *texts, state, sent, last, due_on, first, name in found.values_list(*_FIELDS).iterator(chunk_size=2000):
        days = (timezone.localdate(moment) if moment else None for moment in (sent, last))
        yield [*texts, State(state).label, *days, due_on, f"{first or ''} {name or ''}".strip()]
