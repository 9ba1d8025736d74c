"""The page of each verb of a dossier: see core.acting."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from core.acting import Act, Verb, page_context, refuse_stranger
from core.acting import act as act_on
from core.transitions import Refused
from documents.models import Upload
from documents.uploads import UploadRefused
from membership.admin.forms import DossierForm, PaymentForm
from membership.admin.verbs import DISCARD, Doing, Situation
from membership.models import Application
from membership.settling import begin


def act(request: HttpRequest, pk: UUID, verb: Verb, upload_pk: UUID | None = None) -> HttpResponse:
    """Show a verb's page, or do the verb."""
    if refusal := refuse_stranger(request, verb):
        return refusal
    dossier = get_object_or_404(Application.objects.select_related("establishment", "proforma"), pk=pk)
    target = get_object_or_404(Upload.objects.about(dossier), pk=upload_pk) if upload_pk else None

    def page(form: Any, problem: str, status: int) -> HttpResponse:
        if problem:
            dossier.refresh_from_db()
        return _page(request, dossier, verb, form, target, problem=problem, status=status)

    def check(seen: int) -> None:
        begin(dossier, seen)

    gone = verb.slug == DISCARD and request.method == "POST"
    asked = Act(
        verb=verb,
        situation=Situation(dossier),
        new_form=lambda *data: (verb.form or DossierForm)(*data, dossier=dossier, **_told(request, verb)),
        doing=lambda form, by, seen: Doing(dossier, form, by, seen, target),
        check=check,
        page=page,
        back=reverse("admin:index") if gone else reverse("admin:membership_application_change", args=[pk]),
        refusals=(Refused, UploadRefused),
    )
    return act_on(request, asked)


def _told(request: HttpRequest, verb: Verb) -> dict[str, Any]:
    """What the address says of a payment: that of the line of a bank statement (`billing.elsewhere`)."""
    return {"told": request.GET} if verb.form is PaymentForm else {}


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
        **page_context(verb, form, problem, status, reverse("admin:membership_application_change", args=[dossier.pk])),
        "dossier": dossier,
        "version": dossier.version,
        "target": target,
        **verb.show(dossier),
    }
    return TemplateResponse(request, "admin/membership/act.html", context, status=status)
