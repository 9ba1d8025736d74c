"""How a page of the member's space reaches its company: the key in the address, the right of the account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from core.access import ACCOUNT, audience
from core.journal import Actor
from membership.models import Access, Establishment, Member
from space import menu

LAST_COMPANY = "company"  # in the session: the company of the page shown last


@dataclass(frozen=True)
class Company:
    """The company somebody works on, and what he may do there."""

    access: Access  # of `company_or_404`

    @property
    def member(self) -> Member:
        return self.access.member

    @property
    def establishment(self) -> Establishment:
        return self.access.member.establishment

    def may(self, right: str) -> bool:
        """`right` is a column of Access: manages, employees, declares, affiliates."""
        return bool(getattr(self.access, right))

    @property
    def actor(self) -> Actor:
        """Who the journal names."""
        user = self.access.user
        return Actor(user.get_full_name() or user.email, user)


def company_or_404(request: HttpRequest, pk: UUID, right: str = "", *, menu: bool = True) -> Company:
    """The company `pk` of this account, in one query; 404 when it is not his, 403 when `right` was not given.

    For the menu of the space, `access.has_others` says whether the person has other companies.
    """
    mine = Access.objects.alive().filter(user=request.user)  # type: ignore[misc]
    found = mine.filter(member=pk).select_related("member__establishment")
    if menu:
        found = found.annotate(has_others=Exists(mine.exclude(pk=OuterRef("pk"))))
    access = next(iter(found.order_by()[:1]), None)
    if access is None:
        raise Http404
    access.user = request.user  # type: ignore[assignment]  # read already
    company = Company(access)
    if right and not company.may(right):
        raise PermissionDenied
    return company


def company_page(right: str = "") -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Decorator of a view at `…/<uuid:pk>/…`: it gets `company` in place of `pk`, with `right` checked."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def checked(request: HttpRequest, pk: UUID, *args: Any, **kwargs: Any) -> HttpResponse:
            company = company_or_404(request, pk, right)
            remember(request, company)
            return view(request, company, *args, **kwargs)

        return audience(ACCOUNT)(checked)

    return decorate


def remember(request: HttpRequest, company: Company) -> None:
    """The company worked on last is the one to come back to (A-03): one write when somebody comes or changes it."""
    if request.session.get(LAST_COMPANY) != str(company.member.pk):
        request.session[LAST_COMPANY] = str(company.member.pk)
        company.access.last_used_at = timezone.now()
        Access.objects.filter(pk=company.access.pk).update(last_used_at=company.access.last_used_at)


def page_context(company: Company, active: str) -> dict[str, Any]:
    """What `space/base.html` needs: the company and its menu, with the entry `active` marked."""
    return {"company": company, "member": company.member, "menu": menu.lines(company.access, active)}


def show(
    request: HttpRequest, company: Company, template: str, context: dict[str, Any], *, active: str, status: int = 200
) -> HttpResponse:
    """A page of the space."""
    return render(request, template, {**page_context(company, active), **context}, status=status)
