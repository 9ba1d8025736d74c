"""Accounts of members become rights, all of them; names are folded for the search."""

from django.db import migrations

from core.text import fold

BATCH = 2000
RIGHTS = {"manages": True, "employees": True, "declares": True, "affiliates": True}


def fill(apps, schema_editor):
    member, access, employee = (apps.get_model("membership", name) for name in ("Member", "Access", "Employee"))
    through = member.users.through
    for row in through.objects.order_by("pk").iterator(chunk_size=BATCH):
        access.objects.get_or_create(user_id=row.user_id, member_id=row.member_id, revoked_at=None, defaults=RIGHTS)
    batch = []
    for row in employee.objects.order_by("pk").iterator(chunk_size=BATCH):
        row.folded = fold(f"{row.last_name} {row.first_name} {row.job_title}")[:300]
        batch.append(row)
        if len(batch) == BATCH:
            employee.objects.bulk_update(batch, ["folded"])
            batch.clear()
    employee.objects.bulk_update(batch, ["folded"])


class Migration(migrations.Migration):
    dependencies = [("membership", "0005_access_and_leaving")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
