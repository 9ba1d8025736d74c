"""What was typed and could not be stored: given back to its person on the same page, and to nobody else.

First of all when the session had ended, once he has logged in again; and when he comes back, by « Précédent » say, to a
form that was refused.

The answers wait in the cache for a quarter of an hour, encrypted, under a key that a cookie of this browser holds.
Whose they are is known by another signed cookie (docs/decisions/0019). A view asks with `answers()`; nothing is ever
submitted by itself.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import resolve

from core.crypto import WrongKey, decrypt, encrypt

logger = logging.getLogger(__name__)

KEPT_SECONDS = 15 * 60
OWNER_AGE = 7 * 24 * 3600  # seconds: how long after its last page a browser knows whose forms it has open
OWNER_SALT = "owner"
RESENT = "_renvoi"  # in a form offered again with a fresh token: nobody knows any more who had opened it
MAX_KEPT = 200_000  # characters of text; of a longer entry the browser's « Précédent » alone has a copy
# The field that makes two sendings of one page one action. A form that is given back is another page than the one that
# was refused, which may be open still: with the same key, what is sent from it would count as done already.
ONCE = "key"
# Never kept, and never put back in a page, by what the field is called.
SECRET_NAMES = ("pass", "passe", "secret", "token", "code_", "otp", "csrfmiddlewaretoken")

ENDED = "Votre session avait pris fin : voici ce que vous aviez saisi. Vérifiez puis enregistrez."
AGAIN = "Voici ce que vous aviez saisi. Vérifiez puis enregistrez."


@dataclass(frozen=True)
class Kept:
    """Answers that wait for their person."""

    owner: str  # key of the account
    path: str  # what they were sent to
    page: str  # path of the page on which the form stood
    fields: dict[str, list[str]]
    words: str  # what the page says above them

    @property
    def data(self) -> QueryDict:
        """As a browser sends them, under a key of their own."""
        data = QueryDict(mutable=True)
        for name, values in self.fields.items():
            data.setlist(name, [str(uuid4())] if name == ONCE else values)
        return data


def typed(request: HttpRequest) -> dict[str, list[str]]:
    """What a POST holds that may be shown again: no password, code, file or token.

    As long as it was sent: Django refuses more than DATA_UPLOAD_MAX_MEMORY_SIZE. Raises what Django does when the body
    cannot be read.
    """
    return {
        name: [str(value) for value in values]
        for name, values in request.POST.lists()
        if name != RESENT and not any(word in name.lower() for word in SECRET_NAMES)
    }


# --- Whose forms this browser has open --------------------------------------------------------------------------------


def mark_owner(request: HttpRequest, response: HttpResponse) -> None:
    """Remember whose page this is, beyond the end of his session.

    Sound because logging in changes the CSRF token: a form that passes its check was opened since the last login here.
    """
    if _owner(request) != str(request.user.pk):
        value = signing.dumps(str(request.user.pk), salt=OWNER_SALT)
        _set_cookie(response, settings.OWNER_COOKIE_NAME, value, OWNER_AGE)


def _owner(request: HttpRequest) -> str:
    """The key of the account that last opened a page here; empty when nobody knows."""
    try:
        return str(
            signing.loads(request.COOKIES.get(settings.OWNER_COOKIE_NAME, ""), salt=OWNER_SALT, max_age=OWNER_AGE)
        )
    except signing.BadSignature:
        return ""


# --- Keeping ----------------------------------------------------------------------------------------------------------


def keep(request: HttpRequest, response: HttpResponse, page: str, words: str = ENDED) -> None:
    """Keep what this POST holds for whoever had opened its form. Its token was checked already (CSRF)."""
    known = request.user.is_authenticated
    owner = str(request.user.pk) if known else _owner(request)
    if request.method != "POST" or not owner or (RESENT in request.POST and not known):
        return
    fields = typed(request)
    if not any(value for name, values in fields.items() for value in values if name != "action"):
        return
    if sum(len(value) for values in fields.values() for value in values) > MAX_KEPT:
        return
    found = Kept(owner, request.path, urlsplit(page).path, fields, words)
    key = secrets.token_urlsafe(24)
    try:
        cache.set(_key(key), encrypt(json.dumps(asdict(found))), KEPT_SECONDS)
    except Exception as error:  # each cache has its own; the login page matters more
        logger.warning("typed answers not kept", extra={"error_type": type(error).__name__})
        return
    request.just_kept = True  # type: ignore[attr-defined]
    _set_cookie(response, settings.KEPT_COOKIE_NAME, key, KEPT_SECONDS)


def keep_refused(request: HttpRequest, response: HttpResponse) -> None:
    """Keep what a page has just refused (409, 422): a browser that comes back to it asks for the page alone."""
    if response.status_code in (409, 422):
        keep(request, response, request.path, AGAIN)


def spend(request: HttpRequest, response: HttpResponse) -> None:
    """Their person has sent them, or something else in their place: they are kept no longer."""
    if request.method != "POST" or getattr(request, "just_kept", False):
        return
    key = request.COOKIES.get(settings.KEPT_COOKIE_NAME)
    if key and (found := _read(request)) and found.path == request.path:
        cache.delete(_key(key))
        response.delete_cookie(settings.KEPT_COOKIE_NAME, samesite="Lax")


# --- Giving back ------------------------------------------------------------------------------------------------------


def answers(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: what has just been sent or, back from the login page, what was kept; else None."""
    if request.method == "POST":
        return request.POST
    found = find(request)
    return found.data if found and found.path == request.path else None


def sent_to(request: HttpRequest, url_name: str) -> tuple[dict[str, Any], QueryDict] | None:
    """For a form whose address holds a key of its own: what that address holds, and what was kept of the form."""
    found = find(request)
    match = resolve(found.path) if found else None
    return (match.kwargs, found.data) if found and match and match.view_name == url_name else None


def find(request: HttpRequest) -> Kept | None:
    """What waits for this person on this page; the page then says so."""
    if request.method != "GET" or settings.KEPT_COOKIE_NAME not in request.COOKIES:
        return None
    found = _read(request)
    if found is None or found.page != request.path:
        return None
    if not hasattr(request, "gave_back"):
        request.gave_back = True  # type: ignore[attr-defined]
        messages.info(request, found.words)
    return found


def _read(request: HttpRequest) -> Kept | None:
    """The answers of this browser if they are those of who is logged in."""
    try:
        text = cache.get(_key(request.COOKIES.get(settings.KEPT_COOKIE_NAME, "")))
        found = Kept(**json.loads(decrypt(text))) if text else None
    except WrongKey:
        return None
    except Exception as error:
        logger.warning("typed answers not found", extra={"error_type": type(error).__name__})
        return None
    return found if found and request.user.is_authenticated and found.owner == str(request.user.pk) else None


def _key(token: str) -> str:
    return f"kept:{hashlib.sha256(token.encode()).hexdigest()}"


def _set_cookie(response: HttpResponse, name: str, value: Any, seconds: int) -> None:
    secure = settings.SESSION_COOKIE_SECURE
    response.set_cookie(name, value, max_age=seconds, secure=secure, httponly=True, samesite="Lax")
