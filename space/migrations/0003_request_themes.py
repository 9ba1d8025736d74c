"""The themes to begin with, and a few replies; staff word them, hide them and add others."""

from django.db import migrations

THEMES = [
    ("adhesion", "Adhésion"),
    ("cotisation", "Cotisation"),
    ("salaries", "Salariés"),
    ("rendez-vous", "Rendez-vous"),
    ("facture", "Facture"),
    ("autre", "Autre"),
]
REPLIES = [
    (
        "Bien reçu, nous regardons",
        "Bonjour {prénom},\n\nNous avons bien reçu votre demande {référence} pour {entreprise}. Nous la regardons et "
        "revenons vers vous.",
    ),
    (
        "Document illisible",
        "Bonjour {prénom},\n\nLe document joint à votre demande {référence} n’est pas lisible. Pouvez-vous le joindre "
        "à nouveau en répondant à ce message ? Une photo nette, prise à plat, convient.",
    ),
    (
        "C’est fait",
        "Bonjour {prénom},\n\nC’est fait : votre demande {référence} pour {entreprise} est traitée. S’il manque "
        "quelque chose, répondez à ce message.",
    ),
]


def fill(apps, schema_editor):
    themes, replies = apps.get_model("space", "RequestTheme"), apps.get_model("space", "CannedReply")
    for position, (slug, label) in enumerate(THEMES, 1):
        themes.objects.get_or_create(slug=slug, defaults={"label": label, "position": position})
    for position, (title, text) in enumerate(REPLIES, 1):
        replies.objects.get_or_create(title=title, defaults={"text": text, "position": position})


class Migration(migrations.Migration):
    dependencies = [("space", "0002_requests_and_papers")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
