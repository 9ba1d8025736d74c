"""Deadlines of a delegation, the last visit, the whole address of a company, its name as people search it."""

from django.db import migrations, models

import core.fields


class Migration(migrations.Migration):
    dependencies = [("membership", "0007_remove_member_users")]

    operations = [
        migrations.AddField(
            "access", "remind_on", models.DateField(editable=False, null=True, verbose_name="rappel de la fin le")
        ),
        migrations.AddField(
            "access",
            "invited_as",
            models.CharField(
                blank=True, default="", editable=False, max_length=160, verbose_name="nom donné à l’invitation"
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "access", "last_used_at", models.DateTimeField(editable=False, null=True, verbose_name="dernière visite le")
        ),
        migrations.AddField(
            "establishment",
            "floor",
            models.CharField(blank=True, default="", max_length=120, verbose_name="appartement / étage"),
            preserve_default=False,
        ),
        migrations.AddField(
            "establishment",
            "locality",
            models.CharField(blank=True, default="", max_length=120, verbose_name="lieu-dit ou boîte postale"),
            preserve_default=False,
        ),
        migrations.AddField(
            "establishment", "folded", core.fields.FoldedField(max_length=300, sources=("name", "trade_name"))
        ),
        migrations.AddIndex(
            "access",
            models.Index(
                condition=models.Q(("remind_on__isnull", False)), fields=["remind_on"], name="access_remind_on"
            ),
        ),
        migrations.AddIndex(
            "access",
            models.Index(
                condition=models.Q(("ends_on__isnull", False), ("revoked_at__isnull", True)),
                fields=["ends_on"],
                name="access_ends_on",
            ),
        ),
    ]
