"""The deadline sweep at 10,000 and at 1,000,000 dossiers with 1,000 due: at most 1.5 ×, on SQLite and on PostgreSQL.

Each engine runs in a process of its own, on two databases that take turns. The sweep is the real one, with the real
verbs: 500 draft reminders, 300 relances, 200 last calls. Then all is put back as it was.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import timedelta
from typing import Any

from benchmarks.harness import Compared, Result, cpu_seconds, folder, interleave

LIMIT = 1.5
BASE, TIMES = 10_000, 100  # a hundred copies of the first make the second
ROUNDS = 1
DUE = {"remind_on": 500, "relance_on": 300, "last_call_on": 200}
SMALL, LARGE = "small", "large"


def measure() -> Result:
    """The worse of the two engines."""
    from tests.harness.servers import PostgresServer

    found = {"sqlite": _engine(**{name: f"sqlite:///{folder() / name}.sqlite3" for name in (SMALL, LARGE)})}
    server = PostgresServer()
    try:
        urls = {name: server.create(name) for name in (SMALL, LARGE)}
        found["postgresql"] = _engine(**urls, pid=server.pid)
    finally:
        server.remove()
    detail = {"dossiers": [BASE, BASE * TIMES], "due": sum(DUE.values()), "engines": found}
    return Result("sweep_growth", max(engine["ratio"] for engine in found.values()), LIMIT, detail)


def _engine(small: str, large: str, pid: int = 0) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.sweep_growth", small, large, str(pid)],
        env={**os.environ, "DATABASE_URL": small},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


# --- In the process of one engine -------------------------------------------------------------------------------------


class Databases:
    """Two databases behind the default connection, one at a time. `cpu` counts this process and the server's."""

    def __init__(self, urls: dict[str, str], server: int) -> None:
        from django.conf import settings
        from environ import Env

        self.names = {name: Env.db_url_config(url)["NAME"] for name, url in urls.items()}
        self.settings, self.server = settings.DATABASES["default"], server
        self.due: dict[str, dict[str, list[Any]]] = {}

    def use(self, name: str) -> None:
        from django.db import connection

        connection.close()
        connection.settings_dict["NAME"] = self.names[name]

    def cpu(self) -> float:
        return time.process_time() + (cpu_seconds(self.server) if self.server else 0)


def fill(databases: Databases, name: str, times: int) -> None:
    """`times` × 10,000 dossiers in all states with their dates ahead, then 1,000 of them due."""
    from django.core.management import call_command
    from django.db import connection

    from benchmarks.data import many
    from benchmarks.multiply import multiply
    from membership.models import Application
    from membership.states import State

    databases.use(name)
    call_command("migrate", verbosity=0, interactive=False)
    many(BASE)
    # None owes anything: those on hold would all be due besides, to be taken up again.
    Application.objects.filter(state=State.UNPAID).delete()
    multiply(times)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    kept = {"remind_on": State.DRAFT, "relance_on": State.AWAITING, "last_call_on": State.AWAITING}
    databases.due[name] = {
        column: _spread(Application.objects.filter(state=state, **{f"{column}__isnull": False}), DUE[column])
        for column, state in kept.items()
    }


def _spread(rows: Any, count: int) -> list[Any]:
    """`count` keys of them, from all over the table."""
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    return keys[:: len(keys) // count][:count]


def make_due(databases: Databases, name: str) -> None:
    """Undo what a sweep did, and have the same 1,000 dossiers due again."""
    from core.dates import today
    from core.models import AccessLink, JournalEntry
    from membership.models import Application, PieceRequest
    from notifications.models import Attachment, Message

    databases.use(name)
    for model in (Attachment, Message, AccessLink, JournalEntry, PieceRequest):
        model.objects.all().delete()
    yesterday = today() - timedelta(days=1)
    for column, keys in databases.due[name].items():
        cleared = {other: None for other in ("relance_on", "last_call_on", "answer_by") if column != "remind_on"}
        if column == "last_call_on":
            cleared["answer_by"] = today() + timedelta(days=14)
        Application.objects.filter(pk__in=keys).update(**{**cleared, column: yesterday})


def compare(databases: Databases) -> dict[str, Any]:
    """CPU of the sweep, and how long it is to find what is due and, afterwards, that nothing is."""
    from django.utils import timezone

    from core import deadlines

    walls: dict[str, list[float]] = {SMALL: [], LARGE: []}
    finding: dict[str, list[float]] = {SMALL: [], LARGE: []}

    def sweep(name: str) -> float:
        make_due(databases, name)
        start = time.perf_counter()
        found = sum(1 for _ in deadlines.preview(timezone.now()))
        finding[name].append(time.perf_counter() - start)
        start, cpu = time.perf_counter(), databases.cpu()
        done = deadlines.run(timezone.now())
        cpu, wall = databases.cpu() - cpu, time.perf_counter() - start
        if (found, sum(done.values())) != (1000, 1000):
            raise RuntimeError(f"{found} found, {done} done")
        walls[name].append(wall)
        return cpu

    sweep(SMALL), sweep(LARGE)  # warm
    compared: Compared = interleave(lambda: sweep(LARGE), lambda: sweep(SMALL), ROUNDS)
    return {
        "ratio": round(compared.ratio, 3),
        "noise": compared.noise,
        "cpu_s": [round(compared.peer, 2), round(compared.ours, 2)],
        "wall_s": [round(min(walls[name]), 2) for name in (SMALL, LARGE)],
        "finding_ms": [round(min(finding[name]) * 1000, 1) for name in (SMALL, LARGE)],
    }


def main(small: str, large: str, server: str) -> None:
    import django

    django.setup()
    databases = Databases({SMALL: small, LARGE: large}, int(server))
    start = time.perf_counter()
    fill(databases, SMALL, 1)
    fill(databases, LARGE, TIMES)
    filled = time.perf_counter() - start
    print(json.dumps({**compare(databases), "filled_s": round(filled)}), flush=True)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    main(*sys.argv[1:])
