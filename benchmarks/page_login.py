"""CPU per request of our login page against Django's own admin login page, the leanest page of its kind; and whether
the time of its answer to a wrong password tells an address that has an account from one that has none (B1)."""

from __future__ import annotations

import http.client
import statistics
import time
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.hashers import make_password

from accounts.models import User
from benchmarks.harness import Result, compare_pages, count_queries, our_page, our_site, stock_login_page
from tests.harness.site import Site

LIMIT = 1.0
PATH = "/connexion/"
TRIES = 50  # of each kind of address
MAX_GAP = 0.10  # between the two medians


def measure() -> Result:
    """The page as somebody meets it who is not logged in: it asks the database nothing."""
    hashed = make_password("Un-mot-de-passe-2026")
    User.objects.bulk_create(User(email=_address("connue", turn), password=hashed) for turn in range(TRIES))
    # Behind a proxy, so that each try comes from elsewhere: thirty from one place would close the door.
    with our_site(TRUSTED_PROXIES="1") as site, stock_login_page() as peer:
        queries = count_queries(PATH)
        costs, peer_ms = compare_pages({"login": our_page(site, PATH)}, peer)
        known, unknown = _wrong_passwords(site)
    gap = abs(known - unknown) / min(known, unknown)
    wrong = {"known_ms": round(known, 1), "unknown_ms": round(unknown, 1), "gap": round(gap, 3), "max_gap": MAX_GAP}
    detail = {"queries": queries, "peer_ms": peer_ms, **costs["login"], **wrong}
    return Result("page_login", costs["login"]["ratio"], LIMIT, detail, ok=queries == 0 and gap < MAX_GAP)


def _address(name: str, turn: int) -> str:
    return f"{name}{turn}@guichet.example"


def _wrong_passwords(site: Site) -> tuple[float, float]:
    """Median milliseconds of the refusal for addresses that have an account, and for others: by turns, A B B A."""
    taken: dict[str, list[float]] = {"connue": [], "libre": []}
    for turn in range(TRIES):
        for name in ("connue", "libre") if turn % 2 else ("libre", "connue"):
            taken[name].append(_refused(site, _address(name, turn), place=f"10.{len(name)}.0.{turn}"))
    return statistics.median(taken["connue"]), statistics.median(taken["libre"])


def _refused(site: Site, email: str, *, place: str) -> float:
    """Milliseconds of one wrong password, as its sender counts them."""
    token = "a" * 32  # the page's own form holds the cookie's token, masked or not
    body = urlencode({"csrfmiddlewaretoken": token, "email": email, "password": "Ce-n-est-pas-2026-lui"})
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"{settings.CSRF_COOKIE_NAME}={token}",
        "X-Forwarded-For": place,
    }
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=120)
    connection.connect()
    start = time.perf_counter()
    connection.request("POST", PATH, body, headers)
    answer = connection.getresponse()
    answer.read()
    end = time.perf_counter()
    connection.close()
    if answer.status != 422:
        raise RuntimeError(f"{PATH}: {answer.status}")
    return (end - start) * 1000
