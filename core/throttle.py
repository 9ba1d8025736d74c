"""Counting what comes from one place, so that nobody can try everything."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def client_ip(request: HttpRequest) -> str:
    """The address of the caller. X-Forwarded-For is believed only as far as our own proxies wrote it."""
    if settings.TRUSTED_PROXIES:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        if len(hops) >= settings.TRUSTED_PROXIES:
            return hops[-settings.TRUSTED_PROXIES]
    return request.META.get("REMOTE_ADDR", "")


def hit(scope: str, who: str, *, limit: int, seconds: int) -> bool:
    """Count one try; True when `who` has now made more than `limit` in `seconds`. `who` is stored hashed."""
    key = f"throttle:{scope}:{hashlib.sha256(who.encode()).hexdigest()[:32]}"
    if cache.add(key, 1, seconds):
        return limit < 1
    try:
        return cache.incr(key) > limit
    except ValueError:  # expired between the two calls
        cache.set(key, 1, seconds)
        return limit < 1


def too_many(request: HttpRequest) -> HttpResponse:
    """What to answer once `hit` says that it is too much."""
    return render(request, "errors/too_many.html", status=429)
