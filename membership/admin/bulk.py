"""What is done to many dossiers of the work queue at once, after a page that says to how many and to whom (B-21)."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from core.journal import Actor
from core.text import counted
from core.transitions import Refused
from membership import corrections, draft_mails, permissions
from membership.admin.queue import Asked, ticked
from membership.models import Application
from notifications.mail import as_text
from notifications.models import Message

SHOWN = 10  # of the addressees, on the page that asks for confirmation


@require_POST
def send_links(request: HttpRequest) -> HttpResponse:
    """Mail the way back to the companies of the ticked dossiers, once confirmed. Each box carries the version seen."""
    if not request.user.has_perm(permissions.PROCESS):
        raise PermissionDenied
    asked, boxes = Asked.read(request.POST), ticked(request)
    back = reverse("admin:index") + asked.query()
    found = list(Application.objects.filter(pk__in=boxes).select_related("establishment").order_by("reference", "pk"))
    able = [dossier for dossier in found if corrections.may_have_link(dossier)]
    if not boxes:
        messages.warning(request, "Cochez au moins un dossier.")
        return HttpResponseRedirect(back)
    if not able:
        no_link = "un dossier accepté n’a plus de lien, l’entreprise a son espace adhérent"
        messages.warning(request, f"Cochez au moins un dossier qui ait une adresse électronique : {no_link}.")
        return HttpResponseRedirect(back)
    if "confirmed" not in request.POST:
        return _page(request, asked, able, boxes, len(found) - len(able), back)
    done = 0
    for dossier in able:
        try:
            corrections.resend_link(dossier, by=Actor.staff(request.user), seen=boxes[dossier.pk])
            done += 1
        except Refused as refusal:
            messages.error(request, f"{dossier.reference or 'Brouillon'} : {refusal}")
    if done:
        messages.success(request, f"{counted(done, 'nouveau lien part', 'nouveaux liens partent')} par courriel.")
    return HttpResponseRedirect(back)


def _page(
    request: HttpRequest, asked: Asked, able: list[Application], boxes: dict, left_out: int, back: str
) -> HttpResponse:
    """To how many, to whom, what they will read, and « Confirmer »."""
    sample = Message(**draft_mails.way_back(able[0], settings.SITE_URL).columns())
    context = {
        **admin.site.each_context(request),
        "title": "Envoyer un nouveau lien",
        "asked": asked,
        "count": len(able),
        "left_out": left_out,
        "dossiers": able[:SHOWN],
        "more": len(able[SHOWN:]),
        "boxes": [f"{dossier.pk}:{boxes[dossier.pk]}" for dossier in able],
        "sample": sample,
        "sample_text": as_text(sample, show_secret=False),
        "back_url": back,
    }
    return TemplateResponse(request, "admin/membership/send_links.html", context)
