"""CPU per request of the back office's home page against Django's admin login page: at most 16 ×, 10 queries.

The same at 10 and at 100,000 dossiers: the page may not grow with the table.
"""

from __future__ import annotations

import re
from typing import Any

from django.db import connection

from benchmarks.data import header, many, staff_cookie
from benchmarks.harness import Page, Result, compare_pages, count_queries, our_page, our_site, stock_login_page

LIMIT = 16.0
MAX_QUERIES = 10
SIZES = (10, 100_000)
SHOWN = 50
# What 100,000 dossiers may cost beyond as many rows shown from few: noise.
NOISE = 1.25
PATHS = {"check": "/admin/", "overdue": "/admin/?vue=retard", "all": "/admin/?vue=tous"}


def measure() -> Result:
    """The worst of both sizes and of three tabs counts. Growth is judged at fifty rows shown: 1,100 against 100,000."""
    cookie = header(staff_cookie())
    found: dict[str, Any] = {}
    with our_site() as site, stock_login_page() as peer:
        pages = {name: our_page(site, path, cookie) for name, path in PATHS.items()}
        many(SIZES[0])
        found["10"] = _measured(pages, peer, cookie)
        many(1_090, first=SIZES[0])
        found["1100"] = _measured(pages, peer, cookie)
        many(SIZES[1] - 1_100, first=1_100)
        _analyze()
        found["100000"] = _measured(pages, peer, cookie)
    worst = max(page["ratio"] for pages in found.values() for page in pages.values())
    queries = max(page["queries"] for pages in found.values() for page in pages.values())
    growth = max(found["100000"][name]["ratio"] / found["1100"][name]["ratio"] for name in PATHS)
    shown = min(page["rows"] for page in found["100000"].values())
    detail = {
        "growth": round(growth, 2),
        "queries": queries,
        "rows_shown": shown,
        "note": "at 10 dossiers the page shows fewer rows; growth compares 1,100 and 100,000 with 50 rows shown",
        "by_dossiers": found,
    }
    good = queries <= MAX_QUERIES and growth <= NOISE and shown == SHOWN
    return Result("page_queue", worst, LIMIT, detail, ok=good)


def _measured(pages: dict[str, Page], peer: Page, cookie: str) -> dict[str, Any]:
    costs, peer_ms = compare_pages(pages, peer, rounds=3)
    return {
        name: {
            **costs[name],
            "peer_ms": peer_ms,
            "queries": count_queries(PATHS[name], cookie=cookie),
            "rows": len(re.findall(rb'<input type="checkbox" name="dossier"', page.plain())),
        }
        for name, page in pages.items()
    }


def _analyze() -> None:
    """What the database does by itself some minutes after such a load."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
