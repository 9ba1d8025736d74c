"""The names of companies are folded for the search."""

from django.db import migrations

from core.text import fold

BATCH = 2000


def fill(apps, schema_editor):
    site = apps.get_model("membership", "Establishment")
    batch = []
    for row in site.objects.only("pk", "name", "trade_name").order_by("pk").iterator(chunk_size=BATCH):
        row.folded = fold(f"{row.name} {row.trade_name}")[:300]
        batch.append(row)
        if len(batch) == BATCH:
            site.objects.bulk_update(batch, ["folded"])
            batch.clear()
    site.objects.bulk_update(batch, ["folded"])


class Migration(migrations.Migration):
    dependencies = [("membership", "0008_access_life_and_company_search")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
