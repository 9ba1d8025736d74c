"""One page for every verb of the back office: what will happen, what it asks, « Confirmer ».

A verb is a POST that carries the version of the row the person had before his eyes. When somebody was faster, or the
verb cannot be done, the page comes back with the sentence on top (409) and everything that was typed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import path

from core.journal import Actor
from core.kept import answers
from core.text import small_int
from core.transitions import AlreadyDone, Refused

NOT_NOW = "Cette action n’est pas possible à ce stade. Rechargez la page pour voir où vous en êtes."
INCOMPLETE = "La page envoyée était incomplète. Rechargez-la, puis recommencez."
VERSION_DIGITS = 8


@dataclass(frozen=True)
class Verb:
    """A button: who may press it, when it is shown, what it asks, what it does and says.

    What is done, and whether it may be done, stays with the verb of the workflow that `run` calls: `allowed` only
    decides which buttons are shown.
    """

    slug: str
    label: str
    permission: str
    allowed: Callable[[Any], bool]
    run: Callable[[Any], Any]
    done: str
    effect: str = ""  # what will happen, said before it does
    form: Any = None  # the class of what it asks
    page: bool = True  # it has a page of its own; else it is posted from the row's
    danger: bool = False
    confirm: str = ""  # the words of the button of its page, where those of `label` would not read well
    show: Callable[[Any], dict[str, Any]] = field(default=lambda row: {})


@dataclass(frozen=True)
class Act:
    """A verb about one row, as a request asks for it: what the row's own pages know and this engine does not."""

    verb: Verb
    situation: Any  # what `verb.allowed` looks at
    new_form: Callable[..., forms.BaseForm]
    doing: Callable[[forms.BaseForm, Actor, int], Any]  # what `verb.run` works with
    check: Callable[[int], None]  # raises `AlreadyDone` when somebody acted since that version
    page: Callable[[forms.BaseForm, str, int], HttpResponse]  # the page with its form, a problem, a status
    back: str  # the row's page
    refusals: tuple[type[Exception], ...] = (Refused,)
    not_now: str = NOT_NOW
    versioned: bool = True  # False: the page carries no version, its verb locks and says itself who was faster


def act(request: HttpRequest, asked: Act) -> HttpResponse:
    """Show a verb's page, or do the verb. The row's pages call `refuse_stranger` before they look the row up."""
    verb, allowed = asked.verb, asked.verb.allowed
    if request.method != "POST":
        if not allowed(asked.situation):
            messages.error(request, asked.not_now)
            return HttpResponseRedirect(asked.back)
        return asked.page(asked.new_form(*filter(None, [answers(request)])), "", 200)
    form = asked.new_form(request.POST)
    if not form.is_valid():
        return asked.page(form, "", 422)
    try:
        seen = posted_version(request) if asked.versioned else 0
        if not allowed(asked.situation):
            with transaction.atomic():
                asked.check(seen)  # when somebody acted since, this says who
            raise Refused(asked.not_now)
        done = verb.run(asked.doing(form, Actor.staff(request.user), seen))
    except asked.refusals as refusal:
        return asked.page(form, str(refusal), 409)
    messages.success(request, done if isinstance(done, str) else verb.done)
    return HttpResponseRedirect(asked.back)


def verb_paths(wrap: Callable[..., Any], view: Callable[..., HttpResponse], verbs: Iterable[Verb], name: str) -> list:
    """The addresses of `verbs` under the key of their row. `wrap` is the site's `admin_view`, `view` takes the request,
    `pk` and `verb`; `name` is that of the model, as « billing_invoice »."""
    return [
        path(f"<uuid:pk>/{verb.slug}/", wrap(partial(view, verb=verb)), name=f"{name}_{verb.slug}") for verb in verbs
    ]


def page_context(asked: Verb, form: forms.BaseForm, problem: str, status: int, back: str) -> dict[str, Any]:
    """What templates/admin/act.html shows of any verb; the row's own page adds what the row is, and its version."""
    return {
        "title": f"{'Erreur : ' if status != 200 else ''}{asked.label}",
        "heading": asked.label,
        "verb": asked,
        "form": form,
        "problem": problem,
        "back_url": back,
    }


def refuse_stranger(request: HttpRequest, verb: Verb) -> HttpResponse | None:
    """403 for who may not use the verb; a 405 for a method that it does not take."""
    if not request.user.has_perm(verb.permission):
        raise PermissionDenied
    methods = ["GET", "POST"] if verb.page else ["POST"]
    if request.method not in (*methods, *(["HEAD"] if verb.page else [])):
        return HttpResponseNotAllowed(methods)
    return None


def button(verb: Verb, url: str) -> dict[str, Any]:
    """What templates/admin/button.html shows."""
    return {"slug": verb.slug, "label": verb.label, "url": url, "page": verb.page, "danger": verb.danger}


def posted_version(request: HttpRequest, field: str = "version") -> int:
    """The version of the row that the page showed, as its form carries it.

    A page that carries none may show anything: it is refused as one that somebody overtook (`AlreadyDone`).
    """
    version = small_int(request.POST.get(field, ""), VERSION_DIGITS)
    if version is None:
        raise AlreadyDone(INCOMPLETE)
    return version
