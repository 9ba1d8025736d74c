"""CPU per request of « Mes salariés » with 10,000 employees against Django's own admin login page: at most 10 ×, in 10
queries, and hardly more than with 100.

The page is as people open it: those present, by name. Searching, filtering and the last page read further and are told
beside it.
"""

from __future__ import annotations

from django.urls import reverse

from benchmarks.data import account_cookie, employed, header
from benchmarks.harness import Result, compare_pages, count_queries, our_page, our_site, stock_login_page

LIMIT = 10.0
MAX_QUERIES = 10
MAX_GROWTH = 1.25  # from 100 employees to 10,000
FEW, MANY = 100, 10_000
MORE = {"search": "?q=durand+42", "filter": "?suivi=SIR", "by_hiring": "?tri=embauche", "last": "?page=200"}


def measure() -> Result:
    few, many = employed(FEW), employed(MANY)
    cookie = header(account_cookie(few, many))
    address = {member.pk: reverse("space:employees", args=[member.pk]) for member in (few, many)}
    paths = {"few": address[few.pk], "many": address[many.pk]}
    paths |= {name: address[many.pk] + query for name, query in MORE.items()}
    with our_site() as site, stock_login_page() as peer:
        queries = {name: count_queries(path, cookie=cookie) for name, path in paths.items()}
        costs, peer_ms = compare_pages({name: our_page(site, path, cookie) for name, path in paths.items()}, peer)
    growth = costs["many"]["ratio"] / costs["few"]["ratio"]
    views = {name: {**cost, "queries": queries[name]} for name, cost in costs.items()}
    detail = {"employees": MANY, "growth": round(growth, 2), "max_growth": MAX_GROWTH, "peer_ms": peer_ms, **views}
    ok = growth <= MAX_GROWTH and max(queries.values()) <= MAX_QUERIES
    return Result("page_employees", costs["many"]["ratio"], LIMIT, detail, ok=ok)
