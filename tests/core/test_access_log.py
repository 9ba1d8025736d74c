"""What a real gunicorn writes about a personal link."""

from __future__ import annotations

import json
import socket
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


@pytest.mark.process
@pytest.mark.fault("F5", "H4")
@pytest.mark.parametrize(
    "sent",
    [
        b"GET /adhesion/?q=Claire Durand HTTP/1.1\r\n\r\n",
        b"GET /adhesion/ HTTP/1.1\r\nHost: x\r\nDurand\r\n\r\n",
    ],
)
def test_what_is_no_request_is_not_quoted(live_site, sent):
    told = live_site.log.count("Invalid request")
    with socket.create_connection(("127.0.0.1", live_site.port), timeout=30) as raw:
        raw.sendall(sent)
        assert raw.recv(100).startswith(b"HTTP/1.1 400")
    wait_until(lambda: live_site.log.count("Invalid request") == told + 1)
    assert "Durand" not in live_site.log
