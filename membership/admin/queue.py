"""The home page of the back office: the work queue.

Its cost does not grow with the number of dossiers: each tab and each state reads an index in the order of its rows,
counts stop at `CAP`, pages stop where counts do, and the charts are kept for ten minutes (see `charts`). A search reads
the dossiers from the newest on until its page is full: all of them when it finds less.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.models import User
from core import alerts
from core.acting import VERSION_DIGITS
from core.dates import french_date, today
from core.identifiers import compact, format_siret
from core.journal import Actor
from core.text import small_int, storable
from core.transitions import Refused
from membership import permissions, workflow
from membership.admin import charts, words
from membership.admin.forms import staff
from membership.models import Application
from membership.models.establishment import company_named
from membership.states import Queue, State

ROWS = 50
CAP = 1000  # counts and pages stop here: beyond, one searches
MAX_SEARCH = 100
ALL = "tous"

_COLUMNS = (
    *("pk", "version", "reference", "siret", "state", "queue", "waiting_since", "due_on", "establishment__name"),
    *("assigned_to__first_name", "assigned_to__last_name", "assigned_to__email", "unanswered_since"),
    *("created_at", "contact_email"),
)


@dataclass(frozen=True)
class Tab:
    slug: str
    label: str
    rows: Callable[[User], QuerySet[Application]]
    empty: str


def _in_hand(**filters: Any) -> QuerySet[Application]:
    return Application.objects.exclude(queue=Queue.NONE).filter(**filters).order_by("due_on", "pk")


TABS = [
    Tab("a-verifier", "À vérifier", lambda user: _in_hand(queue=Queue.CHECK), "Rien à vérifier : tout est à jour."),
    Tab("prets", "Prêts à accepter", lambda user: _in_hand(queue=Queue.READY), "Aucun dossier complet n’attend."),
    Tab(
        "entreprise",
        "En attente de l’entreprise",
        lambda user: _in_hand(queue=Queue.COMPANY),
        "Personne n’est attendu.",
    ),
    Tab("retard", "En retard", lambda user: _in_hand(due_on__lt=today()), "Aucun retard. Bravo."),
    Tab("remboursements", "Remboursements", lambda user: _in_hand(queue=Queue.REFUND), "Rien à rembourser."),
    Tab(
        "messages",
        "Messages sans réponse",
        lambda user: Application.objects.filter(unanswered_since__isnull=False).order_by("unanswered_since", "pk"),
        "Toutes les entreprises qui ont écrit ont leur réponse.",
    ),
    Tab("miens", "Les miens", lambda user: _in_hand(assigned_to=user), "Aucun dossier ne vous est confié."),
    Tab(
        "libres", "Non attribués", lambda user: _in_hand(assigned_to=None), "Chaque dossier a quelqu’un pour le suivre."
    ),
    Tab(
        ALL,
        "Tous",
        lambda user: Application.objects.filter(submitted_at__isnull=False).order_by("-submitted_at"),
        "Aucune demande n’a encore été validée. Les brouillons se trouvent par l’état « Brouillon ».",
    ),
]
_TABS = {tab.slug: tab for tab in TABS}


@dataclass
class Asked:
    """What the address asks for, made safe: anything unknown falls back to the first tab, first page."""

    tab: Tab
    text: str
    state: str
    keeper: str  # "moi", "personne" or the key of a colleague
    page: int

    @classmethod
    def read(cls, data: Any) -> Asked:
        text = storable(data.get("q", "")).strip()[:MAX_SEARCH]
        state = data.get("etat", "") if data.get("etat") in State.values else ""
        slug = data.get("vue", "")
        if text or state:
            slug = ALL  # what one looks for may stand in any queue, or in none any more
        number = small_int(data.get("page", ""), 3) or 1
        return cls(_TABS.get(slug, TABS[0]), text, state, _keeper(data.get("suivi", "")), min(number, CAP // ROWS))

    def rows(self, user: User) -> QuerySet[Application]:
        """The dossiers asked for, in order, before paging."""
        found = self.tab.rows(user)
        if self.state:
            found = Application.objects.filter(state=self.state).order_by("-created_at")
        elif self.text:
            found = Application.objects.order_by("-created_at")
        if self.text:
            found = found.filter(_matching(self.text))
        if self.keeper:
            found = found.filter(assigned_to={"moi": user.pk, "personne": None}.get(self.keeper, self.keeper))
        return found

    def query(self, **changes: Any) -> str:
        """This page's address with something changed."""
        asked = {"vue": self.tab.slug, "q": self.text, "etat": self.state, "suivi": self.keeper, **changes}
        return "?" + urlencode({key: value for key, value in asked.items() if value})


def home(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """The page. Who may not see dossiers gets the list of what he may see."""
    if not request.user.has_perm("membership.view_application"):
        context |= {"title": "Accueil", "alerts": _counts(request.user, [])[1]}
        return TemplateResponse(request, "admin/index.html", context)
    asked, user = Asked.read(request.GET), request.user
    first = (asked.page - 1) * ROWS
    dossiers = reverse("admin:membership_application_changelist")
    found = list(asked.rows(user).values_list(*_COLUMNS)[first : first + ROWS + 1])
    counts, waiting = _counts(user, TABS)
    context |= {
        "title": "Travail en cours",
        "asked": asked,
        "tabs": _tabs(asked, counts),
        "alerts": waiting,
        "rows": [_row(dossiers, *values) for values in found[:ROWS]],
        "previous": asked.query(page=asked.page - 1) if asked.page > 1 else "",
        "next": asked.query(page=asked.page + 1) if len(found) > ROWS and asked.page < CAP // ROWS else "",
        "more_beyond": len(found) > ROWS and asked.page >= CAP // ROWS,
        "states": State.choices,
        "colleagues": _colleagues(),
        "may_assign": user.has_perm(permissions.PROCESS),
        "charts": charts.html(),
    }
    return TemplateResponse(request, "admin/index.html", context)


@require_POST
def assign_selected(request: HttpRequest) -> HttpResponse:
    """Give the ticked dossiers to oneself, to a colleague or back to all. Each box carries the version seen."""
    if not request.user.has_perm(permissions.PROCESS):
        raise PermissionDenied
    back = HttpResponseRedirect(reverse("admin:index") + Asked.read(request.POST).query())
    keeper = _keeper(request.POST.get("a", ""))
    boxes = ticked(request)
    if not boxes or not keeper:
        messages.warning(request, "Cochez au moins un dossier, et choisissez à qui le confier.")
        return back
    to = None
    if keeper != "personne":
        to = staff().filter(pk=request.user.pk if keeper == "moi" else keeper).first()
        if to is None:
            messages.error(request, "Cette personne ne fait plus partie de l’équipe : choisissez-en une autre.")
            return back
    done = 0
    for dossier in Application.objects.filter(pk__in=boxes):
        try:
            workflow.assign(dossier, to=to, by=Actor.staff(request.user), seen=boxes[dossier.pk])
            done += 1
        except Refused as refusal:
            messages.error(request, f"{dossier.reference or 'Brouillon'} : {refusal}")
    if done:
        whom = f"confié{'s' if done > 1 else ''} à {Actor.staff(to).name}" if to else "remis dans la file commune"
        messages.success(request, f"{done} dossier{'s' if done > 1 else ''} {whom}.")
    return back


def ticked(request: HttpRequest) -> dict[UUID, int]:
    """The dossiers of the ticked boxes, each with the version of it that was on the page."""
    return dict(filter(None, map(_box, request.POST.getlist("dossier")[:ROWS])))


def _counts(user: User, tabs: list[Tab]) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """How much each tab shows, and what else waits for this person, all counted in one query."""
    counted = [tab for tab in tabs if tab.slug != ALL]
    told = alerts.may_see(user)
    asked = [*(tab.rows(user) for tab in counted), *(alert.rows() for alert in told)]
    columns = [alerts.CappedCount.of(rows, CAP) for rows in asked]
    counts = User.objects.filter(pk=user.pk).order_by().values_list(*columns)[0] if columns else ()
    found = {tab.slug: count for tab, count in zip(counted, counts, strict=False)}
    return found, alerts.told(told, counts[len(counted) :])


def _tabs(asked: Asked, counts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "label": tab.label,
            "url": f"?vue={tab.slug}",
            "current": tab is asked.tab,
            "count": None if tab.slug == ALL else alerts.capped(counts[tab.slug], CAP),
            "alarm": tab.slug == "retard" and counts["retard"],
        }
        for tab in TABS
    ]


def _row(
    dossiers: str,
    pk: UUID,
    version: int,
    reference: str | None,
    siret: str,
    state: str,
    queue: str,
    since: datetime | None,
    due_on: date | None,
    name: str,
    first: str | None,
    last: str | None,
    email: str | None,
    unanswered_since: datetime | None,
    begun_at: datetime,
    contact: str,
) -> dict[str, Any]:
    """One line of the table, in words: the order of the arguments is that of `_COLUMNS`."""
    label, tone = words.stage(queue, state)
    waiting, age_tone = words.age(since, queue)
    left, due_tone = words.due(due_on)
    unanswered, unanswered_tone = words.age(unanswered_since, Queue.CHECK)
    return {
        "box": f"{pk}:{version}",
        "url": f"{dossiers}{pk}/change/",
        "reference": reference or "",
        "begun": "" if reference else f"Commencé le {french_date(today(begun_at))}",  # its state says « Brouillon »
        "name": name or "Sans nom",
        "siret": format_siret(siret) if siret else "",
        "contact": "" if name else contact,
        "stage": label,
        "tone": tone,
        "since": waiting,
        "since_tone": age_tone,
        "due": left,
        "due_tone": due_tone,
        "due_on": french_date(due_on) if due_on else "",
        "unanswered": unanswered,
        "unanswered_tone": unanswered_tone,
        "keeper": f"{first or ''} {last or ''}".strip() or email or "",
    }


def _matching(text: str) -> Q:
    """By the words of its name or trade name, by reference, or by SIRET however it is spaced."""
    found = company_named(text, "establishment__") | Q(reference__icontains=text)
    digits = compact(text)
    if digits.isascii() and digits.isdigit():
        found |= Q(siret__startswith=digits) | Q(establishment__siret__startswith=digits)
    return found


def _colleagues() -> list[tuple[str, str]]:
    people = staff().values_list("pk", "first_name", "last_name", "email")[:100]
    return [(str(pk), f"{first} {last}".strip() or email) for pk, first, last, email in people]


def _keeper(value: str) -> str:
    return value if value in ("", "moi", "personne") else str(_uuid(value) or "")


def _box(value: str) -> tuple[UUID, int] | None:
    key, _, version = value.partition(":")
    pk, seen = _uuid(key), small_int(version, VERSION_DIGITS)
    return (pk, seen) if pk and seen is not None else None


def _uuid(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None
