"""CPU per request of the wizard's steps against Django's own admin login page: at most 4 ×, 4 queries each.

The last step shows the answers of all the others on one page: it keeps to the CPU of a step and the queries of a list.
"""

from __future__ import annotations

from benchmarks.data import draft, header, link_cookie
from benchmarks.harness import Result, compare_pages, count_queries, our_page, our_site, stock_login_page
from membership.steps import WIZARD

LIMIT = 4.0
MAX_QUERIES, MAX_QUERIES_OF_SUMMARY = 4, 10
EMPLOYEES = 50  # a page of the list


def measure() -> Result:
    """The heaviest step counts. All of them are shown filled in, the list of employees with fifty rows."""
    dossier = draft(EMPLOYEES)
    cookie = header(link_cookie(dossier))
    paths = {step.slug: f"/adhesion/{dossier.pk}/etape/{step.slug}/" for step in WIZARD.steps}
    with our_site() as site, stock_login_page() as peer:
        queries = {name: count_queries(path, cookie=cookie) for name, path in paths.items()}
        pages = {name: our_page(site, path, cookie) for name, path in paths.items()}
        costs, peer_ms = compare_pages(pages, peer)
    heaviest = max(costs, key=lambda name: costs[name]["ratio"])
    steps = {name: {**cost, "queries": queries[name]} for name, cost in costs.items()}
    detail = {"heaviest": heaviest, "employees_shown": EMPLOYEES, "peer_ms": peer_ms, "steps": steps}
    *asking, summary = paths
    allowed = {**dict.fromkeys(asking, MAX_QUERIES), summary: MAX_QUERIES_OF_SUMMARY}
    if too_many := [name for name, count in queries.items() if count > allowed[name]]:
        detail["too_many_queries"] = too_many
    return Result("page_wizard", costs[heaviest]["ratio"], LIMIT, detail, ok=not too_many)
