"""A document of a dossier that was held for the virus scanner, and is refused by it once it answers."""

from __future__ import annotations

from django.db import transaction

from core.journal import Actor, record
from documents.models import Upload
from membership import pieces, wording
from membership.links import dossier_url
from membership.mails import FOLLOW, RESUME
from membership.models import Application
from membership.settling import begin, settle
from notifications.mail import Mail
from notifications.outbox import enqueue


@transaction.atomic
def tell(dossier: Application, upload: Upload) -> None:
    """The document is missing again: the company reads it on its page and by mail, and it is its turn to act."""
    dossier, label = begin(dossier), pieces.LABELS[upload.kind]
    record(dossier, by=Actor.clock(), message=f"Document refusé : {label}.", reason=upload.refusal_reason)
    if dossier.is_open and dossier.mail_to:
        enqueue(_mail(dossier, label, upload.refusal_reason), about=dossier, dedupe_key=f"file-refused:{upload.pk}")
    if not dossier.is_draft:
        settle(dossier)


def _mail(dossier: Application, label: str, reason: str) -> Mail:
    title = "Un de vos documents n’a pas pu être gardé"
    return Mail(
        to=dossier.mail_to,
        subject=f"{title} ({dossier.reference})" if dossier.reference else title,
        title=title,
        greeting=f"Bonjour {dossier.representative}," if dossier.representative else "Bonjour,",
        paragraphs=[
            f"Nous avions reçu ce document pour {wording.name(dossier)} : « {label} ». Après vérification, nous ne "
            f"pouvons pas le prendre. {reason}",
            "C’est à vous d’agir : envoyez-en un autre depuis votre dossier. Rien d’autre n’est perdu.",
        ],
        button=(RESUME if dossier.is_draft else FOLLOW, dossier_url(dossier)),
        private_button=True,
    )
