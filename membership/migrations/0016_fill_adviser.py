"""A member's adviser is who followed the dossier by which he joined."""

from django.db import migrations
from django.db.models import OuterRef, Subquery


def fill(apps, schema_editor):
    dossiers = apps.get_model("membership", "Application").objects.filter(
        state="accepted", establishment=OuterRef("establishment"), assigned_to__is_staff=True
    )
    members = apps.get_model("membership", "Member").objects.filter(adviser=None)
    members.update(adviser=Subquery(dossiers.order_by("-closed_at").values("assigned_to")[:1]))


class Migration(migrations.Migration):
    dependencies = [("membership", "0015_member_adviser")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
