"""Activation of an account by its single-use link."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.activation import ACTIVATION, send_new_link
from accounts.forms import PasswordForm
from accounts.models import User
from core.access import LINK, PUBLIC, audience, follow, forget
from core.models import AccessLink
from core.throttle import client_ip, hit, too_many


@audience(PUBLIC)
@require_safe
def open_activation(request: HttpRequest, token: str) -> HttpResponse:
    """Open an activation link: nothing is written or spent, and the token leaves the address bar."""
    link = AccessLink.objects.find(token, ACTIVATION)
    if link is None:
        if hit("bad-link", client_ip(request), limit=30, seconds=3600):
            return too_many(request)
        return render(request, "accounts/link_unknown.html", status=404)
    if link.spent_at:
        return render(request, "accounts/link_spent.html", status=410)
    return follow(request, link, reverse("accounts:activate"))


@audience(LINK)
@require_http_methods(["GET", "HEAD", "POST"])
def activate(request: HttpRequest) -> HttpResponse:
    """Choose the password. The POST spends the link; the visitor is not logged in by it."""
    link = _opened(request)
    if link is None:
        return render(request, "accounts/link_unknown.html", status=404)
    if link.spent_at:
        return render(request, "accounts/link_spent.html", status=410)
    if not link.is_alive:
        return render(request, "accounts/link_expired.html", status=410)
    user = link.subject
    if not isinstance(user, User) or not user.is_active:
        return render(request, "accounts/link_unknown.html", status=404)
    form = PasswordForm(request.POST or None, user=user)
    if not form.is_valid():
        return render(
            request, "accounts/activate.html", {"form": form, "account": user}, status=422 if form.is_bound else 200
        )
    with transaction.atomic():
        if link.spend():
            user.set_password(form.cleaned_data["password"])
            user.save(update_fields=["password"])
    return forget(redirect("accounts:activated"), request, user)


@audience(LINK)
@require_POST
def new_link(request: HttpRequest) -> HttpResponse:
    """An expired link offers a new one in one click (D-02); it goes to the same address."""
    link = _opened(request)
    user = link.subject if link and not link.spent_at else None
    if isinstance(user, User) and not hit("activation", str(user.pk), limit=3, seconds=3600):
        send_new_link(user)
    return render(request, "accounts/link_sent.html")


@audience(PUBLIC)
@require_safe
def activated(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/activated.html")


def _opened(request: HttpRequest) -> AccessLink | None:
    """The newest activation link that this browser has opened, alive or not."""
    links = AccessLink.objects.filter(pk__in=request.visitor.link_ids, purpose=ACTIVATION)  # type: ignore[attr-defined]
    return links.order_by("-created_at").first()
