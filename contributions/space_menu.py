"""« Cotiser » in the menu of the space, and what is due on Accueil (C-01)."""

from __future__ import annotations

from typing import Any

from contributions.models import Declaration
from contributions.states import ACCEPTING, State
from space.company import Company
from space.menu import Card, Entry, QuickAction, register


def due(company: Company) -> dict[str, Any] | None:
    """The declaration to fill in, with its deadline; nothing once it is validated."""
    drafts = Declaration.objects.filter(
        member=company.member, state=State.DRAFT, replaces=None, campaign__state__in=ACCEPTING
    )
    declaration = drafts.select_related("campaign").order_by("-campaign__year").first()
    if declaration is None:
        return None
    return {"declaration": declaration, "may": company.may("declares")}


register(
    Entry("contributions", "Cotiser", "contributions:home", 40),
    QuickAction(20, "Déclarer et régler ma cotisation", "contributions:home", right="declares"),
    Card(10, due, "contributions/card.html", place="todo"),
)
