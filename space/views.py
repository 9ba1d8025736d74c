"""Accueil (A-05)."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.models import User
from core.dates import today
from core.text import lower_first
from membership.models.establishment import Monitoring
from space import menu
from space.company import Company, company_page, show


@company_page()
@require_safe
def home(request: HttpRequest, company: Company) -> HttpResponse:
    """What is due, what is new, what to do next, whom to ask."""
    context = {
        "todo": menu.cards(company, "todo"),
        "cards": menu.cards(company, "main"),
        "actions": menu.actions(company.access),
        "headcount": headcount(company),
        "adviser": adviser(company),
    }
    return show(request, company, "space/home.html", context, active="home")


def headcount(company: Company) -> dict[str, Any]:
    """How many employees are present today, as « Mes salariés » counts them, in all and by category of monitoring."""
    present = company.establishment.employees.staying().filter(hired_on__lte=today())
    found = dict(present.order_by().values_list("monitoring").annotate(number=Count("*")))
    rows = [(lower_first(str(kind.label)), found[kind]) for kind in Monitoring if kind in found]
    return {"total": sum(found.values()), "rows": rows}


def adviser(company: Company) -> User | None:
    """The « chargé d'affaires »; None when it is the team, or when he has left."""
    key = company.member.adviser_id
    return User.objects.filter(pk=key, is_active=True, is_staff=True).exclude(last_name="").first() if key else None
