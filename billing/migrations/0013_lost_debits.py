from django.db import migrations, models


class Migration(migrations.Migration):
    """Debits lost before are left to « Relancer les impayés »: nobody is flooded."""

    dependencies = [
        ("billing", "0012_unsettled_total"),
    ]

    operations = [
        migrations.AddField(
            model_name="collection",
            name="due_again_on",
            field=models.DateField(editable=False, null=True, verbose_name="à régler autrement depuis le"),
        ),
        migrations.AddField(
            model_name="collection",
            name="remind_on",
            field=models.DateField(editable=False, null=True, verbose_name="prochain rappel le"),
        ),
        migrations.AddIndex(
            model_name="collection",
            index=models.Index(
                condition=models.Q(("remind_on__isnull", False)), fields=["remind_on"], name="collection_remind_on"
            ),
        ),
    ]
