"""The database restarts, or does not answer: a real PostgreSQL and a real gunicorn."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import httpx
import pytest
from django.conf import settings

from tests.harness.processes import ROOT, wait_until
from tests.harness.servers import PostgresServer
from tests.harness.site import Site

pytestmark = [pytest.mark.process, pytest.mark.once]  # the database is a cluster of its own on both engines
PAGE = "/communes/?postcode=91220"  # a public page that asks the database


@pytest.fixture(scope="module")
def postgres_server() -> Iterator[PostgresServer]:
    """Not one for each test: migrations take their time."""
    server = PostgresServer()
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "DATABASE_URL": server.create("away")}, check=True)
    yield server
    server.remove()


@pytest.fixture
def site(postgres_server: PostgresServer, live_gunicorn: Callable) -> Iterator[Site]:
    yield live_gunicorn(database=postgres_server.url("away"))
    postgres_server.restart()  # however the test left it


@pytest.mark.fault("G9")
def test_a_restart_costs_at_most_one_request(site: Site, postgres_server: PostgresServer) -> None:
    with httpx.Client(base_url=site.url, timeout=30) as client:
        assert [client.get(PAGE).status_code for _ in range(5)] == [200] * 5
        postgres_server.restart()
        after = [client.get(PAGE).status_code for _ in range(10)]
    assert after.count(200) >= 9
    assert after[1:] == [200] * 9


@pytest.mark.fault("G10")
def test_without_a_database_the_page_says_whom_to_call_and_comes_back_by_itself(
    site: Site, postgres_server: PostgresServer
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
        wait_until(lambda: client.get("/sante/pret/").status_code == 200)  # kept for a few seconds


LOG_IN = """
from django.test import Client
from tests.factories import UserFactory, sign_in
from tests.factories_space import make_manager, make_member
for user in (UserFactory(is_staff=True, is_superuser=True), make_manager(make_member())):
    client = Client()
    sign_in(client, user)
    print(client.session.session_key)
"""


@pytest.mark.fault("G10")
def test_who_is_logged_in_reads_the_same(site: Site, postgres_server: PostgresServer) -> None:
    """Who is asking is found in the database before any view: that too may be what does not answer."""
    command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", LOG_IN]
    environment = {**os.environ, "DATABASE_URL": postgres_server.url("away")}
    made = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    staff, manager = made.stdout.split()
    pages = [("/admin/", staff), ("/espace/", manager)]

    def ask() -> list[httpx.Response]:
        cookies = [{settings.SESSION_COOKIE_NAME: key} for _, key in pages]
        return [
            httpx.get(site.url + path, cookies=mine, timeout=30, follow_redirects=True)
            for (path, _), mine in zip(pages, cookies, strict=True)
        ]

    assert [answer.status_code for answer in ask()] == [200, 200]
    postgres_server.stop()
    for answer in ask():
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "60"
        assert "momentanément indisponible" in answer.text
    postgres_server.start()
    assert [answer.status_code for answer in ask()] == [200, 200]
