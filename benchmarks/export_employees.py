"""« Exporter la liste complète » of 100,000 employees: at most 2 × XlsxWriter alone on the same rows, memory flat.

Ours is the page itself: the access, the query, the labels, the workbook, its bytes sent. The peer writes rows that are
ready in memory with XlsxWriter in its constant-memory mode. Memory is of processes that do nothing else, with 20,000
rows and with 100,000.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.db import connection
from django.urls import reverse

from benchmarks.employees_file import status_kb
from benchmarks.harness import Result, cpu_of, folder, interleave

LIMIT = 2.0
LIMIT_GROWTH = 5  # MB that 80,000 more rows may add
FEW, MANY = 20_000, 100_000
ROUNDS = 3


def measure() -> Result:
    from benchmarks.data import account, employed
    from membership.people import MemberEmployeeRows

    user, members = account(), {count: employed(count) for count in (FEW, MANY)}
    from tests.factories import give_access

    for member in members.values():
        give_access(user, member)
    rows = ready(members[MANY])
    heads = [column.header for column in MemberEmployeeRows().export_columns()]
    compared = interleave(
        lambda: cpu_of(lambda: ours(user, members[MANY].pk)), lambda: cpu_of(lambda: bare(heads, rows)), ROUNDS
    )

    memory = {count: peak(user.pk, member.pk) for count, member in members.items()}
    growth = memory[MANY] - memory[FEW]
    detail = {
        "rows": MANY,
        "seconds": round(compared.ours, 1),
        "peer_seconds": round(compared.peer, 1),
        "noise": compared.noise,
        "memory_mb_above_idle": {str(count): more for count, more in memory.items()},
        "memory_growth_limit_mb": LIMIT_GROWTH,
        "engine": connection.vendor,
    }
    return Result("export_employees", compared.ratio, LIMIT, detail, ok=growth <= LIMIT_GROWTH)


def ours(user: Any, pk: Any) -> int:
    """The bytes of the answer, sent chunk by chunk."""
    from django.test import Client

    from tests.factories import sign_in

    client = Client(headers={"host": "127.0.0.1"})
    sign_in(client, user)
    response = client.get(reverse("space:employees-export", args=[pk, "xlsx"]), {"etat": ""})
    if response.status_code != 200:
        raise RuntimeError(f"{response.status_code}")
    return sum(len(chunk) for chunk in response.streaming_content)


def ready(member: Any) -> list[tuple[Any, ...]]:
    """The same cells, worked out beforehand."""
    from membership.models import Employee
    from membership.models.establishment import Monitoring

    fields = ("last_name", "first_name", "birth_date", "hired_on", "contract_type", "job_title", "pcs_code")
    found = member.establishment.employees.order_by("folded").values_list(*fields, "monitoring", "left_on")
    contracts, kinds = dict(Employee.Contract.choices), dict(Monitoring.choices)
    return [(*row[:4], contracts[row[4]], *row[5:7], kinds[row[7]], row[8]) for row in found]


def bare(heads: list[str], rows: list[tuple[Any, ...]]) -> None:
    """XlsxWriter alone, in its mode for large files, with the formats that dates need."""
    import xlsxwriter

    workbook = xlsxwriter.Workbook(str(folder() / "bare.xlsx"), {"constant_memory": True})
    sheet = workbook.add_worksheet()
    date = workbook.add_format({"num_format": "dd/mm/yyyy"})
    sheet.write_row(0, 0, heads)
    for number, row in enumerate(rows, start=1):
        for place, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, place, value)
            elif value is not None:
                sheet.write_datetime(number, place, value, date)
    workbook.close()


def peak(user: Any, pk: Any) -> int:
    """MB that a process needs at the most for this export, above what it has when idle."""
    command = [sys.executable, "-m", "benchmarks.export_employees", str(user), str(pk)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    idle, most = json.loads(done.stdout.splitlines()[-1])
    return round((most - idle) / 1024)


def main(user: str, pk: str) -> None:
    """Idle is a process that has loaded the site and served nothing yet."""
    import django

    django.setup()
    from django.urls import get_resolver

    from accounts.models import User

    get_resolver().url_patterns  # noqa: B018 loads every view, as the first request does
    person = User.objects.get(pk=user)
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts again from here
    idle = status_kb("VmRSS")
    ours(person, pk)
    print(json.dumps([idle, status_kb("VmHWM")]), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
