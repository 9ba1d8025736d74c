"""« Relancer les impayés »: how many, what they would read, then all at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from billing import reminding
from billing.models import Invoice
from billing.permissions import HANDLE_MONEY
from core.dates import today
from core.forms import GuichetForm
from core.journal import Actor
from core.text import counted
from core.transitions import Refused
from notifications.mail import as_text
from notifications.models import Message

HEADING = "Relancer les impayés"
_DAYS = (1, 3, 7, 14, 30)


class RemindForm(GuichetForm):
    sauf = forms.TypedChoiceField(
        label="Sauf les factures déjà relancées",
        choices=[(days, "aujourd’hui" if days == 1 else f"dans les {days} derniers jours") for days in _DAYS],
        coerce=int,
        initial=7,
    )

    def found(self) -> QuerySet[Invoice]:
        return reminding.unpaid(self.spare_since)

    @property
    def spare_since(self) -> Any:
        return today() - timedelta(days=self.cleaned_data["sauf"] - 1)


@require_http_methods(["GET", "HEAD", "POST"])
def remind(request: HttpRequest) -> HttpResponse:
    """Choose whom to spare, read a sample, see how many, send."""
    if not request.user.has_perm(HANDLE_MONEY):
        raise PermissionDenied
    if request.method != "POST":
        return _page(request, RemindForm({"sauf": 7, **request.GET.dict()}))
    form = RemindForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    try:
        count = reminding.ask(spare_since=form.spare_since, by=Actor.staff(request.user))
    except Refused as refusal:
        return _page(request, form, str(refusal))
    said = counted(count, "facture sera relancée", "factures seront relancées")
    messages.success(request, f"{said} par courriel dans les minutes qui viennent.")
    return HttpResponseRedirect(reverse("admin:billing_invoice_changelist") + "?etat=late")


def _page(request: HttpRequest, form: RemindForm, problem: str = "") -> HttpResponse:
    valid = form.is_valid()
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": f"{'Erreur : ' if problem or not valid else ''}{HEADING}",
        "heading": HEADING,
        "form": form,
        "problem": problem,
        "late_days": reminding.LATE_DAYS,
        "calendar": [abs(days) for days in reminding.CALENDAR.values()],
    }
    if valid:
        context |= {"count": form.found().count(), **_sample(form.found())}
    status = 409 if problem else 200 if valid else 422
    return TemplateResponse(request, "admin/billing/remind.html", context, status=status)


def _sample(found: QuerySet[Invoice]) -> dict[str, Any]:
    """The mail about the oldest of them whose customer can be written to, as he would read it."""
    for invoice in found.select_related("document").order_by("due_on", "number")[:5]:
        if mail := reminding.sample(invoice):
            message = Message(**mail.columns())
            return {"sample": message, "sample_text": as_text(message)}
    return {}
