"""One page for each button of direct debits: what will happen, what it asks, « Confirmer »."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse

from core.forms import GuichetForm
from core.transitions import Refused

MONEY = "billing.handle_money"


@dataclass(frozen=True)
class Act:
    """A verb about to be done: `run` gets what was typed and returns the sentence to say afterwards."""

    title: str
    about: str
    back: str
    effect: str
    run: Callable[[dict[str, Any]], str]
    form: Callable[..., GuichetForm] = GuichetForm
    danger: bool = False
    initial: dict[str, Any] = field(default_factory=dict)


def perform(request: HttpRequest, act: Act) -> HttpResponse:
    """Show the page of `act`, or do it. A refusal comes back with what was typed (409)."""
    demand_money(request)
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "POST"])
    posted = request.method == "POST"
    form = act.form(request.POST) if posted else act.form(initial=act.initial)
    problem = ""
    if posted and form.is_valid():
        try:
            messages.success(request, act.run(form.cleaned_data))
            return HttpResponseRedirect(act.back)
        except Refused as refusal:
            problem = str(refusal)
    context = {
        **admin.site.each_context(request),
        "title": f"{'Erreur : ' if posted else ''}{act.title}",
        "act": act,
        "form": form,
        "problem": problem,
    }
    status = 200 if not posted else 409 if problem else 422
    return TemplateResponse(request, "admin/billing/sepa_act.html", context, status=status)


def demand_money(request: HttpRequest) -> None:
    """Who only reads sees the pages, without their buttons."""
    if not request.user.has_perm(MONEY):
        raise PermissionDenied
