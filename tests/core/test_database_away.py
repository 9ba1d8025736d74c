"""The database restarts, or does not answer: a real PostgreSQL and a real gunicorn."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import httpx
import pytest

from tests.harness.processes import ROOT
from tests.harness.servers import PostgresServer

pytestmark = pytest.mark.process
PAGE = "/communes/?postcode=91220"  # a public page that asks the database


@pytest.fixture
def site(postgres_server: PostgresServer, live_gunicorn: Callable):
    url = postgres_server.create("away")
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "DATABASE_URL": url}, check=True)
    return live_gunicorn(database=url)


@pytest.mark.fault("G9")
def test_a_restart_costs_at_most_one_request(site, postgres_server: PostgresServer) -> None:
    with httpx.Client(base_url=site.url) as client:
        assert [client.get(PAGE).status_code for _ in range(5)] == [200] * 5
        postgres_server.restart()
        after = [client.get(PAGE).status_code for _ in range(10)]
    assert after.count(200) >= 9
    assert after[1:] == [200] * 9


@pytest.mark.fault("G10")
def test_without_a_database_the_page_says_whom_to_call_and_comes_back_by_itself(
    site, postgres_server: PostgresServer
) -> None:
    with httpx.Client(base_url=site.url, timeout=30) as client:
        assert client.get(PAGE).status_code == 200
        postgres_server.stop()
        answer = client.get(PAGE)
        assert answer.status_code == 503
        assert "01 23 45 67 89" in answer.text.replace("\u00a0", " ")
        assert client.get("/sante/vivant/").status_code == 200
        assert client.get("/sante/pret/").status_code == 503
        postgres_server.start()
        assert client.get(PAGE).status_code == 200
        assert client.get("/sante/pret/").status_code == 200
