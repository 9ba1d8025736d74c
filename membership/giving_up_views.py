"""What the employer decides about his request as a whole: begin it again."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from core.access import LINK, audience, grant
from core.throttle import client_ip, hit, too_many
from core.transitions import Refused
from membership import again
from membership.dossier_views import dossier_context
from membership.employer import actor, dossier_or_404
from membership.models import Application


@audience(LINK)
@require_POST
def begin_again(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A new request with all that was typed in this one; or the one that is open already, if it is this browser's."""
    mine = dossier_or_404(request, pk)
    if hit("begin-again", client_ip(request), limit=20, seconds=3600):
        return too_many(request)
    try:
        dossier, link = again.begin_again(mine, by=actor(mine))
    except again.AlreadyOpen as there:
        return _to_the_open_one(request, mine, there.dossier)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("membership:dossier", pk)
    messages.success(request, "Votre nouvelle demande est commencée : relisez chaque étape, tout y est déjà rempli.")
    return grant(redirect("membership:dossier", dossier.pk), request, link)


def _to_the_open_one(request: HttpRequest, mine: Application, other: Application) -> HttpResponse:
    """What step 1 says to a second person with the same SIRET; who has opened that request already is led to it."""
    if Application.objects.for_visitor(request.visitor).filter(pk=other.pk).exists():  # type: ignore[attr-defined]
        return redirect("membership:dossier", other.pk)
    if link := again.own_link(other, mine):  # the button was pressed twice before the first answer came
        return grant(redirect("membership:dossier", other.pk), request, link)
    return render(request, "membership/dossier.html", {**dossier_context(mine), "other": other}, status=409)
