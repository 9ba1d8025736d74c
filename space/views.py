"""Accueil (A-05)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from space import menu
from space.company import Company, company_page, show


@company_page()
@require_safe
def home(request: HttpRequest, company: Company) -> HttpResponse:
    """What is due, what is new, what to do next."""
    cards = [
        {"template": card.template_name, **context}
        for card in menu.cards()
        if (context := card.context(company)) is not None
    ]
    return show(request, company, "space/home.html", {"cards": cards}, active="home")
