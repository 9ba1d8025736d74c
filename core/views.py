"""Pages that belong to no portal: errors, the operator's colours, the communes of a postcode."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template import loader
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from core.access import PUBLIC, audience, wants_login
from core.brand import brand, context
from core.commune_fields import commune_choices, readable_postcode
from core.communes import communes_by_postcode
from core.kept import RESENT, typed

logger = logging.getLogger(__name__)

SELECTED = SafeString(" selected")


# --- Errors -----------------------------------------------------------------------------------------------------------


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig | TooManyFilesSent):
        return too_large(request)
    return _plain_page(request, "400.html", 400)


def too_large(request: HttpRequest) -> HttpResponse:
    """More than can be received at once: nothing of it was read."""
    return _plain_page(request, "413.html", 413)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """« Cette page n’existe pas », or what the exception itself has to say: a `sentence`, or a `page` of its own."""
    if (page := getattr(exception, "page", None)) and (answer := page(request)):
        return answer
    return render(request, "404.html", {"sentence": getattr(exception, "sentence", "")}, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Something broke. When it is the database that went away, in a view or before it (who is asking?), that is said.

    Here, since no middleware sees what another one raises: Django asks for this page right where it happened.
    """
    error = sys.exception()
    if isinstance(error, OperationalError | InterfaceError):
        logger.error("database unavailable", exc_info=error)
        return unavailable(request)
    return _plain_page(request, "500.html", 500)


def unavailable(request: HttpRequest) -> HttpResponse:
    """The database does not answer: say when to come back, and keep what was typed."""
    response = _plain_page(request, "503.html", 503)
    response["Retry-After"] = "60"
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page's token is missing or too old: offer what was typed again, with a fresh one."""
    again = _resend(request)
    if again["resend"]:
        again["resend"].append((RESENT, "1"))
    again["login_first"] = not request.user.is_authenticated and wants_login(request)
    response = render(request, "errors/csrf.html", again, status=403)
    patch_cache_control(response, no_store=True, private=True)
    return response


def _plain_page(request: HttpRequest, template: str, status: int) -> HttpResponse:
    """A page made without the database, sessions or context processors: any of them may be what is broken."""
    html = loader.get_template(template).render(context(request) | _resend(request))
    response = HttpResponse(html, status=status)
    patch_cache_control(response, no_store=True, private=True)
    return response


def _resend(request: HttpRequest) -> dict[str, Any]:
    """What templates/errors/resend.html needs."""
    fields, has_files = typed_again(request)
    if not fields:
        return {"resend": [], "has_files": has_files}
    return {
        "resend": fields,
        "has_files": has_files,
        "path": request.get_full_path(),
        "csrf_token": get_token(request),
    }


def typed_again(request: HttpRequest) -> tuple[list[tuple[str, str]], bool]:
    """What the person had typed, to send again with one button, and whether files were with it.

    Only for a form of ours: on a request forged by another site, a button that sends it again would be a trap.
    Passwords and codes are left out (core.kept), and the back office, where one click decides, starts afresh.
    """
    if request.method != "POST" or not same_origin(request) or request.path.startswith(reverse("admin:index")):
        return [], False
    try:
        return [(name, value) for name, values in typed(request).items() for value in values], bool(request.FILES)
    except Exception:  # the body could not be read, which may be the very error that is reported
        return [], False


def same_origin(request: HttpRequest) -> bool:
    """Whether the request comes from a page of this site, by what the browser says and a page cannot forge."""
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site == "same-origin"
    origin = request.headers.get("Origin") or request.headers.get("Referer") or ""
    try:
        sent, ours = urlsplit(origin), urlsplit(request.build_absolute_uri("/"))
    except Exception:  # DisallowedHost, or an address nobody can read
        return False
    return (sent.scheme, sent.netloc) == (ours.scheme, ours.netloc)


# --- Look and data ----------------------------------------------------------------------------------------------------


@audience(PUBLIC)
@require_safe
def brand_css(request: HttpRequest) -> HttpResponse:
    """The operator's accent colour. Its address changes with what it holds, so browsers keep it."""
    response = HttpResponse(brand().stylesheet, content_type="text/css; charset=utf-8")
    patch_cache_control(response, public=True, max_age=365 * 24 * 3600, immutable=True)
    return response


@audience(PUBLIC)
@require_safe
def communes(request: HttpRequest) -> HttpResponse:
    """The options of a commune list for the postcode typed: the fragment that htmx puts in the list."""
    # The parameters are named as the fields are, prefix included: `billing_postcode`, `0-commune`.
    asked = {re.split("[_-]", name)[-1]: value for name, value in request.GET.items()}
    postcode = readable_postcode(asked.get("postcode", ""))
    choices = commune_choices(communes_by_postcode([postcode]).get(postcode, []))
    # What was chosen stays chosen: the answer may come after the choice.
    chosen = asked.get("commune")
    options = ((code, SELECTED if code and code == chosen else "", name) for code, name in choices)
    response = HttpResponse(format_html_join("\n", '<option value="{}"{}>{}</option>', options))
    patch_cache_control(response, private=True, max_age=3600)
    return response
