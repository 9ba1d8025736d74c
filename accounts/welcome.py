"""The first mail to somebody for whom staff opened an account."""

from __future__ import annotations

from django.db import transaction

from accounts.activation import new_link
from accounts.models import User
from notifications.mail import Mail
from notifications.outbox import enqueue


@transaction.atomic
def welcome(user: User) -> None:
    """Mail an activation link: the person chooses the password, which nobody else ever knows (D-02)."""
    link, url = new_link(user)
    mail = Mail(
        to=user.email,
        subject="Votre accès : choisissez votre mot de passe",
        title="Votre accès est ouvert",
        greeting="Bonjour,",
        paragraphs=[
            "Un compte vient d’être ouvert à votre nom. Choisissez votre mot de passe pour vous en servir.",
            "Le lien est valable quatorze jours et ne sert qu’une fois.",
        ],
        facts=[("Identifiant", user.email)],
        button=("Choisir mon mot de passe", url),
        private_button=True,
    )
    enqueue(mail, about=user, dedupe_key=f"welcome:{link.pk}")
