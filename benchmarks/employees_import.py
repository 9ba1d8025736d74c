"""A file of 10,000 employees into « Mes salariés »: at least five times as fast as django-import-export, under 250 MB.

Ours is the whole import: the file read, every row judged for the page of the plan, judged again and stored, with the
journal's line for each employee. The peer reads the same file into the same table once, as its documentation shows it:
a resource with the model's columns, each row validated by the model. It looks for no duplicates and keeps no history.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from benchmarks.employees_file import bring_in, status_kb, workbook
from benchmarks.harness import Result, cpu_of, folder, interleave

LIMIT = 0.2
LIMIT_MEMORY = 250  # MB, all that the process holds
ROWS = 10_000
ROUNDS = 1


def measure() -> Result:
    """CPU of this process; memory of a process of its own, which does nothing else."""
    from benchmarks.data import account
    from tests.factories import MemberFactory, give_access

    path = folder() / "salaries.xlsx"
    path.write_bytes(workbook(ROWS))
    access = give_access(account(), MemberFactory())
    employees = access.member.establishment.employees

    def emptied(work: Any) -> float:
        employees.all().delete()
        cost = cpu_of(work)
        if (stored := employees.count()) != ROWS:
            raise RuntimeError(f"{stored} rows stored")
        return cost

    peer = partial(bare, path, access.member.establishment)
    compared = interleave(lambda: emptied(lambda: ours(path, access)), lambda: emptied(peer), ROUNDS)
    employees.all().delete()
    peak = memory(path, access.pk)
    detail = {
        "rows": ROWS,
        "ms": round(compared.ours * 1000),
        "peer_ms": round(compared.peer * 1000),
        "noise": compared.noise,
        "peak_mb": peak,
        "memory_limit_mb": LIMIT_MEMORY,
        "engine": connection.vendor,
    }
    return Result("employees_import", compared.ratio, LIMIT, detail, ok=peak <= LIMIT_MEMORY)


def ours(path: Path, access: Any) -> None:
    from space.company import Company
    from space.employees import EMPLOYEES

    bring_in(path, EMPLOYEES, Company(access))


def bare(path: Path, establishment: Any) -> None:
    """The same file by django-import-export."""
    import tablib
    from import_export import fields, resources, widgets

    from membership.models import Employee
    from membership.models.establishment import Monitoring
    from membership.people import EMPLOYEES

    class Choice(widgets.Widget):
        """A label of the template, or what people write in its place, as the code of the model."""

        def __init__(self, codes: dict[str, str]) -> None:
            super().__init__()
            self.codes = codes

        def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
            return self.codes.get(str(value).casefold(), value)

    class Day(widgets.DateWidget):
        def clean(self, value: Any, row: Any = None, **kwargs: Any) -> date | None:
            return value.date() if isinstance(value, datetime) else super().clean(value, row, **kwargs)

    said = {
        "contract_type": Choice({"cdi": "cdi", "cdd": "cdd", "apprentissage": "apprentice"}),
        "monitoring": Choice(
            {"simple (si)": Monitoring.SI, "sia": Monitoring.SIA, "renforcé": Monitoring.SIR},
        ),
        "birth_date": Day(),
        "hired_on": Day(),
    }
    names = list(EMPLOYEES.form_class.base_fields)
    columns = dict(zip(names, EMPLOYEES.sheet_columns(), strict=True))

    class Employees(resources.ModelResource):
        class Meta:
            model = Employee
            fields = names
            import_id_fields = ()
            clean_model_instances = True
            skip_diff = True

        def import_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
            instance.establishment = establishment
            super().import_instance(instance, row, **kwargs)

    resource = Employees()
    for name, column in columns.items():
        resource.fields[name] = fields.Field(
            attribute=name, column_name=column.header, widget=said.get(name, widgets.CharWidget())
        )
    data = tablib.Dataset().load(path.read_bytes(), format="xlsx")
    with transaction.atomic():
        result = resource.import_data(data, raise_errors=True)
    if result.has_validation_errors():
        raise RuntimeError(result.invalid_rows[0].error)


# --- Memory -----------------------------------------------------------------------------------------------------------


def memory(path: Path, pk: Any) -> int:
    """MB that a web process holds at the most during this import."""
    command = [sys.executable, "-m", "benchmarks.employees_import", str(path), str(pk)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return round(int(json.loads(done.stdout.splitlines()[-1])) / 1024)


def main(path: str, pk: str) -> None:
    import django

    django.setup()
    from django.urls import get_resolver

    from membership.models import Access

    get_resolver().url_patterns  # noqa: B018 loads every view, as the first request does
    access = Access.objects.select_related("member__establishment", "user").get(pk=pk)
    ours(Path(path), access)
    print(json.dumps(status_kb("VmHWM")), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
