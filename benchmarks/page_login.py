"""CPU per request of our login page against Django's own admin login page, the leanest page of its kind."""

from __future__ import annotations

from benchmarks.harness import Result, compare_pages, count_queries, our_page, our_site, stock_login_page

LIMIT = 1.0


def measure() -> Result:
    """The page as somebody meets it who is not logged in: it asks the database nothing."""
    path = "/connexion/"
    with our_site() as site, stock_login_page() as peer:
        queries = count_queries(path)
        costs, peer_ms = compare_pages({"login": our_page(site, path)}, peer)
    detail = {"queries": queries, "peer_ms": peer_ms, **costs["login"]}
    return Result("page_login", costs["login"]["ratio"], LIMIT, detail, ok=queries == 0)
