"""« Prélèvement SEPA » in the member's space: the pages of `billing.mandate_pages`, for the company of the address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing import mandate_pages
from billing.mandate_pages import Desk
from space.company import Company, company_page, show

RIGHT = "declares"


def desk(request: HttpRequest, company: Company) -> Desk:
    """Whose mandate it is: the member; who signs: the account."""
    establishment = company.member.establishment

    def url(page: str, *key: UUID) -> str:
        return reverse(f"space:mandate-{page}", args=[company.member.pk, *key])

    def render(template: str, context: dict[str, Any], status: int) -> HttpResponse:
        context = {"layout": "space/base.html", **context}
        return show(request, company, template, context, active="mandate", status=status)

    return Desk(
        subject=company.member,
        name=establishment.name,
        lines=establishment.address_lines,
        email=company.access.user.email,
        phone=company.access.user.phone,
        actor=company.actor,
        urls=url,
        show=render,
    )


def _mounted(page: Callable[..., HttpResponse], methods: Callable) -> Callable[..., HttpResponse]:
    @company_page(RIGHT)
    @methods
    def view(request: HttpRequest, company: Company, **key: UUID) -> HttpResponse:
        return page(request, desk(request, company), *key.values())

    return view


_form = require_http_methods(["GET", "HEAD", "POST"])

current = _mounted(mandate_pages.current, require_safe)
new = _mounted(mandate_pages.new, _form)
read = _mounted(mandate_pages.read, _form)
sign = _mounted(mandate_pages.sign, _form)
resend = _mounted(mandate_pages.resend, require_POST)
abandon = _mounted(mandate_pages.abandon, require_POST)
done = _mounted(mandate_pages.done, require_safe)
pdf = _mounted(mandate_pages.pdf, require_safe)
revoke = _mounted(mandate_pages.revoke, _form)
