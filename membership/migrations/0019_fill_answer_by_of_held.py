"""Dossiers held for unpaid invoices before that had an end: theirs is the day they show, four weeks ahead at least."""

from datetime import timedelta

from django.db import migrations

from core.dates import today

LAST_CALL_BEFORE = timedelta(days=14)


def fill(apps, schema_editor):
    held = apps.get_model("membership", "Application").objects.filter(state="unpaid", queue="company", answer_by=None)
    for dossier in held:
        day = max(dossier.due_on or today(), today() + 2 * LAST_CALL_BEFORE)
        held.filter(pk=dossier.pk).update(answer_by=day, due_on=day, last_call_on=day - LAST_CALL_BEFORE)


class Migration(migrations.Migration):
    dependencies = [("membership", "0018_links_asked")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
