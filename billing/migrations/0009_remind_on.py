from datetime import timedelta

from django.db import migrations, models
from django.db.models import F

from core.dates import today

CALENDAR = (-7, 3, 15)  # days from the due day, as they were when this was written


def begin(apps, schema_editor):
    """Each invoice still due gets the next day of the calendar that is to come: one long overdue, none at all."""
    unpaid = apps.get_model("billing", "Invoice").objects.filter(kind="invoice", settled_on=None, remind_on=None)
    for days in map(timedelta, CALENDAR):
        coming = unpaid.exclude(mode="debit").filter(due_on__gt=today() - days)
        coming.update(remind_on=F("due_on") + days)


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0008_signer_address"),
    ]

    operations = [
        migrations.AddField(
            model_name="invoice",
            name="remind_on",
            field=models.DateField(editable=False, null=True, verbose_name="prochain rappel le"),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                condition=models.Q(("remind_on__isnull", False)), fields=["remind_on"], name="invoice_remind_on"
            ),
        ),
        migrations.RunPython(begin, migrations.RunPython.noop, elidable=True),
    ]
