"""The company writes to the back office, from « Mon dossier » (B-05)."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from core.access import LINK, audience
from core.dates import add_working_days, french_date, today
from core.throttle import hit
from core.transitions import Refused
from membership import thread
from membership.dossier_views import dossier_context
from membership.employer import actor, dossier_or_404
from membership.forms.thread import MessageForm
from membership.models import Application
from membership.settling import STAFF_DAYS

SENT_AN_HOUR = 20  # messages of one dossier
TOO_MANY = (
    "Vous nous avez envoyé beaucoup de messages en peu de temps. Le vôtre est resté ci-dessous : envoyez-le dans une "
    "heure, ou appelez-nous."
)


@audience(LINK)
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Send a message. Whatever goes wrong, what was typed is on the page that says so."""
    mine = dossier_or_404(request, pk)
    if request.method != "POST":  # the address of a page that was refused, asked for again
        return redirect("membership:dossier", mine.pk)
    form = MessageForm(request.POST)
    if not form.is_valid():
        return _page(request, mine, form, 422)
    if hit("dossier-message", str(mine.pk), limit=SENT_AN_HOUR, seconds=3600):
        return _page(request, mine, form, 429, TOO_MANY)
    typed = form.cleaned_data
    try:
        with suppress(thread.AlreadySent):  # the second click of two is told what the first one did
            thread.write(mine, typed["message"], key=typed["key"], by=actor(mine))
    except Refused as refusal:
        mine.refresh_from_db()
        return _page(request, mine, form, 409, str(refusal))
    day = french_date(add_working_days(today(), STAFF_DAYS))
    messages.success(
        request, f"Votre message est envoyé. Nous vous répondons ici au plus tard le {day} ; un courriel vous prévient."
    )
    return redirect("membership:dossier", mine.pk)


def _page(request: HttpRequest, mine: Application, form: MessageForm, status: int, problem: str = "") -> HttpResponse:
    """« Mon dossier » with what was typed; of a request that was reopened meanwhile, what was typed alone.

    `problem` is why the message cannot be sent now, when nothing in it is to be corrected.
    """
    context = {"dossier": mine, "thread_form": form, "problems": form.problems, "problem": problem}
    if mine.is_draft:
        return render(request, "membership/not_sent.html", context, status=status)
    return render(request, "membership/dossier.html", dossier_context(mine) | context, status=status)
