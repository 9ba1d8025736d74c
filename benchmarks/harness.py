"""What every benchmark uses: servers, CPU per request in interleaved blocks, a query counter.

A benchmark is a module with `measure() -> Result`. `benchmarks.run` gives each a process, a folder and a database of
its own. Machines are noisy: what is compared runs in turns (A B B A) and the median of the rounds counts.
"""

from __future__ import annotations

import http.client
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.harness.processes import Process, free_port
from tests.harness.site import Site, collect_static, responds

TICK = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Result:
    """One line of var/bench.jsonl. `ratio` is ours against the stated peer; it may not pass `limit`, or, where more
    is better, may not stay below it. `ok=False` fails whatever the ratio says."""

    name: str
    ratio: float
    limit: float
    detail: dict[str, Any] = field(default_factory=dict)
    more_is_better: bool = False
    ok: bool = True

    def as_line(self) -> dict[str, Any]:
        within = self.ratio >= self.limit if self.more_is_better else self.ratio <= self.limit
        ratio = round(self.ratio, 3)
        return {
            "name": self.name,
            "ratio": ratio,
            "limit": self.limit,
            "ok": within and self.ok,
            "detail": self.detail,
        }


def folder() -> Path:
    """A place for this benchmark's files, gone when it ends."""
    return Path(os.environ["VAR_DIR"])


# --- Interleaving -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Compared:
    """What interleaved rounds gave. `low` and `high` are the extremes of the rounds' ratios, that is the noise."""

    ratio: float
    low: float
    high: float
    ours: float
    peer: float

    @property
    def noise(self) -> str:
        return f"{self.low:.2f} to {self.high:.2f}"


def interleave(ours: Callable[[], float], peer: Callable[[], float], rounds: int = 5) -> Compared:
    """Cost of `ours` against `peer`, in A B B A rounds: median of the rounds' ratios, and both medians."""
    ratios, mine, theirs = [], [], []
    for _ in range(rounds):
        a1, b1, b2, a2 = peer(), ours(), ours(), peer()
        ratios.append((b1 + b2) / (a1 + a2))
        mine += [b1, b2]
        theirs += [a1, a2]
    return Compared(
        statistics.median(ratios), min(ratios), max(ratios), statistics.median(mine), statistics.median(theirs)
    )


def cpu_of(work: Callable[[], Any]) -> float:
    """CPU seconds that `work` takes in this process, which the other processes of the machine do not lengthen."""
    start = time.process_time()
    work()
    return time.process_time() - start


# --- Pages of running servers -----------------------------------------------------------------------------------


def _children(pid: int) -> Iterator[int]:
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in path.read_text().split():
            yield int(child)
            yield from _children(int(child))


def cpu_seconds(pid: int) -> float:
    """utime + stime of a process, its living children and those it reaped."""
    ticks = 0
    for number in (pid, *_children(pid)):
        try:
            fields = Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue  # it ended meanwhile: its parent counts it
        ticks += sum(int(value) for value in fields[11:15])
    return ticks * TICK


@dataclass
class Page:
    """A page of a running server, asked again and again over one connection."""

    pid: int
    port: int
    path: str
    cookie: str = ""

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def get(self, encoding: str = "gzip, deflate, br") -> bytes:
        headers = {"Accept": "text/html", "Accept-Encoding": encoding, "Accept-Language": "fr"}
        if self.cookie:
            headers["Cookie"] = self.cookie
        try:
            response = self._ask(headers)
        except (http.client.RemoteDisconnected, ConnectionError):  # the server closed what we had kept idle
            self._connection.close()
            response = self._ask(headers)
        body = response.read()
        if response.status != 200:
            raise RuntimeError(f"{self.path}: {response.status} {response.getheader('Location') or ''}")
        return body

    def _ask(self, headers: dict[str, str]) -> http.client.HTTPResponse:
        self._connection.request("GET", self.path, headers=headers)
        return self._connection.getresponse()

    def plain(self) -> bytes:
        """The page as it is written, not compressed."""
        return self.get(encoding="identity")

    def cpu(self, requests: int) -> float:
        """CPU seconds that the server spends on one request, over a block of them."""
        start = cpu_seconds(self.pid)
        for _ in range(requests):
            self.get()
        return (cpu_seconds(self.pid) - start) / requests


def compare_pages(
    pages: dict[str, Page], peer: Page, *, requests: int = 60, rounds: int = 5
) -> tuple[dict[str, dict[str, float]], float]:
    """CPU per request of each page against a peer's: `{name: {"ratio", "low", "high", "ms"}}`, and the peer's ms.

    In each round the pages run one after the other between two blocks of the peer, the next round backwards. The
    median of the rounds' ratios counts; `low` and `high` are the extremes, that is the noise.
    """
    for page in (peer, *pages.values()):
        for _ in range(30):  # warm
            page.get()
    ratios: dict[str, list[float]] = {name: [] for name in pages}
    costs: dict[str, list[float]] = {name: [] for name in pages}
    peers: list[float] = []
    names = list(pages)
    for _ in range(rounds):
        before = peer.cpu(3 * requests)
        found = {name: pages[name].cpu(requests) for name in names}
        after = peer.cpu(3 * requests)
        names.reverse()
        peers += [before, after]
        for name, cost in found.items():
            costs[name].append(cost)
            ratios[name].append(2 * cost / (before + after))
    return {
        name: {
            "ratio": round(statistics.median(ratios[name]), 2),
            "low": round(min(ratios[name]), 2),
            "high": round(max(ratios[name]), 2),
            "ms": round(statistics.median(costs[name]) * 1000, 2),
        }
        for name in pages
    }, round(statistics.median(peers) * 1000, 2)


@contextmanager
def our_site(**env: str) -> Iterator[Site]:
    """gunicorn with our settings on the benchmark's database."""
    site = Site(folder(), collect_static(), LOG_LEVEL="WARNING", **env)
    try:
        yield site
    finally:
        site.stop()


def our_page(site: Site, path: str, cookie: str = "") -> Page:
    return Page(site.process.pid, site.port, path, cookie)


_STOCK_SETTINGS = """
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
SILENCED_SYSTEM_CHECKS = []
"""


@contextmanager
def stock_login_page() -> Iterator[Page]:
    """Django's own admin login page: `startproject` as it comes, served by the same gunicorn configuration."""
    home = folder() / "stock"
    home.mkdir()
    env = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}

    def run(*command: str) -> None:
        subprocess.run([sys.executable, *command], cwd=home, env=env, check=True, stdout=subprocess.DEVNULL)

    run("-m", "django", "startproject", "stock", ".")
    with (home / "stock/settings.py").open("a", encoding="utf-8") as settings:
        settings.write(_STOCK_SETTINGS)
    run("manage.py", "migrate", "--verbosity", "0")
    port = free_port()
    configuration = Path(__file__).resolve().parent.parent / "config/gunicorn.py"
    process = Process(
        [sys.executable, "-m", "gunicorn", "-c", str(configuration), "stock.wsgi"],
        log=folder() / "stock.log",
        env={
            "DJANGO_SETTINGS_MODULE": "stock.settings",
            "PORT": str(port),
            "WEB_CONCURRENCY": "1",
            # gunicorn's configuration names our log formatter.
            "PYTHONPATH": f"{home}:{configuration.parent.parent}",
        },
        cwd=home,
    )
    try:
        process.wait_for(lambda: responds(f"http://127.0.0.1:{port}/admin/login/"))
        yield Page(process.pid, port, "/admin/login/")
    finally:
        process.stop()


def count_queries(path: str, *, host: str = "127.0.0.1", cookie: str = "") -> int:
    """SQL statements of one page in this process, caches warm (the third of three requests counts)."""
    from django.db import connection
    from django.test import Client

    client = Client(headers={"host": host, "accept-language": "fr", **({"cookie": cookie} if cookie else {})})
    for part in filter(None, (part.strip() for part in cookie.split(";"))):
        name, _, value = part.partition("=")
        client.cookies[name] = value
    seen: list[str] = []

    def note(execute, sql, params, many, context):
        seen.append(sql)
        return execute(sql, params, many, context)

    for _ in range(3):
        seen.clear()
        with connection.execute_wrapper(note):
            status = client.get(path).status_code
        if status != 200:
            raise RuntimeError(f"{path}: {status}")
    return len(seen)
