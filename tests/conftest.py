"""Fixtures for the whole suite; tests/README.md explains them. The environment is set in harness/environment.py."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_django
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Browser, Page, expect, sync_playwright

from core import throttle
from tests.documents.samples import EICAR, MARKER
from tests.harness.browser import CHROMIUM_ARGS, chromium
from tests.harness.databases import copied
from tests.harness.laid_out import read_laid_out
from tests.harness.servers import ClamdServer, PostgresServer, RedisServer
from tests.harness.site import Celery, Site, collect_static, start_beat, start_worker
from tests.harness.smtp import SmtpServer
from tests.harness.tcp import BrokenTcp, HttpServer, Talker

VAR = Path(os.environ["VAR_DIR"])
LONG = 600  # seconds
PATIENCE = 20_000  # milliseconds that a browser's page is waited for: the machine does other things too


def pytest_configure() -> None:
    expect.set_options(timeout=PATIENCE)  # a page's own time-out does not count for them
    settings.PASSWORD_HASHERS = ["tests.harness.hashers.QuickHasher", *settings.PASSWORD_HASHERS]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests with a browser run one after the other, in one xdist worker; so do those that start processes. Two cores
    carry no more of them at once. Those that name another group have their reason.

    What a telephone or a browser without JavaScript changes, no database engine sees: those are `once`. Tests with a
    long time-out of their own come first: the others are done meanwhile, and no worker is left with one at the end.
    """
    items.sort(key=lambda item: not (own := item.get_closest_marker("timeout")) or own.args[0] < LONG)
    for item in items:
        given = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
        if item.get_closest_marker("browser") and (given.get("width") == 320 or given.get("javascript") is False):
            item.add_marker(pytest.mark.once)
        if item.get_closest_marker("xdist_group"):
            continue
        for kind in ("browser", "process"):
            if item.get_closest_marker(kind):
                item.add_marker(pytest.mark.xdist_group(kind))
                break


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """In CI a test that does not run proves nothing, so it fails."""
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    report = yield
    _refuse_skip(report)
    return report


# --- Database and cache ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: pytest_django.DjangoDbBlocker, worker_id: str
) -> Iterator[None]:
    with django_db_blocker.unblock(), copied(worker_id):
        yield


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Throttles count in the cache: none carries over from another test."""
    try:
        cache.clear()
    except Exception:  # Redis gets a second to answer, and a busy machine may take longer once
        cache.clear()
    throttle._own.clear()
    throttle._own_until = 0.0


@pytest.fixture(autouse=True)
def _pages_as_laid_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests read what a page shows, not how its template is cut into lines."""
    monkeypatch.setattr(Client, "request", read_laid_out)


# --- Servers that the application talks to --------------------------------------------------------------------------


@pytest.fixture
def smtp_server() -> Iterator[SmtpServer]:
    server = SmtpServer()
    yield server
    server.stop()


@pytest.fixture
def http_server() -> Iterator[HttpServer]:
    server = HttpServer()
    yield server
    server.close()


@pytest.fixture
def broken_tcp() -> Iterator[Callable[[str], BrokenTcp]]:
    """`broken_tcp("hang" | "drop" | "refuse")` gives a peer with a `port`."""
    peers: list[BrokenTcp] = []

    def make(mode: str = "hang") -> BrokenTcp:
        peers.append(BrokenTcp(mode))
        return peers[-1]

    yield make
    for peer in peers:
        peer.close()


@pytest.fixture
def talker() -> Iterator[Callable[..., Talker]]:
    """`talker([b"…"], read=100)` gives a peer with a `port` that says these pieces to whoever connects."""
    peers: list[Talker] = []

    def make(says: Iterable[bytes], *, read: int = 1) -> Talker:
        peers.append(Talker(says, read=read))
        return peers[-1]

    yield make
    for peer in peers:
        peer.close()


@pytest.fixture
def scanner_url(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """`scanner_url(url)` makes this process ask the scanner there, which is asked each time, and may be slow."""
    monkeypatch.setattr("core.scanner.SECONDS", 30.0)
    monkeypatch.setattr("core.scanner.PING_SECONDS", 10.0)
    monkeypatch.setattr("core.scanner.REST", -1.0)
    monkeypatch.setattr("core.scanner._away_until", 0.0)

    def use(url: str) -> None:
        settings.SCANNER_URL = url

    return use


@pytest.fixture
def clamd(tmp_path: Path, scanner_url: Callable[[str], None]) -> Iterator[ClamdServer]:
    """A real clamd of the test's own, which this process asks."""
    server = ClamdServer(tmp_path, {"Test.Eicar": EICAR, "Test.Marker": MARKER})
    scanner_url(server.url)
    yield server
    server.stop()


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    yield server
    server.stop()


@pytest.fixture
def postgres_server() -> Iterator[PostgresServer]:
    """A cluster of the test's own, to stop and restart whatever engine the suite runs on."""
    server = PostgresServer()
    yield server
    server.remove()


# --- The application in processes of its own ------------------------------------------------------------------------


@pytest.fixture(scope="session")
def static_root() -> Path:
    """The static files, collected and compressed as in a deployment."""
    return collect_static()


@pytest.fixture
def worker(transactional_db: None, tmp_path: Path) -> Iterator[Callable[..., Celery]]:
    """`worker(**env)` starts a Celery worker on the test database, as often as asked."""
    started: list[Celery] = []

    def start(**env: str) -> Celery:
        started.append(start_worker(tmp_path, **env))
        return started[-1]

    yield start
    for process in started:
        process.kill()


@pytest.fixture
def beat(transactional_db: None, tmp_path: Path) -> Iterator[Callable[..., Celery]]:
    """`beat(**env)` starts a Celery beat; OUTBOX_SWEEP_SECONDS and DEADLINES_SECONDS make it hurry."""
    started: list[Celery] = []

    def start(**env: str) -> Celery:
        started.append(start_beat(tmp_path, **env))
        return started[-1]

    yield start
    for process in started:
        process.kill()


@pytest.fixture
def live_gunicorn(transactional_db: None, static_root: Path, tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """`live_gunicorn(**env)` starts a gunicorn of the test's own, with settings of its own."""
    started: list[Site] = []

    def start(**env: str) -> Site:
        started.append(Site(tmp_path, static_root, **env))
        return started[-1]

    yield start
    for site in started:
        site.stop()


@pytest.fixture(scope="session")
def _shared_site(django_db_setup: None, static_root: Path) -> Iterator[Site]:
    site = Site(VAR, static_root)
    yield site
    site.stop()


@pytest.fixture
def live_site(transactional_db: None, _shared_site: Site) -> Site:
    """gunicorn on the test database, with the suite's environment; one for all tests of a pytest process."""
    return _shared_site


# --- Browser --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGS)
        yield chrome
        chrome.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """`new_page(width=320, javascript=False, **context options)`: a page in a browser context of its own."""
    contexts = []

    def make(width: int = 1280, *, javascript: bool = True, **options: object) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            java_script_enabled=javascript,
            locale="fr-FR",
            timezone_id="Europe/Paris",
            **options,
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()
