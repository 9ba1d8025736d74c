"""Links to choose a password: the first one (activation) and a new one (« Mot de passe oublié »)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import activation, passwords
from accounts.forms import ForgottenForm, PasswordForm
from accounts.models import User
from core.access import LINK, PUBLIC, audience, follow, forget
from core.models import AccessLink
from core.throttle import client_ip, hit, too_many


@dataclass(frozen=True)
class Kind:
    """One of the two: what the pages say differs (`reset` in the templates), what they do does not."""

    purpose: str
    choose: str  # names of its pages
    again: str
    done: str
    send_again: Callable[[User], None]

    @property
    def reset(self) -> bool:
        return self.purpose == passwords.RESET

    def page(self, request: HttpRequest, name: str, status: int = 200, **context: object) -> HttpResponse:
        shown = {"reset": self.reset, "new_link": reverse(self.again), **context}
        return render(request, f"accounts/{name}.html", shown, status=status)


ACTIVATION = Kind(
    activation.ACTIVATION,
    "accounts:activate",
    "accounts:new-link",
    "accounts:activated",
    activation.send_new_link,
)
RESET = Kind(
    passwords.RESET,
    "accounts:reset",
    "accounts:reset-new-link",
    "accounts:reset-done",
    lambda user: passwords.send_reset(user.email),
)


@audience(PUBLIC)
@require_safe
def open_link(request: HttpRequest, token: str, kind: Kind) -> HttpResponse:
    """Open a link: nothing is written or spent, and the token leaves the address bar."""
    link = AccessLink.objects.find(token, kind.purpose)
    if link is None:
        if hit("bad-link", client_ip(request), limit=30, seconds=3600):
            return too_many(request)
        return kind.page(request, "link_unknown", 404)
    if _used(link, kind):
        return kind.page(request, "link_spent", 410)
    return follow(request, link, reverse(kind.choose))


@audience(LINK)
@sensitive_post_parameters("password", "password_again")
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest, kind: Kind) -> HttpResponse:
    """Choose the password. The POST spends the link; the visitor is not logged in by it."""
    link = _opened(request, kind)
    if link is None:
        return kind.page(request, "link_unknown", 404)
    if _used(link, kind):
        return kind.page(request, "link_spent", 410)
    if not link.is_alive:
        return kind.page(request, "link_expired", 410)
    user = link.subject
    if not isinstance(user, User) or not user.is_active:
        return kind.page(request, "link_unknown", 404)
    form = PasswordForm(request.POST or None, user=user)
    if not form.is_valid():
        return kind.page(request, "activate", 422 if form.is_bound else 200, form=form, account=user)
    if not passwords.set_by_link(link, user, form.cleaned_data["password"]):
        return kind.page(request, "link_spent", 410)
    return forget(redirect(kind.done), request, user)


@audience(LINK)
@require_POST
def new_link(request: HttpRequest, kind: Kind) -> HttpResponse:
    """An expired link offers a new one in one click (D-02); it goes to the same address."""
    link = _opened(request, kind)
    user = link.subject if link and not _used(link, kind) else None
    if isinstance(user, User) and not hit(kind.purpose, str(user.pk), limit=3, seconds=3600):
        kind.send_again(user)
    return kind.page(request, "link_sent")


@audience(PUBLIC)
@require_safe
def done(request: HttpRequest, kind: Kind) -> HttpResponse:
    """The password is chosen; now log in."""
    return kind.page(request, "activated")


def _opened(request: HttpRequest, kind: Kind) -> AccessLink | None:
    """The newest link of this kind that this browser has opened, alive or not."""
    opened = request.visitor.link_ids  # type: ignore[attr-defined]
    links = AccessLink.objects.filter(pk__in=opened, purpose=kind.purpose)
    return links.order_by("-created_at").first()


def _used(link: AccessLink, kind: Kind) -> bool:
    """Whether it has served: itself or, for an account invited twice, the link of another mail."""
    if link.spent_at or kind.reset or link.is_alive:
        return bool(link.spent_at)
    user = link.subject
    return isinstance(user, User) and user.is_active and user.has_usable_password()


@audience(PUBLIC)
@require_http_methods(["GET", "HEAD", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """« Mot de passe oublié »: the same answer for every address; what there is to say goes by mail (B1)."""
    form = ForgottenForm(request.POST or None)
    if not form.is_bound or not form.is_valid():
        return render(request, "accounts/forgotten.html", {"form": form}, status=422 if form.is_bound else 200)
    email = form.cleaned_data["email"]
    if hit("reset-ip", client_ip(request), limit=20, seconds=3600):
        return too_many(request)
    # An address asked for too often gets no more mail, and the page does not say so either.
    if not hit("reset-to", email.lower(), limit=5, seconds=3600):
        passwords.send_reset(email)
    return redirect("accounts:forgotten-sent")


@audience(PUBLIC)
@require_safe
def forgotten_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/forgotten_sent.html")
