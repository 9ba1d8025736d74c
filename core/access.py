"""Who may see what.

Every view declares its audience; a view that declares none is refused. What a person may reach is then decided by the
data: `Model.objects.for_visitor(request.visitor)`, where somebody else's dossier is simply not there (404).

A person without an account comes by a personal link. Opening it writes nothing: a signed cookie remembers which links
this browser opened, and the links themselves (their dates, their revocation) are checked with each query.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.cache import add_never_cache_headers

from core import kept
from core.models import AccessLink

PUBLIC, LINK, PASSWORD, ACCOUNT, STAFF = "public", "link", "password", "account", "staff"
# Views of libraries that cannot be decorated, by URL namespace. The admin asks for its own permissions besides.
NAMESPACES = {"admin": STAFF}
COOKIE_AGE = 12 * 3600  # seconds: a working day, then the mailed link opens the dossier again
MAX_LINKS = 20
WAITS = "Votre session a pris fin. Votre saisie est gardée un quart d’heure : connectez-vous pour la retrouver."
SESSION_OVER = "Votre session a pris fin. Envoyez la page pour vous connecter : vous retrouverez ensuite votre saisie."

V = TypeVar("V", bound=Callable[..., HttpResponse])


def audience(who: str) -> Callable[[V], V]:
    """Declare who a view is for: PUBLIC, LINK (holders of a personal link), ACCOUNT (who logged in) or STAFF.

    PASSWORD is for who gave the password and has yet to pass the second step: the pages of that step.
    """

    def mark(view: V) -> V:
        view.audience = who  # type: ignore[attr-defined]
        return view

    return mark


@dataclass
class Visitor:
    """Who is asking: an account (or nobody) and the links this browser has opened."""

    user: Any
    link_ids: list[UUID] = field(default_factory=list)


def linked_ids(visitor: Visitor, model: type[models.Model], purpose: str) -> models.QuerySet:
    """Subquery: keys of the rows of `model` that the visitor's living links point to."""
    links = AccessLink.objects.alive(pk__in=visitor.link_ids, subject_type=model._meta.label_lower, purpose=purpose)
    return links.values("subject_id")


class AccessMiddleware:
    """Says who is asking (`request.visitor`), refuses a view without an audience, keeps private pages out of caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.visitor = Visitor(user=request.user, link_ids=_read_cookie(request))  # type: ignore[attr-defined]
        response = self.get_response(request)
        # A public page shows who is logged in: kept by the browser, « Précédent » would show it after the logout (D7).
        named = settings.SESSION_COOKIE_NAME in request.COOKIES and not response.has_header("Cache-Control")
        if named or getattr(request, "private_page", True):
            add_never_cache_headers(response)
        if getattr(request, "has_owner", False):
            kept.mark_owner(request, response)
            kept.keep_refused(request, response)
            kept.spend(request, response)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        who = _audience_of(view, request)
        if who is None:
            raise PermissionDenied(f"{view!r} declares no audience")
        # Public pages may be kept by the browser; what shows a dossier may not be kept by anyone.
        request.private_page = who != PUBLIC  # type: ignore[attr-defined]
        answer = _turned_away(request, who)
        # Not of the pages of the second step: who has only the password owns no form here.
        request.has_owner = answer is None and who in (ACCOUNT, STAFF)  # type: ignore[attr-defined]
        return answer


def _audience_of(view: Any, request: HttpRequest) -> str | None:
    match = request.resolver_match
    return getattr(view, "audience", None) or NAMESPACES.get(match.namespaces[0] if match and match.namespaces else "")


def wants_login(request: HttpRequest) -> bool:
    """Whether the page asked for is one to log in for."""
    match = request.resolver_match
    return match is not None and _audience_of(match.func, request) in (ACCOUNT, STAFF)


def passed_both_steps(user: Any) -> bool:
    """Whether this is somebody whose second step is done: django-otp hangs the device that did it on the user.

    A browser remembered from an earlier day stands for it, but not for staff (D-02).
    """
    device = getattr(user, "otp_device", None)
    return device is not None and not (user.is_staff and getattr(device, "remembered", False))


def _turned_away(request: HttpRequest, who: str) -> HttpResponse | None:
    """Where to send a visitor for whom the page is not, or not yet; None when it is."""
    if who not in (PASSWORD, ACCOUNT, STAFF):
        return None
    if not request.user.is_authenticated:
        return _to_log_in(request, settings.LOGIN_URL, keep=who != PASSWORD)
    if who != PASSWORD and not passed_both_steps(request.user):
        return _to_log_in(request, settings.FACTOR_URL)
    if who == STAFF and not request.user.is_staff:
        raise PermissionDenied
    return None


def _to_log_in(request: HttpRequest, url: str, keep: bool = True) -> HttpResponse:
    """To the login page, and back to the page afterwards: what was typed in its form waits there (core.kept)."""
    page = _way_back(request)
    response: HttpResponse = redirect_to_login(page, url)
    if request.headers.get("HX-Request"):
        # A part of a page: the login page would be put in its place. Another click on the page leads there.
        response = HttpResponse(SESSION_OVER)
    if keep:
        kept.keep(request, response, page)
        if response.status_code == 302 and getattr(request, "just_kept", False):
            messages.info(request, WAITS)
    return response


def _way_back(request: HttpRequest) -> str:
    """The page to come back to once logged in: for a form that was sent, the page on which it stood."""
    page = urlsplit(request.headers.get("Referer", ""))
    if request.method in ("GET", "HEAD") or page.netloc != request.get_host():
        return request.get_full_path()
    return f"{page.path}?{page.query}" if page.query else page.path


def grant(response: HttpResponse, request: HttpRequest, link: AccessLink) -> HttpResponse:
    """Remember in this browser that it opened `link`."""
    links = [link.pk] + [known for known in request.visitor.link_ids if known != link.pk]  # type: ignore[attr-defined]
    return _write_cookie(response, links[:MAX_LINKS])


def follow(request: HttpRequest, link: AccessLink, address: str) -> HttpResponse:
    """Go on from a link to what it opens: its token leaves the address bar, and stays out of referrers and caches."""
    response = grant(HttpResponseRedirect(address), request, link)
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    return response


def forget(response: HttpResponse, request: HttpRequest, subject: Any) -> HttpResponse:
    """Forget the links to `subject`: the person leaves, perhaps from somebody else's computer."""
    gone = set(AccessLink.objects.about(subject).values_list("pk", flat=True))
    return _write_cookie(response, [pk for pk in request.visitor.link_ids if pk not in gone])  # type: ignore[attr-defined]


def _write_cookie(response: HttpResponse, links: list[UUID]) -> HttpResponse:
    name, secure = settings.ACCESS_COOKIE_NAME, settings.SESSION_COOKIE_SECURE
    if not links:
        response.delete_cookie(name, samesite="Lax")
        return response
    value = signing.dumps([pk.hex for pk in links], salt="access", compress=True)
    response.set_cookie(name, value, max_age=COOKIE_AGE, secure=secure, httponly=True, samesite="Lax")
    return response


def _read_cookie(request: HttpRequest) -> list[UUID]:
    value = request.COOKIES.get(settings.ACCESS_COOKIE_NAME)
    if not value:
        return []
    try:
        return [UUID(pk) for pk in signing.loads(value, salt="access", max_age=COOKIE_AGE)]
    except (signing.BadSignature, ValueError, TypeError):
        return []
