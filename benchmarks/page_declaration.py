"""CPU per request of the declaration's four steps with 5,000 employees against Django's own admin login page.

The step that lists them keeps to the budget of a list (10 ×, 10 queries), the others to that of a wizard's step (4 ×).
All four show last year's declaration beside this one's, so they may make the queries of a list.
"""

from __future__ import annotations

from datetime import date

from django.urls import reverse

from benchmarks.data import account_cookie, employed, header
from benchmarks.harness import Result, compare_pages, count_queries, our_page, our_site, stock_login_page
from contributions import workflow
from core.dates import today
from membership.models import Employee, Member
from tests.factories import COMPANY
from tests.factories_contributions import STEPS, CampaignFactory, DeclarationFactory, fill

EMPLOYEES = 5_000
LIMITS = {"declarations": 4.0, "salaries": 10.0, "cotisation": 4.0, "validation": 4.0}
MAX_QUERIES = 10


def measure() -> Result:
    """The step nearest to its limit counts: the ratio is its share of it."""
    member = _declared_last_year()
    declaration = fill(DeclarationFactory(campaign=CampaignFactory(year=today().year), member=member))
    cookie = header(account_cookie(member))
    paths = {slug: reverse("contributions:step", args=[member.pk, declaration.pk, slug]) for slug in STEPS}
    with our_site() as site, stock_login_page() as peer:
        queries = {name: count_queries(path, cookie=cookie) for name, path in paths.items()}
        costs, peer_ms = compare_pages({name: our_page(site, path, cookie) for name, path in paths.items()}, peer)
    steps = {name: {**cost, "limit": LIMITS[name], "queries": queries[name]} for name, cost in costs.items()}
    share = max(cost["ratio"] / LIMITS[name] for name, cost in costs.items())
    detail = {"employees": EMPLOYEES, "peer_ms": peer_ms, "steps": steps}
    return Result("page_declaration", share, 1.0, detail, ok=max(queries.values()) <= MAX_QUERIES)


def _declared_last_year() -> Member:
    """A member whose list was declared last year: what changed since is worked out on each page."""
    member, year = employed(EMPLOYEES), today().year
    Employee.objects.filter(establishment=member.establishment).update(hired_on=date(2015, 1, 1), left_on=None)
    before = fill(DeclarationFactory(campaign=CampaignFactory(year=year - 1), member=member))
    workflow.validate(before, by=COMPANY)
    gone = Employee.objects.filter(establishment=member.establishment).order_by("pk")[:40]
    Employee.objects.filter(pk__in=list(gone.values_list("pk", flat=True))).update(left_on=date(year - 1, 6, 30))
    return member
