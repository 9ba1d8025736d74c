from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0010_reminded_on"),
    ]

    operations = [
        migrations.AddField(
            model_name="invoice",
            name="version",
            field=models.PositiveIntegerField(default=1, editable=False),
        ),
    ]
