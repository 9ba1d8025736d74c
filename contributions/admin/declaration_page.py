"""What the page of a declaration shows: what was declared, what it costs, what happened."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse

from contributions import counting
from contributions.admin.validating import VALIDATE, scans
from contributions.admin.words import change, stage_tag
from contributions.billed import bills
from contributions.events import journal
from contributions.models import Declaration, DeclaredEmployee
from contributions.states import CampaignState, State
from core.dates import today
from core.money import cents, euros
from core.text import counted
from membership.corridor import bounds
from membership.models.establishment import Monitoring
from membership.permissions import CAMPAIGN
from notifications.models import Message

PEOPLE = 50  # a page of the list
ENTRIES = 100
MESSAGES = 30


def page(declaration: Any, request: HttpRequest) -> dict[str, Any]:
    """`declaration` carries what `with_comparisons` adds."""
    user, net = request.user, declaration.net
    return {
        "title": str(declaration),
        "declaration": declaration,
        "campaign": declaration.campaign,
        "member": declaration.member,
        "stage": stage_tag(declaration),
        "corridor": corridor_warning(declaration),
        "change": change(declaration.net_before, net) if net is not None else "",
        "versions": Declaration.objects.filter(campaign=declaration.campaign_id, member=declaration.member_id).order_by(
            "version"
        ),
        **_people(declaration, request.GET.get("salaries", "")),
        "entries": journal(declaration, staff=True).order_by("-at", "-pk")[:ENTRIES],
        "mails": list(Message.objects.about(declaration).defer("content", "secret")[:MESSAGES]),
        "may_see_mails": user.has_perm("notifications.view_message"),
        "may_see_members": user.has_perm("membership.view_member"),
        "verbs": _verbs(declaration) if user.has_perm(CAMPAIGN) else [],
        "pages": _pages(declaration) if user.has_perm(CAMPAIGN) else [],
        "scans": scans(declaration),
        "may_add_scan": bool(declaration.came_by) and user.has_perm(CAMPAIGN),
        "arrivals": [] if declaration.is_draft else [one for one in bills(declaration) if one.arrived_in],
        "board_url": reverse("admin:contributions_campaign_board", args=[declaration.campaign_id]),
    }


def corridor_warning(declaration: Any) -> str:
    """A sentence when the amount per head leaves the legal corridor (D-19), or nothing."""
    average = declaration.average
    if not (average and declaration.headcount and declaration.net is not None):
        return ""
    low, high = bounds(average)
    each = cents(declaration.net / declaration.headcount)
    if low <= each <= high:
        return ""
    return (
        f"{euros(each)} par salarié : ce montant sort de la fourchette légale {declaration.campaign.year} "
        f"(80 à 120 % du coût moyen national : de {euros(low)} à {euros(high)}). Vérifiez le tarif et la déclaration."
    )


def _verbs(declaration: Declaration) -> list[tuple[str, str]]:
    """The buttons: address and label."""
    if declaration.campaign.state != CampaignState.OPEN:
        return []
    if declaration.state == State.DRAFT and declaration.version > 1:
        found = [("give_up", "Abandonner la correction")]
    elif declaration.state == State.DRAFT:
        found = [("remind", "Relancer par courriel")] if declaration.reminded_on != today() else []
    else:
        found = [("correct", "Ouvrir une correction")] if declaration.state == State.VALIDATED else []
    return [(reverse(f"admin:contributions_declaration_{name}", args=[declaration.pk]), label) for name, label in found]


def _pages(declaration: Declaration) -> list[tuple[str, str]]:
    """The same, for what has a page of its own."""
    if not VALIDATE.allowed(declaration):
        return []
    found = [("validate", VALIDATE.label), ("people", "Changer la liste")]
    return [(reverse(f"admin:contributions_declaration_{name}", args=[declaration.pk]), label) for name, label in found]


def _people(declaration: Declaration, number: str) -> dict[str, Any]:
    """By category and one page of the list: as declared, or as the member's own list stands for 1 January."""
    people: Any
    words = ("salarié déclaré", "salariés déclarés")
    if declaration.state == State.DRAFT:
        words = ("salarié sur la liste de l’adhérent", "salariés sur la liste de l’adhérent")
        people = counting.people(declaration)
    else:
        people = DeclaredEmployee.objects.filter(declaration=declaration)
    counts = dict(people.order_by().values_list("monitoring").annotate(Count("pk")))
    total = sum(counts.values())
    last = max(-(-total // PEOPLE), 1)
    asked = int(number) if number.isascii() and number.isdigit() and len(number) < 5 else 1
    shown = min(max(asked, 1), last)
    return {
        "people": people[PEOPLE * (shown - 1) : PEOPLE * shown] if total else [],
        "people_counts": [(category.label, counts.get(category.value, 0)) for category in Monitoring],
        "people_total": total,
        "people_title": counted(total, *words),
        "people_open": bool(number),
        "people_page": shown,
        "people_pages": last,
    }
