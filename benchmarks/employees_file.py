"""A file of 2,000 employees, checked and stored: at most 4 × reading it and `bulk_create` alone, under 150 MB more.

Ours is the real import: the file is read and every row judged by the form's rules, then what the page of the plan
carried back is judged again and stored. The peer reads the same file with calamine and stores its rows unseen.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from benchmarks.harness import Result, cpu_of, folder, interleave

LIMIT = 4.0
LIMIT_MEMORY = 150  # MB above idle
ROWS = 2_000
ROUNDS = 3


def measure() -> Result:
    """CPU of this process; memory of a process of its own, which does nothing else."""
    from benchmarks.data import draft

    path = folder() / "salaries.xlsx"
    path.write_bytes(workbook(ROWS))
    dossier = draft(employees=0)

    def emptied(work: Any) -> float:
        dossier.establishment.employees.all().delete()
        cost = cpu_of(lambda: work(path, dossier))
        if (stored := dossier.establishment.employees.count()) != ROWS:
            raise RuntimeError(f"{stored} rows stored")
        return cost

    emptied(ours), emptied(bare)  # warm
    compared = interleave(lambda: emptied(ours), lambda: emptied(bare), ROUNDS)
    dossier.establishment.employees.all().delete()
    more, idle = memory(path, dossier.pk)
    detail = {
        "rows": ROWS,
        "ms": round(compared.ours * 1000),
        "peer_ms": round(compared.peer * 1000),
        "noise": compared.noise,
        "memory_mb_above_idle": more,
        "idle_mb": idle,
        "memory_limit_mb": LIMIT_MEMORY,
        "engine": connection.vendor,
    }
    return Result("employees_file", compared.ratio, LIMIT, detail, ok=more <= LIMIT_MEMORY)


def workbook(rows: int) -> bytes:
    """The template of the site, filled in: names that differ, real dates, all ways of writing the choices."""
    from core.sheets import write_xlsx
    from membership.people import EMPLOYEES

    first, hired = date(1961, 1, 4), date(2001, 9, 1)
    jobs = ["Menuisier", "Comptable", "Cheffe d’équipe", "Conducteur de travaux", "Assistante"]
    people = (
        [
            f"Durand-Lefèvre {number}",
            ["Camille", "Noé", "Aïcha", "Jean-Marc"][number % 4],
            first + timedelta(days=7 * number % 8_000),
            hired + timedelta(days=3 * number % 7_000),
            ["CDI", "CDD", "Apprentissage", "cdi"][number % 4],
            jobs[number % len(jobs)],
            ["543d", ""][number % 2],
            ["Simple (SI)", "SIA", "renforcé"][number % 3],
        ]
        for number in range(rows)
    )
    with write_xlsx(EMPLOYEES.sheet_columns(), people) as file:
        return file.read()


def ours(path: Path, dossier: Any) -> None:
    """The import of the wizard's list."""
    from membership.people import EMPLOYEES

    bring_in(path, EMPLOYEES, dossier)


def bring_in(path: Path, rowset: Any, owner: Any) -> None:
    """What the two requests of an import do, their pages apart."""
    from core.rows.import_views import pack, unpack
    from core.rows.importing import Importer
    from core.sheets import Sheet, read

    with path.open("rb") as file:
        sheet = read(file, path.name, rowset.max_import)
    rows = list(sheet.rows)
    sheet = Sheet(sheet.headers, rows, sheet.header_line)
    carried = pack(sheet, rows)
    Importer(rowset, owner).plan(sheet)
    with transaction.atomic():
        importer = Importer(rowset, owner)
        plan = importer.plan(unpack(carried, rowset.max_import))
        importer.store(plan)


def bare(path: Path, dossier: Any) -> None:
    """Reading and `bulk_create` alone."""
    import python_calamine

    from core.rows.importing import BATCH
    from membership.models import Employee
    from membership.people import EMPLOYEES

    sheet = python_calamine.load_workbook(io.BytesIO(path.read_bytes())).get_sheet_by_index(0)
    _, *rows = sheet.to_python()
    names = list(EMPLOYEES.form_class.base_fields)
    contracts, monitoring = {"CDI": "cdi", "cdi": "cdi", "CDD": "cdd"}, {"Simple (SI)": "SI", "SIA": "SIA"}
    employees = []
    for row in rows:
        employee = Employee(establishment=dossier.establishment, **dict(zip(names, row, strict=True)))
        employee.contract_type = contracts.get(employee.contract_type, "apprentice")
        employee.monitoring = monitoring.get(employee.monitoring, "SIR")
        employees.append(employee)
    with transaction.atomic():
        Employee.objects.bulk_create(employees, batch_size=BATCH)


# --- Memory -----------------------------------------------------------------------------------------------------------


def memory(path: Path, pk: Any) -> tuple[int, int]:
    """MB that a web process needs at the most for this import, above what it has when idle."""
    command = [sys.executable, "-m", "benchmarks.employees_file", str(path), str(pk)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    idle, peak = json.loads(done.stdout.splitlines()[-1])
    return round((peak - idle) / 1024), round(idle / 1024)


def status_kb(name: str) -> int:
    """A figure of /proc/self/status, in kB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def main(path: str, pk: str) -> None:
    """Idle is a process that has loaded the site and served nothing yet."""
    import django

    django.setup()
    from django.urls import get_resolver

    from membership.models import Application

    get_resolver().url_patterns  # noqa: B018 loads every view, as the first request does
    dossier = Application.objects.select_related("establishment").get(pk=pk)
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts again from here
    idle = status_kb("VmRSS")
    ours(Path(path), dossier)
    print(json.dumps([idle, status_kb("VmHWM")]), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
