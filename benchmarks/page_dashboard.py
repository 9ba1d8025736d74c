"""CPU per request of a campaign's dashboard and of its list of declarations, with 50,000 of them, against Django's
admin login page: at most 16 ×, 10 queries.

The dashboard's figures are kept for ten minutes, so the warm page is measured, as most are; what working them out anew
costs is told beside it. The list is the one staff search and filter, fifty rows a page.
"""

from __future__ import annotations

import time
from datetime import date, timedelta
from decimal import Decimal

from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from benchmarks.data import header, staff_cookie
from benchmarks.harness import Result, compare_pages, count_queries, our_page, our_site, stock_login_page
from contributions import dashboard
from contributions.models import Campaign, Declaration
from contributions.states import CampaignState, State
from core.dates import today
from membership.models import Establishment, Member
from tests.factories import make_operator, make_siret

LIMIT = 16.0
MAX_QUERIES = 10
MEMBERS = 50_000
BATCH = 5000


def measure() -> Result:
    """The dearer of the two pages counts."""
    campaign = _fill()
    cookie = header(staff_cookie())
    board = reverse("admin:contributions_campaign_board", args=[campaign.pk])
    listing = reverse("admin:contributions_declaration_changelist") + f"?campaign__id__exact={campaign.pk}"
    paths = {"board": board, "list": reverse("admin:contributions_declaration_changelist"), "filtered": listing}
    cache.clear()
    start = time.process_time()
    dashboard.figures(dashboard.with_tariff(campaign.pk))
    cold_ms = round((time.process_time() - start) * 1000)
    with our_site() as site, stock_login_page() as peer:
        queries = {name: count_queries(path, cookie=cookie) for name, path in paths.items()}
        costs, peer_ms = compare_pages(
            {name: our_page(site, path, cookie) for name, path in paths.items()}, peer, requests=20, rounds=3
        )
    views = {name: {**cost, "queries": queries[name]} for name, cost in costs.items()}
    detail = {"declarations": MEMBERS, "figures_anew_ms": cold_ms, "peer_ms": peer_ms, "pages": views}
    worst = max(cost["ratio"] for cost in costs.values())
    return Result("page_dashboard", worst, LIMIT, detail, ok=max(queries.values()) <= MAX_QUERIES)


def _fill() -> Campaign:
    """Two campaigns, last year's declared by all, this year's half way."""
    year = today().year
    campaigns = []
    for each in (year - 1, year):
        make_operator(each)
        days = {"opens_on": date(each, 1, 2), "deadline": date(each, 12, 31)}
        campaigns.append(Campaign.objects.create(year=each, state=CampaignState.OPEN, opened_at=timezone.now(), **days))
    before, now = campaigns
    for start in range(0, MEMBERS, BATCH):
        places = [
            Establishment(siret=make_siret(number), name=f"Société {number:06d}")
            for number in range(start, start + BATCH)
        ]
        Establishment.objects.bulk_create(places)
        members = [
            Member(establishment=place, siret=place.siret, number=f"A{start + n:06d}", joined_on=date(2019, 1, 1))
            for n, place in enumerate(places)
        ]
        Member.objects.bulk_create(members)
        rows = [_declaration(before, member, n, declared=True) for n, member in enumerate(members)]
        rows += [_declaration(now, member, n, declared=n % 2 == 0) for n, member in enumerate(members)]
        Declaration.objects.bulk_create(rows, batch_size=1000)
    Campaign.objects.update(opened_count=MEMBERS, expected_count=MEMBERS)
    now.refresh_from_db()
    return now


def _declaration(campaign: Campaign, member: Member, number: int, *, declared: bool) -> Declaration:
    heads = 1 + number % 20
    net = Decimal(98 * heads)
    row = Declaration(campaign=campaign, member=member, expected_headcount=heads, expected_net=net)
    if declared:
        row.state, row.headcount, row.net, row.payment_mode = State.VALIDATED, heads, net, "transfer"
        row.vat, row.total = net / 5, net + net / 5
        row.started_at = row.validated_at = timezone.now() - timedelta(days=number % 50)
        row.lines = [{"label": "Suivi simple", "quantity": heads, "unit": "98.00", "amount": f"{net}.00"}]
    elif number % 3 == 0:
        row.started_at = timezone.now()
    return row
