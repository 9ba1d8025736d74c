"""Counting what comes from one place, so that nobody can try everything."""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.locmem import LocMemCache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.locks import alone

logger = logging.getLogger(__name__)

# What this process counts by itself while the shared cache is away: that must neither close a page nor open a door.
_own = LocMemCache("throttle", {"OPTIONS": {"MAX_ENTRIES": 10_000}})
_own_until = 0.0
OWN_SECONDS = 10  # before the shared cache is asked again: each try may cost its time-out


def client_ip(request: HttpRequest) -> str:
    """Where the caller is: an IPv4 address, or the /64 of an IPv6 one, whose owner has 2⁶⁴ addresses to change to.

    X-Forwarded-For is believed only as far as our own proxies wrote it.
    """
    written = _written_ip(request)
    try:
        address = ipaddress.ip_address(written)
    except ValueError:
        return written
    if isinstance(address, ipaddress.IPv4Address):
        return written
    return str(address.ipv4_mapped or ipaddress.ip_network((address.packed, 64), strict=False))


def _written_ip(request: HttpRequest) -> str:
    if settings.TRUSTED_PROXIES:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        if len(hops) >= settings.TRUSTED_PROXIES:
            return hops[-settings.TRUSTED_PROXIES]
    return request.META.get("REMOTE_ADDR", "")


def hit(scope: str, who: str, *, limit: int, seconds: int, much: int = 1) -> bool:
    """Count one try, or `much`; True when `who` has now made more than `limit` in `seconds`. `who` is stored hashed."""
    global _own_until
    key = _key(scope, who)
    if time.monotonic() >= _own_until:
        try:
            return _count(caches["default"], key, seconds, much) > limit
        except Exception as error:  # each cache has its own
            _own_until = time.monotonic() + OWN_SECONDS
            logger.warning("throttle: no shared cache", extra={"error_type": type(error).__name__})
    return _count(_own, key, seconds, much) > limit


def give_back(scope: str, who: str, *, all_of_them: bool = False) -> None:
    """Uncount the last try, which was a good one; or all of them, once somebody has shown who he is."""
    key = _key(scope, who)
    stores = [_own] if time.monotonic() < _own_until else [_own, caches["default"]]
    for store in stores:
        try:
            if all_of_them:
                store.delete(key)
            else:
                _uncount(store, key)
        except Exception as error:  # a try too many counted closes no door for long
            logger.warning("throttle: no shared cache", extra={"error_type": type(error).__name__})


def _key(scope: str, who: str) -> str:
    return f"throttle:{scope}:{hashlib.sha256(who.encode()).hexdigest()[:32]}"


def _uncount(store: Any, key: str) -> None:
    if isinstance(store, FileBasedCache):
        with _alone(store):
            count, ends = store.get(key) or (0, 0)
            if count:
                store.set(key, (count - 1, ends), max(ends - time.time(), 1))
        return
    try:
        store.decr(key)
    except ValueError:
        pass  # never counted here, or expired


def _count(store: Any, key: str, seconds: int, much: int = 1) -> int:
    """How much was counted of `key` in the last `seconds`, this time included."""
    if isinstance(store, FileBasedCache):
        return _count_in_files(store, key, seconds, much)
    if store.add(key, much, seconds):
        return much
    try:
        return int(store.incr(key, much))
    except ValueError:  # expired between the two calls
        store.set(key, much, seconds)
        return much


def _count_in_files(store: FileBasedCache, key: str, seconds: int, much: int) -> int:
    """A cache in files forgets when a count ends as soon as it is raised: its end is kept beside it."""
    now = time.time()
    with _alone(store):
        count, ends = store.get(key) or (0, now + seconds)
        store.set(key, (count + much, ends), max(ends - now, 1))
    return int(count) + much


def _alone(store: FileBasedCache) -> AbstractContextManager[None]:
    """Files know no « one more »: of many at once, in threads or processes, each reads what the one before wrote."""
    folder = Path(store._dir)  # type: ignore[attr-defined]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return alone(folder / "throttle.lock")


def too_many(request: HttpRequest) -> HttpResponse:
    """What to answer once `hit` says that it is too much."""
    return render(request, "errors/too_many.html", status=429)
