"""How the pages reach a declaration: through the company of the account, and only its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from contributions import checks, counting
from contributions.billed import with_bills
from contributions.models import Declaration
from contributions.states import CampaignState, State
from core.access import ACCOUNT, audience
from core.rows import Elsewhere
from space.company import Company, company_or_404

RIGHT = "declares"


def declaration_or_404(company: Company, pk: UUID) -> Declaration:
    """The declaration `pk` of this company, with its campaign; another company's is not there."""
    found = Declaration.objects.filter(pk=pk, member=company.member)
    declaration = found.select_related("campaign", "invoice", "bordereau", "replaces").first()
    if declaration is None:
        raise Http404
    declaration.member = company.member
    return declaration


def history(member: UUID) -> QuerySet[Declaration]:
    """The declarations of a member, the latest first: what is valid, and what is being filled in."""
    rows = Declaration.objects.current().filter(member=member).select_related("campaign")
    return rows.order_by("-campaign__year", "-version")


def question_url(declaration: Declaration) -> str:
    """« Envoyer une demande » about it, its theme chosen and its subject written (B-03, B-05)."""
    subject = f"Déclaration {declaration.campaign.year}"
    if not declaration.is_draft:
        subject += f" ({declaration.reference})"
    asked = urlencode({"theme": "cotisation", "objet": subject})
    return f"{reverse('space:request-new', args=[declaration.member_id])}?{asked}"


def undone(rows: Iterable[Declaration]) -> list[dict[str, Any]]:
    """Of `rows`, those whose campaign was closed before they were validated: nothing is left to do online but to write
    to us. For `contributions/undone.html`."""
    return [
        {"year": row.campaign.year, "words": checks.closed_words(row.campaign), "url": question_url(row)}
        for row in rows
        if row.is_draft and row.replaces_id is None and row.campaign.state == CampaignState.CLOSED
    ]


def with_years_or_404(company: Company, pk: UUID, *, left_over: bool = False) -> Declaration:
    """As `declaration_or_404`, for the steps: read at once with those of the other years, which they show beside it,
    and, when `left_over`, with the rows of « Mes salariés » still to correct."""
    wanted = Q(pk=pk) | ~Q(state=State.REPLACED)
    found = Declaration.objects.filter(wanted, member=company.member).select_related("campaign").order_by()
    found = counting.with_left_over(found) if left_over else found
    rows = sorted(found, key=lambda row: (row.campaign.year, row.version), reverse=True)
    declaration = next((row for row in rows if row.pk == pk), None)
    if declaration is None:
        raise Http404
    declaration.member = company.member
    if corrected := next((row for row in rows if row.pk == declaration.replaces_id), None):
        declaration.replaces = corrected
    last_year = declaration.campaign.year - 1
    valid = (row for row in rows if row.state == State.VALIDATED and row.campaign.year == last_year)
    declaration.last_year = next(valid, None)
    declaration.__dict__["years"] = [row for row in rows if row.state != State.REPLACED]
    return declaration


def years(declaration: Declaration) -> list[Declaration]:
    """`history` of its member, as the step has read it already."""
    if "years" not in declaration.__dict__:
        declaration.__dict__["years"] = list(history(declaration.member_id))
    found: list[Declaration] = declaration.__dict__["years"]
    return with_bills(found)


def draft_or_404(request: HttpRequest, member: UUID, pk: UUID) -> Declaration:
    """A declaration that this account may change now."""
    declaration = declaration_or_404(company_or_404(request, member, RIGHT, menu=False), pk)
    refuse_unless_open(request, declaration)
    return declaration


def refuse_unless_open(request: HttpRequest, declaration: Declaration) -> None:
    """For the pages that change the list. A tab left open on a declaration validated since leads to what it became."""
    if not declaration.is_draft:
        words = "Cette déclaration est déjà validée : sa liste ne peut plus être modifiée. Rien n’a changé."
        messages.info(request, words)
        raise Elsewhere(reverse("contributions:declaration", args=[declaration.member_id, declaration.pk]))
    if not declaration.campaign.accepts:
        raise Http404


def declaration_page(right: str = "") -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Decorator of a view at `espace/<uuid:pk>/cotiser/<uuid:declaration>/…`: it gets `company` and `declaration`."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def checked(request: HttpRequest, pk: UUID, declaration: UUID, *args: Any, **kwargs: Any) -> HttpResponse:
            company = company_or_404(request, pk)
            found = declaration_or_404(company, declaration)
            if right and not company.may(right):
                raise PermissionDenied
            try:
                return view(request, company, found, *args, **kwargs)
            except Elsewhere as there:
                return HttpResponseRedirect(there.url)

        return audience(ACCOUNT)(checked)

    return decorate
