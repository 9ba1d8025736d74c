"""How the pages reach a declaration: through the company of the account, and only its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from contributions.models import Declaration
from core.access import ACCOUNT, audience
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


def draft_or_404(request: HttpRequest, member: UUID, pk: UUID) -> Declaration:
    """A declaration that this account may change now."""
    declaration = declaration_or_404(company_or_404(request, member, RIGHT), pk)
    if not declaration.is_draft or not declaration.campaign.accepts:
        raise Http404
    return declaration


def declaration_page(right: str = "") -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Decorator of a view at `espace/<uuid:pk>/cotiser/<uuid:declaration>/…`: it gets `company` and `declaration`."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def checked(request: HttpRequest, pk: UUID, declaration: UUID, *args: Any, **kwargs: Any) -> HttpResponse:
            company = company_or_404(request, pk)
            found = declaration_or_404(company, declaration)
            if right and not company.may(right):
                raise PermissionDenied
            return view(request, company, found, *args, **kwargs)

        return audience(ACCOUNT)(checked)

    return decorate
