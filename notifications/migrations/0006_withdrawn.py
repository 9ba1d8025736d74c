from django.db import migrations
from django.db.models import F


def close(apps, schema_editor):
    """What was given up on purpose (a code replaced by the next one) is no failure that staff must look at."""
    messages = apps.get_model("notifications", "Message")
    messages.objects.filter(state="failed", error="Devenu inutile avant d’être parti.").update(
        handled_at=F("created_at")
    )


class Migration(migrations.Migration):
    dependencies = [("notifications", "0005_handled")]
    operations = [migrations.RunPython(close, migrations.RunPython.noop)]
