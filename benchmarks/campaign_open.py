"""Opening a campaign for 50,000 members and 500,000 employees, on PostgreSQL: at most 4 × storing the same rows alone.

Ours is what the worker does: batches of members, each an INSERT … SELECT that counts and prices the employees, with
the progress noted. The peer is handed the very rows that ours made and stores them with plain `bulk_create`: it counts
nobody. Both count the CPU of this process and of the server. The mails of the announcement are measured apart, since
the peer sends none.

Everything runs in a process of its own on a server of its own; memory is that of this process, above what it has when
it is loaded and idle.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benchmarks.harness import Result, cpu_seconds, interleave

LIMIT = 4.0
LIMIT_MEMORY = 150  # MB above idle
MEMBERS, EACH = 50_000, 10
ROUNDS = 1
YEAR = 2026


def measure() -> Result:
    from tests.harness.servers import PostgresServer

    server = PostgresServer()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.campaign_open", str(server.pid)],
            env={**os.environ, "DATABASE_URL": server.create("guichet")},
            stdout=subprocess.PIPE,
            check=True,
        )
    finally:
        server.remove()
    detail = json.loads(done.stdout.splitlines()[-1])
    more = max(detail["memory_mb_above_idle"].values())
    return Result("campaign_open", detail.pop("ratio"), LIMIT, detail, ok=more <= LIMIT_MEMORY)


# --- In the process of its own ----------------------------------------------------------------------------------------


def fill() -> None:
    """The members and their employees, multiplied by the database from a first thousand."""
    from django.core.management import call_command
    from django.db import connection

    from benchmarks.multiply import copy_rows
    from membership.models import Contact, Employee, Establishment, Member
    from tests.factories import make_operator, make_siret

    call_command("migrate", verbosity=0, interactive=False)
    make_operator(YEAR)
    places = [
        Establishment(siret=make_siret(number), name=f"Société {number:06d}", email=f"c{number}@societe.example")
        for number in range(1000)
    ]
    Establishment.objects.bulk_create(places)
    Member.objects.bulk_create(
        Member(establishment=place, siret=place.siret, number=f"A{number:06d}", joined_on=date(2019, 1, 1))
        for number, place in enumerate(places)
    )
    Contact.objects.bulk_create(
        Contact(establishment=place, roles=["head"], last_name="Morel", first_name="Claire", email=place.email)
        for place in places
    )
    Employee.objects.bulk_create(_employees(places), batch_size=5000)
    times = MEMBERS // 1000
    siret = "substr(siret, 1, 9) || CAST(50000 + n AS text)"
    copy_rows(
        times,
        {
            Establishment: {"siret": siret},
            Member: {"establishment_id": "", "siret": siret, "number": "number || '-' || n"},
            Contact: {"establishment_id": ""},
            Employee: {"establishment_id": ""},
        },
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _employees(places: list[Any]) -> list[Any]:
    """Ten to a company in the three categories; one more of each company has left, and is counted nowhere."""
    from membership.models import Employee

    return [
        Employee(
            establishment=place,
            last_name=f"Durand{number}",
            first_name="Camille",
            birth_date=date(1970, 1, 1) + timedelta(days=37 * number),
            hired_on=date(2015, 1, 1),
            left_on=date(YEAR - 1, 6, 30) if number == EACH else None,
            contract_type="cdi",
            job_title="Menuisier",
            monitoring=("SI", "SIA", "SIR")[number % 3],
        )
        for place in places
        for number in range(EACH + 1)
    ]


class Opening:
    """One database, opened again and again. `cpu` counts this process and the server's."""

    def __init__(self, server: int) -> None:
        self.server = server
        self.rows: list[dict[str, Any]] = []
        self.walls: dict[str, list[float]] = {}
        self.memory: dict[str, int] = {}

    def ours(self, *, announces: bool = False) -> float:
        """What the verb and the worker do."""
        from contributions import opening
        from contributions.models import Campaign, Declaration
        from core.journal import Actor

        campaign = self._clean(announces)

        def work() -> None:
            opening.open_campaign(campaign, by=Actor("Banc"), day=campaign.opens_on)
            while opening.prepare_batch(campaign.pk):
                pass

        cost = self._timed("with mails" if announces else "ours", work)
        campaign.refresh_from_db()
        if (campaign.state, campaign.opened_count, Declaration.objects.count()) != ("open", MEMBERS, MEMBERS):
            raise RuntimeError(f"{campaign.opened_count} opened, {Declaration.objects.count()} stored")
        if not self.rows:
            self.rows = list(Declaration.objects.values())
            Campaign.objects.filter(pk=campaign.pk).update(state="prepared")
        return cost

    def peer(self) -> float:
        """The same rows alone."""
        from contributions.models import Campaign, Declaration

        campaign = self._clean(announces=False)
        made = [Declaration(**{**row, "campaign_id": campaign.pk}) for row in self.rows]
        Campaign.objects.filter(pk=campaign.pk).update(opened_count=len(made))
        return self._timed("peer", lambda: Declaration.objects.bulk_create(made, batch_size=1000))

    def _timed(self, name: str, work: Any) -> float:
        idle = _memory("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")  # the peak starts again from here
        start, cpu = time.perf_counter(), self._cpu()
        work()
        cpu = self._cpu() - cpu
        self.walls.setdefault(name, []).append(time.perf_counter() - start)
        self.memory[name] = max(self.memory.get(name, 0), round((_memory("VmHWM") - idle) / 1024))
        return cpu

    def _cpu(self) -> float:
        return time.process_time() + cpu_seconds(self.server)

    def _clean(self, announces: bool) -> Any:
        from django.db import connection

        from contributions.models import Campaign

        with connection.cursor() as cursor:
            tables = "contributions_declaration, contributions_campaign, notifications_message, core_journalentry"
            cursor.execute(f"TRUNCATE {tables} CASCADE")
            cursor.execute("CHECKPOINT")
        return Campaign.objects.create(
            year=YEAR, opens_on=date(YEAR, 1, 2), deadline=date(2999, 2, 28), announces=announces
        )


def _memory(name: str) -> int:
    """A figure of /proc/self/status, in kB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def main(server: str) -> None:
    import django

    django.setup()
    from notifications.models import Message

    start = time.perf_counter()
    fill()
    filled = time.perf_counter() - start
    opening = Opening(int(server))
    first = opening.ours()  # warm; and the rows for the peer
    opening.memory.clear()
    compared = interleave(opening.ours, opening.peer, ROUNDS)
    mails = opening.ours(announces=True)
    detail = {
        "ratio": compared.ratio,
        "members": MEMBERS,
        "employees": MEMBERS * EACH,
        "peer": "bulk_create of the same rows, batches of 1,000",
        "cpu_s": {"ours": round(compared.ours, 2), "peer": round(compared.peer, 2), "with mails": round(mails, 2)},
        "wall_s": {name: round(min(walls), 2) for name, walls in opening.walls.items()},
        "mails": Message.objects.count(),
        "ratio_with_mails": round(mails / compared.peer, 2),
        "memory_mb_above_idle": {name: more for name, more in opening.memory.items() if name != "peer"},
        "peer_memory_mb_above_idle": opening.memory["peer"],
        "first_s": round(first, 2),
        "filled_s": round(filled),
    }
    print(json.dumps(detail), flush=True)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    main(*sys.argv[1:])
