"""What the employer decides about his request as a whole: begin it again, delete it, withdraw it."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from django.contrib import messages
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.access import LINK, PUBLIC, audience, forget, grant
from core.acting import posted_version
from core.models import AccessLink
from core.throttle import client_ip, hit, too_many
from core.transitions import Refused
from membership import again, drafts, workflow
from membership.dossier_views import dossier_context
from membership.employer import LinkOver, actor, dossier_or_404
from membership.models import Application, Payment

NOT_RUNNING = (
    "Cette demande n’est pas en cours d’examen : vous ne pouvez pas la retirer. S’il s’agit d’un brouillon, vous "
    "pouvez le supprimer ; sinon, appelez-nous."
)


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


@audience(LINK)
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask, then delete a draft with all that hangs on it."""
    try:
        mine = dossier_or_404(request, pk)
    except LinkOver:
        if request.method == "POST" and _deleted_meanwhile(request, pk):
            return redirect("membership:deleted")
        raise
    if request.method != "POST":
        page = "membership/delete.html"
        return render(request, page, {"dossier": mine}) if mine.is_draft else redirect("membership:dossier", pk)
    done = forget(redirect("membership:deleted"), request, mine)
    try:
        drafts.discard(mine, by=actor(mine))
    except Application.DoesNotExist:  # two at once: it is gone, whoever was first
        return done
    except Refused as refusal:  # it was validated meanwhile
        messages.warning(request, str(refusal))
        return redirect("membership:dossier", pk)
    return done


def _deleted_meanwhile(request: HttpRequest, pk: UUID) -> bool:
    """Whether a link that this browser opened is no more (it goes with its dossier, and only so), nor the dossier."""
    if Application.objects.filter(pk=pk).exists():  # it was the link of another one
        return False
    opened = request.visitor.link_ids  # type: ignore[attr-defined]
    return AccessLink.objects.filter(pk__in=opened).count() < len(opened)


@audience(PUBLIC)
@require_safe
def deleted(request: HttpRequest) -> HttpResponse:
    """It is done, and how to begin again."""
    return render(request, "membership/deleted.html")


@audience(LINK)
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask, then withdraw a validated request. Somebody acted on it since the question: it is asked again."""
    mine, problem = dossier_or_404(request, pk), ""
    if request.method == "POST":
        try:
            workflow.withdraw(mine, by=actor(mine), seen=posted_version(request))
        except Refused as refusal:
            problem = str(refusal)
            mine.refresh_from_db()
        else:
            messages.success(request, "Votre demande est retirée. Un courriel vous le confirme.")
            return redirect("membership:dossier", pk)
    if mine.is_draft or not mine.is_open:
        messages.warning(request, problem or NOT_RUNNING)
        return redirect("membership:dossier", pk)
    held = mine.payments.filter(state=Payment.State.HELD).aggregate(total=Sum("amount"))["total"]
    context = {"dossier": mine, "held": held or Decimal(0), "problem": problem}
    return render(request, "membership/withdraw.html", context, status=409 if problem else 200)
