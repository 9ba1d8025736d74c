"""Activation links: a new person chooses his own password; none is ever sent (D-02)."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User, normalise_email
from core.models import AccessLink
from notifications.mail import Mail
from notifications.outbox import enqueue

ACTIVATION = "activation"
LIFETIME = timedelta(days=14)


def invite(email: str, first_name: str, last_name: str) -> tuple[User, str]:
    """The account of `email`, made if need be, and an absolute activation link; "" when it already has a password."""
    email = normalise_email(email)
    user = User.objects.filter(email=email).first()
    if user is None:
        try:
            with transaction.atomic():
                user = User.objects.create_user(email, first_name=first_name, last_name=last_name)
        except IntegrityError:  # invited elsewhere at the same moment
            user = User.objects.get(email=email)
    return user, "" if user.has_usable_password() else activation_url(user)


def new_link(user: User, *, only: bool = False) -> tuple[AccessLink, str]:
    """A new single-use link and its absolute address.

    Those sent before stay good: two companies may invite the same person, who opens whichever mail he finds first, and
    the one he spends voids the others. With `only`, asked for by the person himself, it takes their place (B12).
    """
    if only:
        AccessLink.objects.alive().about(user).filter(purpose=ACTIVATION).update(revoked_at=timezone.now())
    link, token = AccessLink.issue(user, ACTIVATION, LIFETIME)
    return link, settings.SITE_URL + reverse("accounts:open-activation", args=[token])


def activation_url(user: User, *, only: bool = False) -> str:
    """The address of a new single-use link."""
    return new_link(user, only=only)[1]


@transaction.atomic
def send_new_link(user: User) -> None:
    """Mail a new activation link, for the one that expired."""
    link, url = new_link(user, only=True)
    mail = Mail(
        to=user.email,
        subject="Votre nouveau lien pour créer votre mot de passe",
        title="Votre nouveau lien",
        greeting="Bonjour,",
        paragraphs=["Le lien précédent avait expiré. Celui-ci est valable quatorze jours et ne sert qu’une fois."],
        button=("Créer mon mot de passe", url),
        private_button=True,
    )
    enqueue(mail, about=user, dedupe_key=f"activation:{link.pk}")
