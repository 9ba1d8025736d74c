"""One page for every verb: what will happen, what it asks, « Confirmer ».

A verb is a POST that carries the version of the dossier the person had before his eyes. When somebody was faster, or
the verb cannot be done, the page comes back with the sentence on top (409) and everything that was typed.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from core.journal import Actor
from core.transitions import Refused
from documents.models import Upload
from documents.uploads import UploadRefused
from membership.admin.verbs import Doing, Situation, Verb
from membership.models import Application
from membership.settling import begin

NOT_NOW = "Cette action n’est pas possible à ce stade du dossier."


def act(request: HttpRequest, pk: UUID, verb: Verb, upload_pk: UUID | None = None) -> HttpResponse:
    """Show a verb's page, or do the verb."""
    if not request.user.has_perm(verb.permission):
        raise PermissionDenied
    if request.method not in ("GET", "HEAD", "POST") or (request.method != "POST" and not verb.page):
        return HttpResponseNotAllowed(["GET", "POST"] if verb.page else ["POST"])
    dossier = get_object_or_404(Application.objects.select_related("establishment", "proforma"), pk=pk)
    target = get_object_or_404(Upload.objects.about(dossier), pk=upload_pk) if upload_pk else None
    back = reverse("admin:membership_application_change", args=[pk])
    situation = Situation(dossier)
    if request.method != "POST":
        if not verb.allowed(situation):
            messages.error(request, NOT_NOW)
            return HttpResponseRedirect(back)
        return _page(request, dossier, verb, verb.form(dossier=dossier), target)
    form = verb.form(request.POST, dossier=dossier)
    if not form.is_valid():
        return _page(request, dossier, verb, form, target, status=422)
    try:
        seen = _seen(request)
        _refuse_unless_allowed(verb, situation, seen)
        verb.run(Doing(dossier, form, Actor.staff(request.user), seen, target))
    except (Refused, UploadRefused) as refusal:
        dossier.refresh_from_db()
        return _page(request, dossier, verb, form, target, problem=str(refusal), status=409)
    messages.success(request, verb.done)
    return HttpResponseRedirect(back)


def _seen(request: HttpRequest) -> int:
    version = request.POST.get("version", "")
    if not (version.isascii() and version.isdigit() and len(version) < 9):
        raise Refused("La page envoyée était incomplète. Vérifiez le dossier, puis recommencez.")
    return int(version)


def _refuse_unless_allowed(verb: Verb, situation: Situation, seen: int) -> None:
    if not verb.allowed(situation):
        with transaction.atomic():
            begin(situation.dossier, seen)  # when somebody acted since, this says who
        raise Refused(NOT_NOW)


def _page(
    request: HttpRequest,
    dossier: Application,
    verb: Verb,
    form: Any,
    target: Upload | None,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": f"{'Erreur : ' if status != 200 else ''}{verb.label}",
        "heading": verb.label,
        "dossier": dossier,
        "verb": verb,
        "form": form,
        "problem": problem,
        "target": target,
        **verb.show(dossier),
    }
    return TemplateResponse(request, "admin/membership/act.html", context, status=status)
