from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0009_remind_on"),
    ]

    operations = [
        migrations.AddField(
            model_name="invoice",
            name="reminded_on",
            field=models.DateField(editable=False, null=True, verbose_name="dernier rappel le"),
        ),
    ]
