"""Ways into a dossier: the start page, the personal link, « Reprendre mon dossier »."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts import door
from core.access import LINK, PUBLIC, audience, follow, forget, grant, passed_both_steps
from core.models import AccessLink
from core.throttle import client_ip, hit, too_many
from membership import drafts
from membership.eligibility import open_dossier
from membership.employer import WayBackForm, dossier_or_404
from membership.links import LIFETIME
from membership.models.application import LINK as DOSSIER_LINK

HOUR = 3600
NOT_SENT = "non-envoye"  # `lien` in the address of `left`: several went out in the hour, and not one more


@audience(PUBLIC)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The site's root: one's own space for who has logged in, the way to join for others. Staff see what others see."""
    user = request.user
    if passed_both_steps(user) and not user.is_staff:  # type: ignore[union-attr]
        return redirect(door.home(user))  # type: ignore[arg-type]
    return redirect("membership:start")


@audience(PUBLIC)
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """What joining is, how long it takes, what to have at hand; the button opens a draft."""
    if request.method != "POST":
        return render(request, "membership/start.html")
    if hit("start", client_ip(request), limit=20, seconds=HOUR):
        return too_many(request)
    dossier, link = drafts.start()
    return grant(redirect("membership:dossier", dossier.pk), request, link)


@audience(PUBLIC)
@require_safe
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Open a personal link: nothing is written, the token leaves the address bar, the dossier shows."""
    link = AccessLink.objects.find(token, DOSSIER_LINK)
    if link is None:
        if hit("bad-link", client_ip(request), limit=30, seconds=HOUR):
            return too_many(request)
        return render(request, "membership/link_unknown.html", {"form": WayBackForm()}, status=404)
    if not link.is_alive:
        closed = bool(link.revoked_at or link.spent_at)  # before its time: no date is to blame
        context = {"form": WayBackForm(), "closed": closed, "days": LIFETIME.days}
        return render(request, "membership/link_expired.html", context, status=410)
    return follow(request, link, reverse("membership:dossier", args=[link.subject_id]))


@audience(PUBLIC)
@require_http_methods(["GET", "HEAD", "POST"])
def way_back(request: HttpRequest) -> HttpResponse:
    """Note who asks for the links to his dossiers; a worker mails them. The answer never says whether there are any."""
    form = WayBackForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "membership/way_back.html", {"form": form}, status=422 if form.is_bound else 200)
    email = form.cleaned_data["email"]
    if hit("way-back-ip", client_ip(request), limit=20, seconds=HOUR):
        return too_many(request)
    if not hit("way-back", email.lower(), limit=3, seconds=HOUR):
        drafts.ask_links(email)
    return redirect("membership:way-back-sent")


@audience(PUBLIC)
@require_safe
def way_back_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "membership/way_back_sent.html")


@audience(LINK)
@require_http_methods(["POST"])
def tell_owner(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Somebody else has an open dossier for the SIRET typed here: mail its link to that person, and to no one else."""
    dossier = dossier_or_404(request, pk)
    siret = "".join(filter(str.isdigit, request.POST.get("siret", "")))[:14]
    if hit("tell-owner", client_ip(request), limit=10, seconds=HOUR):
        return too_many(request)
    other = open_dossier(siret, besides=dossier) if siret else None
    if other and not hit("tell-owner-siret", siret, limit=3, seconds=HOUR):
        drafts.send_link(other)
    return redirect("membership:way-back-sent")


@audience(LINK)
@require_safe
def left(request: HttpRequest, pk: UUID) -> HttpResponse:
    """After « Enregistrer et quitter »: all is kept, and this browser forgets the dossier.

    Not while nobody knows where to send its link, or while none was sent: forgotten then, it would be lost.
    """
    dossier = dossier_or_404(request, pk)
    link = request.GET.get("lien", "")
    page = render(request, "membership/left.html", {"dossier": dossier, "link": link})
    return forget(page, request, dossier) if dossier.mail_to and link != NOT_SENT else page
