"""What a real gunicorn writes about a personal link."""

from __future__ import annotations

import json
from datetime import timedelta

import httpx
import pytest

from core.models import AccessLink
from membership.models.application import LINK
from tests.factories import ApplicationFactory
from tests.harness.processes import wait_until


@pytest.mark.process
@pytest.mark.fault("C5", "F5", "H4")
def test_no_token_query_or_agent_reaches_the_log_of_the_server(live_site):
    _, token = AccessLink.issue(ApplicationFactory(), LINK, timedelta(days=1))
    answer = httpx.get(
        f"{live_site.url}/adhesion/reprendre/{token}/",
        params={"siret": "73282932000074"},
        headers={"User-Agent": "forged\x85agent\u2028".encode(), "Referer": f"http://x/{token}"},
        timeout=30,
    )
    assert answer.status_code == 302
    httpx.get(f"{live_site.url}/adhesion/reprendre/{token}x/", timeout=30)
    wait_until(lambda: live_site.log.count("adhesion/reprendre/<str:token>/") >= 2)
    for secret in (token, "73282932000074", "forged"):
        assert secret not in live_site.log
    for line in live_site.log.splitlines():
        if line.startswith("{"):
            json.loads(line)
