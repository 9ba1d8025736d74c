"""The buttons of direct debits, each on the page of `core.acting`: what will happen, what it asks, « Confirmer ».

The verbs themselves lock, check and say who was faster, so these pages carry no version of what they show.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from billing.permissions import HANDLE_MONEY
from core import acting
from core.forms import GuichetForm


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

    @property
    def verb(self) -> acting.Verb:
        return acting.Verb(
            slug="",
            label=self.title,
            permission=HANDLE_MONEY,
            allowed=lambda row: True,
            run=self.run,
            done="",
            effect=self.effect,
            danger=self.danger,
        )


def perform(request: HttpRequest, act: Act) -> HttpResponse:
    """Show the page of `act`, or do it."""
    verb = act.verb
    if answer := acting.refuse_stranger(request, verb):
        return answer

    def page(form: forms.BaseForm, problem: str, status: int) -> HttpResponse:
        context = {
            **admin.site.each_context(request),
            **acting.page_context(verb, form, problem, status, act.back),
            "row": act.about,
            "version": 0,
        }
        return TemplateResponse(request, "admin/act.html", context, status=status)

    asked = acting.Act(
        verb=verb,
        situation=None,
        new_form=lambda *data: act.form(*data) if data else act.form(initial=act.initial),
        doing=lambda form, by, seen: form.cleaned_data,
        check=lambda seen: None,
        page=page,
        back=act.back,
    )
    return acting.act(request, asked)


def demand_money(request: HttpRequest) -> None:
    """Who only reads sees the pages, without their buttons."""
    if not request.user.has_perm(HANDLE_MONEY):
        raise PermissionDenied
