"""Mails leave from an address that nobody reads: the first replies send people to their space."""

from django.db import migrations

WORDS = [
    ("répondez à ce message", "répondez depuis votre espace"),
    ("à nouveau en répondant à ce message ?", "à nouveau depuis votre espace ?"),
]


def reword(apps, schema_editor):
    replies = apps.get_model("space", "CannedReply")
    for old, new in WORDS:
        for reply in replies.objects.filter(text__contains=old):
            reply.text = reply.text.replace(old, new)
            reply.save(update_fields=["text"])


class Migration(migrations.Migration):
    dependencies = [("space", "0004_request_retention")]
    operations = [migrations.RunPython(reword, migrations.RunPython.noop)]
