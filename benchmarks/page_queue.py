"""CPU per request of the back office's home page against Django's admin login page: at most 16 ×, 10 queries.

The same at 10 and at 100,000 dossiers: the page may not grow with the table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.db import connection

from benchmarks.data import header, many, staff_cookie
from benchmarks.harness import Page, Result, compare_pages, count_queries, folder, our_page, our_site, stock_login_page
from membership.models import Application
from tests.harness.site import Site

LIMIT = 16.0
MAX_QUERIES = 10
SIZES = (10, 1_100, 100_000)
SHOWN = 50
# What 100,000 dossiers may cost beyond as many rows shown from few: noise.
NOISE = 1.25
PATHS = {"check": "/admin/", "overdue": "/admin/?vue=retard", "all": "/admin/?vue=tous"}


def measure() -> Result:
    """The worst of three tabs and of all sizes counts. Growth is judged where fifty rows show: 1,100 against 100,000.

    Each size has a database and a gunicorn of its own, and all take turns.
    """
    cookie = header(staff_cookie())
    rows: dict[str, int] = {}
    queries: dict[str, int] = {}
    with ExitStack() as stack:
        peer = stack.enter_context(stock_login_page())
        pages: dict[str, Page] = {}
        for size in SIZES:
            many(size - Application.objects.count(), first=Application.objects.count())
            site = stack.enter_context(_site_on_copy(size))
            for tab, path in PATHS.items():
                name = f"{size} {tab}"
                pages[name] = page = our_page(site, path, cookie)
                queries[name] = count_queries(path, cookie=cookie)
                rows[name] = len(re.findall(rb'<input type="checkbox" name="dossier"', page.plain()))
        costs, peer_ms = compare_pages(pages, peer)
    few, medium, large = SIZES
    growth = max(costs[f"{large} {tab}"]["ratio"] / costs[f"{medium} {tab}"]["ratio"] for tab in PATHS)
    detail = {
        "growth": round(growth, 2),
        "queries": max(queries.values()),
        "peer_ms": peer_ms,
        "note": f"{few} dossiers show fewer than {SHOWN} rows; growth compares {medium} and {large} dossiers",
        "pages": {name: {**cost, "queries": queries[name], "rows": rows[name]} for name, cost in costs.items()},
    }
    full = all(rows[f"{size} {tab}"] == SHOWN for size in (medium, large) for tab in PATHS)
    good = max(queries.values()) <= MAX_QUERIES and growth <= NOISE and full
    return Result("page_queue", max(cost["ratio"] for cost in costs.values()), LIMIT, detail, ok=good)


@contextmanager
def _site_on_copy(size: int) -> Iterator[Site]:
    """A gunicorn on a copy of the database as it is, with a cache of its own for the charts."""
    home = folder() / str(size)
    home.mkdir()
    _analyze()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(home / "copy.sqlite3")])
    with our_site(DATABASE_URL=f"sqlite:///{home / 'copy.sqlite3'}", VAR_DIR=str(home)) as site:
        yield site


def _analyze() -> None:
    """What the database does by itself some minutes after such a load."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
