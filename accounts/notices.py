"""What a person is told by mail: the codes, and every change made to the account (B15)."""

from __future__ import annotations

from uuid import uuid4

from django.utils import timezone

from accounts.models import CodeDevice, User
from core.brand import brand
from core.dates import french_moment
from core.journal import Actor, record
from notifications.mail import Mail, Sms
from notifications.outbox import enqueue

CODE_WARNING = "Ne donnez ce code à personne : nous ne vous le demanderons jamais par téléphone ni par courriel."


def code_key(device: CodeDevice) -> str:
    """The key in the outbox of the last code of a device."""
    return f"code:{device.pk}:{device.sent}"


def send_code(device: CodeDevice, code: str, purpose: str) -> None:
    """Send `code` where the device says; `purpose` ends the sentence « Votre code pour … »."""
    what: Mail | Sms
    if device.channel == CodeDevice.Channel.SMS:
        text = f"{brand().name} : {code} est votre code pour {purpose}. Valable 10 minutes. Ne le donnez à personne."
        what = Sms(device.to, text, private=True)
    else:
        what = Mail(
            to=device.to,
            subject=f"Votre code pour {purpose}",
            title=f"Votre code pour {purpose}",
            greeting="Bonjour,",
            paragraphs=[
                "Tapez ce code sur la page qui vous le demande. Il est valable dix minutes et ne sert qu’une fois."
            ],
            private_code=code,
            after=[
                CODE_WARNING,
                "Vous n’avez rien demandé ? Quelqu’un connaît peut-être votre mot de passe : changez-le.",
            ],
        )
    enqueue(what, about=device.user, dedupe_key=code_key(device))


def address_taken(device: CodeDevice, code: str, purpose: str) -> None:
    """In place of a code, to an address that has an account already: the page must not tell, its owner may know."""
    mail = Mail(
        to=device.to,
        subject="Cette adresse a déjà un compte",
        title="Cette adresse a déjà un compte",
        greeting="Bonjour,",
        paragraphs=[
            "Quelqu’un a voulu utiliser votre adresse pour un autre compte. Elle est déjà l’identifiant d’un compte : "
            "rien n’a été changé, et vous n’avez aucun code à taper.",
            "Si c’était vous, connectez-vous avec cette adresse, ou choisissez-en une autre.",
        ],
    )
    enqueue(mail, about=device.user, dedupe_key=code_key(device))


def changed(user: User, what: str, *, to: str = "", by: Actor | None = None) -> None:
    """Write in the journal, and tell the person at `to` (the address of the account), that `what` was done."""
    by = by or Actor(user.get_full_name() or user.email, user)
    record(user, by=by, message=what, internal=True)
    mail = Mail(
        to=to or user.email,
        subject="Votre compte a été modifié",
        title=what.rstrip("."),
        greeting="Bonjour,",
        facts=[("Compte", user.email), ("Quand", french_moment(timezone.now())), ("Par", by.name)],
        paragraphs=["Si c’était vous, il n’y a rien à faire."],
        after=[
            "Ce n’était pas vous ? Choisissez tout de suite un nouveau mot de passe par « Mot de passe oublié », "
            f"puis appelez-nous au {brand().phone_display}."
        ],
    )
    enqueue(mail, about=user, dedupe_key=f"account:{uuid4()}")
