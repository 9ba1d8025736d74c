from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0011_invoice_version"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                condition=models.Q(("settled_on", None)), fields=["total"], name="invoice_unsettled_total"
            ),
        ),
    ]
