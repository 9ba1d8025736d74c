"""« Se souvenir de ce navigateur pendant 30 jours »: a cookie that passes the second step for one account."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import TrustedBrowser, User
from accounts.models.factor import TRUST_LIFETIME
from core.models.link import token_hash

# In the order in which they are looked for: most of them also claim to be those below.
_BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
_SYSTEMS = {
    "Windows": "sous Windows",
    "iPhone": "sur iPhone",
    "iPad": "sur iPad",
    "Android": "sous Android",
    "Mac OS": "sur Mac",
    "CrOS": "sur Chromebook",
    "Linux": "sous Linux",
}


def label(agent: str) -> str:
    """What to call a browser, by words of our own: « Firefox sous Windows »."""
    browser = next((name for mark, name in _BROWSERS.items() if mark in agent), "Navigateur inconnu")
    system = next((name for mark, name in _SYSTEMS.items() if mark in agent), "")
    return f"{browser} {system}".strip()


def remember(request: HttpRequest, response: HttpResponse, user: User) -> TrustedBrowser:
    """Trust this browser, which has just passed the second step."""
    token, now = secrets.token_urlsafe(32), timezone.now()
    browser = TrustedBrowser.objects.create(
        user=user,
        name=label(request.headers.get("User-Agent", "")),
        token_hash=token_hash(token),
        created_at=now,
        last_used_at=now,
        expires_at=now + TRUST_LIFETIME,
    )
    response.set_cookie(
        settings.TRUST_COOKIE_NAME,
        f"{browser.pk}.{token}",
        max_age=TRUST_LIFETIME,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return browser


def recognise(request: HttpRequest, user: User) -> TrustedBrowser | None:
    """The trusted browser of `user` whose cookie this is. One query, which also dates its last use."""
    pk, token = _cookie(request)
    if not pk:
        return None
    browser = TrustedBrowser(pk=pk, user=user)
    found = TrustedBrowser.objects.alive(pk=pk, user=user, token_hash=token_hash(token))
    return browser if found.update(last_used_at=timezone.now()) else None


def current(request: HttpRequest) -> int:
    """The key that this browser's cookie names, right or not: to mark its line in the list."""
    return _cookie(request)[0]


def _cookie(request: HttpRequest) -> tuple[int, str]:
    pk, _, token = request.COOKIES.get(settings.TRUST_COOKIE_NAME, "").partition(".")
    # Longer numbers than a column can hold would be an error in the database.
    return (int(pk), token) if pk.isascii() and pk.isdigit() and len(pk) < 19 else (0, "")
