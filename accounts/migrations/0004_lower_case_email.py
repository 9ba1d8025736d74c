from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Lower


def lower(apps, schema_editor):
    """Whoever has a capital letter in his address could not log in: all that looks for him is in lower case.

    Two accounts of one address are left as they are, and the migration stops: whose companies they are is for somebody
    to decide.
    """
    User = apps.get_model("accounts", "User")
    owners, twins = {}, []
    for key, email in User.objects.order_by("date_joined", "pk").values_list("pk", "email"):
        first = owners.setdefault(email.strip().lower(), (key, email))
        if first[0] != key:
            twins.append(f"{first[0]} and {key}")
    if twins:
        raise RuntimeError(
            f"Accounts of the same address but for capital letters: {', '.join(twins)}. Move what the unused one has "
            "to the other, give it another address, then migrate again."
        )
    for email, (key, typed) in owners.items():
        if typed != email:
            User.objects.filter(pk=key).update(email=email)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_direct_line"),
    ]

    operations = [
        migrations.RunPython(lower, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(condition=Q(("email", Lower("email"))), name="user_email_lower_case"),
        ),
    ]
