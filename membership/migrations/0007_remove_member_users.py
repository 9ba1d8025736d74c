from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("membership", "0006_fill_access_and_folded")]

    operations = [migrations.RemoveField(model_name="member", name="users")]
