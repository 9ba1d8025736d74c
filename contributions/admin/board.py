"""The dashboard of a campaign: how far its opening has come, then who has declared."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from contributions import dashboard
from contributions.admin.acting import buttons
from contributions.admin.words import change
from contributions.dashboard import Figures, Group
from contributions.models import Campaign
from contributions.states import CampaignState
from core import charts
from core.dates import french_date, today
from core.journal import timeline
from core.money import euros
from core.templatetags.guichet import CHART_COLOURS

ENTRIES = 30
_PARTS = [("Déclarée", "main"), ("En cours", "wait"), ("Pas commencée", "warm")]


@require_safe
def current(request: HttpRequest) -> HttpResponse:
    """The dashboard of the campaign that runs, else of the latest; the list while there is none."""
    _may_see(request)
    keys = Campaign.objects.order_by("-year").values_list("pk", "state")
    running = [key for key, state in keys if state in (CampaignState.OPEN, CampaignState.OPENING)]
    if key := next(iter(running or [key for key, _ in keys]), None):
        return HttpResponseRedirect(reverse("admin:contributions_campaign_board", args=[key]))
    return HttpResponseRedirect(reverse("admin:contributions_campaign_changelist"))


@require_safe
def board(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page."""
    _may_see(request)
    campaign: Any = dashboard.with_tariff(pk)
    if campaign is None:
        raise Http404
    called = campaign.state in (CampaignState.OPEN, CampaignState.CLOSED)
    context = {
        **admin.site.each_context(request),
        "title": str(campaign),
        "campaign": campaign,
        "days_left": (campaign.deadline - today()).days,
        "buttons": buttons(request.user, campaign),
        "may_change": request.user.has_perm("contributions.change_campaign"),
        "declarations": _listing(campaign),
        "entries": timeline(campaign, staff=True).order_by("-at", "-pk")[:ENTRIES],
        "progress_url": reverse("admin:contributions_campaign_progress", args=[pk]),
        **(_shown(dashboard.figures(campaign), campaign) if called else {}),
    }
    return TemplateResponse(request, "admin/contributions/board.html", context)


@require_safe
def progress(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How far the opening has come: the block that asks for its own next state, and has the page reload at the end."""
    _may_see(request)
    campaign = Campaign.objects.filter(pk=pk).first()
    if campaign is None:
        raise Http404
    running = campaign.state == CampaignState.OPENING
    context = {"campaign": campaign, "progress_url": request.path if running else ""}
    response = TemplateResponse(request, "admin/contributions/progress.html", context)
    if not running:
        response["HX-Refresh"] = "true"
    return response


def _may_see(request: HttpRequest) -> None:
    if not request.user.has_perm("contributions.view_campaign"):
        raise PermissionDenied


def _listing(campaign: Campaign) -> str:
    url = reverse("admin:contributions_declaration_changelist")
    return f"{url}?campaign__id__exact={campaign.pk}"


# --- Figures in words -------------------------------------------------------------------------------------------------


def _shown(found: Figures, campaign: Any) -> dict[str, Any]:
    listing = _listing(campaign)
    return {
        "figures": found,
        "groups": [
            _group("Ont déclaré", "good", found, found.declared, f"{listing}&etape=declaree", "déclarés"),
            _group("Ont commencé", "wait", found, found.started, f"{listing}&etape=en-cours", "attendus"),
            _group("N’ont rien commencé", "bad", found, found.silent, f"{listing}&etape=silence", "attendus"),
        ],
        "outside_url": f"{listing}&couloir=hors",
        "categories": [_category(*row) for row in found.categories],
        "last": _last(found),
        "charts": [_progress_chart(found), _weeks_chart(found, campaign), _modes_chart(found)],
    }


def _group(label: str, tone: str, found: Figures, group: Group, url: str, word: str) -> dict[str, Any]:
    return {
        "label": label,
        "tone": tone,
        "count": group.count,
        "share": found.share(group),
        "headcount": group.headcount,
        "net": euros(group.net),
        "word": word,
        "url": url,
    }


def _category(label: str, now: int, unit: Any) -> dict[str, Any]:
    amount = euros(now * unit) if unit is not None else ""
    return {"label": label, "now": now, "unit": euros(unit) if unit is not None else "", "net": amount}


def _last(found: Figures) -> dict[str, Any] | None:
    if found.last is None:
        return None
    headcount, net = found.last.headcount, found.last.net
    return {
        "members": found.last.members,
        "rows": [
            ("Salariés déclarés", *headcount, change(*headcount)),
            *((label, then, now, change(then, now)) for label, then, now in found.last.categories),
            ("Cotisations HT", euros(net[0]), euros(net[1]), change(*net)),
        ],
    }


def _progress_chart(found: Figures) -> dict[str, Any]:
    counts = [found.declared.count, found.started.count, found.silent.count]
    people = [found.declared.headcount, found.started.headcount, found.silent.headcount]
    rows = [("Adhérents", counts), ("Salariés de leurs listes", people)]
    # Each bar on its own scale: what is compared is how each is cut.
    bars = [bar for row in rows for bar in charts.stacked([row], [colour for _, colour in _PARTS])]
    for bar in bars[1:]:
        bar.update({name: bar[name] + 50 for name in ("text_y", "y", "total_y")})
    return {
        "title": "Avancement",
        "template": "stacked",
        "bars": bars,
        "key": [(label, CHART_COLOURS[colour]) for label, colour in _PARTS],
        "head": ["", *(label for label, _ in _PARTS), "Total"],
        "rows": [(label, [*values, sum(values)]) for label, values in rows],
        "empty": not found.members,
    }


def _weeks_chart(found: Figures, campaign: Campaign) -> dict[str, Any]:
    step = max(-(-len(found.weeks) // 6), 1)
    rows = [(charts.short(week) if not number % step else "", n) for number, (week, n) in enumerate(found.weeks)]
    mark = None
    if found.weeks:
        after = ((campaign.deadline - found.weeks[0][0]).days + 1) / 7
        mark = charts.across(after, len(rows)) if after <= len(rows) else None
    return {
        "title": "Déclarations reçues, par semaine",
        "template": "columns",
        "bars": charts.columns(rows),
        "mark": mark,
        "note": f"Trait rouge : date limite du {french_date(campaign.deadline)}." if mark is not None else "",
        "head": ["Semaine du", "Déclarations"],
        "rows": [(french_date(week), [count]) for week, count in found.weeks],
        "empty": not any(count for _, count in found.weeks),
    }


def _modes_chart(found: Figures) -> dict[str, Any]:
    rows = sorted(found.modes.items(), key=lambda row: -row[1].count)
    return {
        "title": "Modes de règlement choisis",
        "template": "columns",
        "bars": charts.columns([(label, group.count) for label, group in rows]),
        "head": ["Mode", "Déclarations", "Montant TTC"],
        "rows": [(label, [group.count, euros(group.total)]) for label, group in rows],
        "empty": not rows,
    }
