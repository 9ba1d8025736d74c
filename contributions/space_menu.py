"""« Cotiser » in the menu of the space, and what is due on Accueil (C-01)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.text import capfirst

from contributions import checks
from contributions.billed import with_bills
from contributions.models import Declaration
from contributions.reaching import undone
from contributions.states import ACCEPTING, CampaignState, State
from core.dates import french_date, today
from membership.models import Member
from space.attestations import register_last_day, register_obstacles
from space.company import Company
from space.menu import Card, Entry, QuickAction, register
from space.standing import register_standing


def _under_way(company: Company) -> list[Declaration]:
    """The declarations of the campaigns under way, and those never made of the campaigns that are closed, the latest
    first: read once a page, for all cards."""
    known = company.access.__dict__
    if "declarations" not in known:
        never = Q(state=State.DRAFT, replaces=None, campaign__state=CampaignState.CLOSED)
        wanted = never | Q(campaign__state__in=ACCEPTING)
        rows = Declaration.objects.current().filter(wanted, member=company.member)
        known["declarations"] = list(rows.select_related("campaign").order_by("-campaign__year", "-version"))
    found: list[Declaration] = known["declarations"]
    return found


def due(company: Company) -> dict[str, Any] | None:
    """The declaration to fill in, with its deadline; nothing once it is validated."""
    return _draft(company, corrects=False)


def correcting(company: Company) -> dict[str, Any] | None:
    """The correction that was begun, and changes nothing as long as nobody validates it."""
    return _draft(company, corrects=True)


def _draft(company: Company, *, corrects: bool) -> dict[str, Any] | None:
    drafts = (one for one in _under_way(company) if one.is_draft and one.campaign.accepts)
    declaration = next((one for one in drafts if (one.replaces_id is not None) == corrects), None)
    return {"declaration": declaration, "may": company.may("declares")} if declaration else None


def never_made(company: Company) -> dict[str, Any] | None:
    """Those that cannot be made online any more, and the way on (B-03)."""
    rows = undone(_under_way(company))
    return {"undone": rows} if rows else None


def declared(company: Company) -> dict[str, Any] | None:
    """What was validated in the campaign under way, and when its invoices are paid or debited."""
    valid = [one for one in _under_way(company) if not one.is_draft][:1]
    return {"declaration": with_bills(valid)[0]} if valid else None


@register_obstacles
def never_declared(member: Member) -> list[str]:
    """Who let a deadline go by without declaring is not « à jour de cotisation », even though no invoice says so."""
    late = _undeclared(member).filter(campaign__deadline__lt=today()).select_related("campaign")
    return [_late(declaration) for declaration in late.order_by("campaign__year")]


@register_last_day
def deadline_to_come(member: Member) -> date | None:
    """Who is called and has not declared yet stays « à jour » until the deadline, this day included."""
    coming = _undeclared(member).filter(campaign__deadline__gte=today())
    return coming.order_by("campaign__deadline").values_list("campaign__deadline", flat=True).first()


def _undeclared(member: Member) -> QuerySet[Declaration]:
    """The declarations he was called for and never validated; one being corrected is validated."""
    called = Declaration.objects.filter(member=member, state=State.DRAFT, replaces=None)
    return called.exclude(campaign__state=CampaignState.PREPARED)


@register_standing
def to_declare(members: Sequence[Member]) -> Iterable[tuple[UUID, str, str]]:
    """For « Mes entreprises »: the declarations that are not done, in one query for all companies of the page."""
    drafts = Declaration.objects.filter(member__in=members, state=State.DRAFT, replaces=None)
    drafts = drafts.exclude(campaign__state=CampaignState.PREPARED).select_related("campaign")
    for draft in drafts.order_by("campaign__year"):
        campaign = draft.campaign
        if campaign.is_late or not campaign.accepts:
            yield draft.member_id, f"Déclaration {campaign.year} en retard", "bad"
        else:
            by = f"à déclarer au plus tard le {french_date(campaign.deadline)}"
            yield draft.member_id, f"En cours, {by}" if draft.started_at else capfirst(by), "wait"


def _late(declaration: Declaration) -> str:
    campaign = declaration.campaign
    what = checks.closed_words(campaign) or "Faites-la dans « Cotiser »."
    day = french_date(campaign.deadline)
    return f"Votre déclaration {campaign.year}, à faire au plus tard le {day}, n’est pas validée. {what}"


register(
    Entry("contributions", "Cotiser", "contributions:home", 40),
    QuickAction(20, "Déclarer et régler ma cotisation", "contributions:home", right="declares"),
    Card(10, due, "contributions/card.html", place="todo"),
    Card(11, correcting, "contributions/correction_card.html", place="todo"),
    Card(12, never_made, "contributions/undone_card.html", place="todo"),
    Card(10, declared, "contributions/declared_card.html"),
)
