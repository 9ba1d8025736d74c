"""Choosing a password anew: by a link that lives five minutes (X-03, D-02), or from the page « Sécurité ».

Whatever the way, all other sessions end (their key holds a hash of the password), no browser is trusted any more,
links sent before are void, and the person is told by mail.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts import notices
from accounts.activation import ACTIVATION
from accounts.models import AppDevice, TrustedBrowser, User, normalise_email
from core.models import AccessLink
from core.throttle import give_back
from core.transitions import lock
from notifications.mail import Mail
from notifications.outbox import enqueue

RESET = "reset"
LIFETIME = timedelta(minutes=5)
ACCOUNT_SCOPE = "login-account"  # wrong passwords of one account, see accounts.door


@transaction.atomic
def send_reset(email: str) -> None:
    """Answer « Mot de passe oublié » by mail, whether the address has an account or not.

    Both take the same steps, so that neither the page nor its delay tells which it was (B1). Who has no account
    learns it in the mailbox, where only he can read it.
    """
    email = normalise_email(email)
    known = User.objects.filter(email=email, is_active=True).first()
    user = known or User(email=email)
    void_links(user, RESET)
    link, token = AccessLink.issue(user, RESET, LIFETIME)
    url = settings.SITE_URL + reverse("accounts:open-reset", args=[token])
    enqueue(_reset_mail(email, url) if known else _no_account(email), about=user, dedupe_key=f"reset:{link.pk}")


def void_links(user: User, *purposes: str) -> None:
    """The links to choose a password that were sent to `user` open nothing any more."""
    AccessLink.objects.alive().about(user).filter(purpose__in=purposes).update(revoked_at=timezone.now())


@transaction.atomic
def set_by_link(link: AccessLink, user: User, password: str) -> bool:
    """Spend the link on this password. False when somebody was faster: nothing is changed.

    The account is held meanwhile, so that of two links opened at once one only is spent.
    """
    lock(user)
    if not link.spend():
        return False
    first = not user.has_usable_password()
    _set(user, password)
    if link.purpose == RESET or not first:  # whoever had a password hears of it, whichever link replaced it
        notices.changed(user, "Le mot de passe a été réinitialisé." if not first else "Le mot de passe a été créé.")
    if link.purpose == RESET:
        give_back(ACCOUNT_SCOPE, user.email, all_of_them=True)  # closed by a stranger's tries, it opens again
    return True


@transaction.atomic
def change(user: User, password: str) -> None:
    """Change the password of somebody who is logged in and has confirmed who he is."""
    _set(user, password)
    notices.changed(user, "Le mot de passe a été changé.")


def _set(user: User, password: str) -> None:
    user.set_password(password)
    user.save(update_fields=["password"])
    TrustedBrowser.objects.filter(user=user).revoke()
    AppDevice.objects.filter(user=user, confirmed=False).delete()  # whose secret who knew the old one may have seen
    void_links(user, RESET, ACTIVATION)


def _reset_mail(email: str, url: str) -> Mail:
    return Mail(
        to=email,
        subject="Choisissez un nouveau mot de passe",
        title="Choisissez un nouveau mot de passe",
        greeting="Bonjour,",
        paragraphs=[
            "Vous avez demandé à changer votre mot de passe. Ce lien est valable cinq minutes et ne sert qu’une fois ; "
            "s’il a expiré, la page vous en propose un autre."
        ],
        button=("Choisir mon mot de passe", url),
        private_button=True,
        after=["Vous n’avez rien demandé ? Ne faites rien : votre mot de passe reste le même."],
    )


def _no_account(email: str) -> Mail:
    return Mail(
        to=email,
        subject="Aucun compte à cette adresse",
        title="Aucun compte à cette adresse",
        greeting="Bonjour,",
        paragraphs=[
            "Un nouveau mot de passe a été demandé pour cette adresse, mais aucun compte n’existe à cette adresse.",
            "Si c’était vous, essayez avec l’adresse à laquelle nous vous écrivons d’habitude, ou créez votre accès "
            "depuis la page de connexion.",
        ],
        button=("Aller à la page de connexion", settings.SITE_URL + reverse("accounts:login")),
        private_button=True,  # it is no secret, but encrypting it takes the time that the other mail takes
        after=["Vous n’avez rien demandé ? Vous pouvez ignorer ce message."],
    )
