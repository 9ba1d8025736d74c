import csv
import gzip
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, models, transaction

from core.models import Commune, Naf, Postcode

DATA = Path(__file__).resolve().parent.parent.parent / "data"
BATCH = 2000


def sync(model: type[models.Model], wanted: dict[str, tuple], fields: tuple[str, ...]) -> tuple[int, int, set[str]]:
    """Insert and update the rows of `wanted` (`code -> values of fields`): counts of both, and the codes now gone.

    Only what differs is written, so loading the same data again costs one read.
    """
    manager = model._default_manager
    known = {code: tuple(values) for code, *values in manager.values_list("pk", *fields)}

    def rows(codes: list[str]) -> list[models.Model]:
        return [model(pk=code, **dict(zip(fields, wanted[code], strict=True))) for code in codes]

    new = [code for code in wanted if code not in known]
    changed = [code for code in wanted if code in known and known[code] != wanted[code]]
    manager.bulk_create(rows(new), batch_size=BATCH)
    if changed:
        manager.bulk_update(rows(changed), fields, batch_size=500)
    return len(new), len(changed), known.keys() - wanted.keys()


def sync_postcodes(wanted: set[tuple[str, str]]) -> tuple[int, int]:
    """Insert and delete `(postcode, commune)` pairs: counts of both."""
    known = {(code, commune): pk for pk, code, commune in Postcode.objects.values_list("pk", "code", "commune_id")}
    new = sorted(wanted - known.keys())
    gone = [known[pair] for pair in known.keys() - wanted]
    Postcode.objects.bulk_create([Postcode(code=code, commune_id=commune) for code, commune in new], batch_size=BATCH)
    for start in range(0, len(gone), 500):
        Postcode.objects.filter(pk__in=gone[start : start + 500]).delete()
    return len(new), len(gone)


def delete_unused(model: type[models.Model], codes: set[str]) -> int:
    """Delete the rows that left the reference, but for those something else still points to (an operator's zone)."""
    rows = model._default_manager.filter(pk__in=codes)
    for relation in model._meta.related_objects:
        if relation.related_model is not Postcode:
            name = relation.field.name
            used = relation.related_model._base_manager.exclude(**{name: None}).values(name)
            rows = rows.exclude(pk__in=used)
    return sum(1 for row in rows if row.delete())


class Command(BaseCommand):
    help = "Loads communes, postcodes and NAF codes from core/data. Running it again changes nothing."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        with gzip.open(DATA / "communes.csv.gz", "rt", encoding="utf-8", newline="") as file:
            communes = list(csv.DictReader(file))
        with (DATA / "naf.csv").open(encoding="utf-8", newline="") as file:
            activities = {row["code"]: (row["label"],) for row in csv.DictReader(file)}

        places = {row["code"]: (row["name"], row["department"]) for row in communes}
        new, changed, gone = sync(Commune, places, ("name", "department"))
        added, removed = sync_postcodes({(code, row["code"]) for row in communes for code in row["postcodes"].split()})
        self.report("communes", Commune, new, changed, delete_unused(Commune, gone))
        self.report("postcodes", Postcode, added, 0, removed)
        new, changed, gone = sync(Naf, activities, ("label",))
        self.report("NAF codes", Naf, new, changed, delete_unused(Naf, gone))
        analyse()

    def report(self, what: str, model: type[models.Model], new: int, changed: int, removed: int) -> None:
        total = model._default_manager.count()
        self.stdout.write(f"{what}: {total} ({new} new, {changed} changed, {removed} removed)")


def analyse() -> None:
    """Tell PostgreSQL what the tables hold.

    Until then it takes freshly filled tables for small ones and joins them row by row: minutes for one postcode.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for model in (Commune, Postcode, Naf):
                cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")
