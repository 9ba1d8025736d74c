"""Notices about the messages of a dossier: that there is something to read, never what it says."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from core.journal import Actor
from membership import wording
from membership.mails import compose
from membership.models import Application
from notifications.mail import Mail


def to_team(dossier: Application) -> Mail:
    """To the team's address: a company has written."""
    title = "Nouveau message sur un dossier"
    keeper = Actor.staff(dossier.assigned_to).name if dossier.assigned_to else "Personne"
    url = settings.SITE_URL + reverse("admin:membership_application_change", args=[dossier.pk])
    return Mail(
        to=settings.OPERATOR["email"],
        subject=f"{title} ({dossier.reference})",
        title=title,
        facts=[
            ("Dossier", dossier.reference or ""),
            ("Entreprise", str(dossier.establishment)),
            ("Suivi par", keeper),
        ],
        button=("Ouvrir le dossier", url),
    )


def to_company(dossier: Application, title: str, url: str) -> Mail:
    """To whoever follows the dossier: staff have written."""
    return compose(
        dossier,
        title=title,
        paragraphs=[
            f"Notre message sur votre dossier pour {wording.name(dossier)} vous attend sur votre page « Mon dossier », "
            "où vous pouvez nous répondre."
        ],
        button=("Lire le message", url),
        after=[wording.NOT_QUOTED],
    )
