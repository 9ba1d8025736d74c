"""A document of a dossier that was held for the virus scanner, and is refused by it once it answers."""

from __future__ import annotations

from django.db import transaction

from core.journal import Actor, record
from documents.models import Upload
from membership import pieces, refusal_mails
from membership.models import Application
from membership.settling import begin, settle
from notifications.outbox import enqueue


@transaction.atomic
def tell(dossier: Application, upload: Upload) -> None:
    """The document is missing again: the company reads it on its page and by mail, and it is its turn to act."""
    dossier = begin(dossier)
    message = f"Document refusé : {pieces.LABELS[upload.kind]}."
    record(dossier, by=Actor.clock(), message=message, reason=upload.refusal_reason)
    if dossier.is_open and dossier.mail_to:
        enqueue(refusal_mails.not_kept(dossier, upload), about=dossier, dedupe_key=f"file-refused:{upload.pk}")
    if not dossier.is_draft:
        settle(dossier)
