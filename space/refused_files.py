"""An attachment that was held for the virus scanner, and is refused by it once it answers."""

from __future__ import annotations

from django.db import transaction

from core.journal import Actor, record
from core.transitions import lock
from documents.models import Upload
from notifications.outbox import enqueue
from space import request_mails as mails
from space.models import RequestMessage


@transaction.atomic
def tell(message: RequestMessage, upload: Upload) -> None:
    """The page says it in place of the file; once the message is sent, its author reads it in a mail too."""
    if message.sent_at is None:
        return
    request = lock(message.request)
    record(request, by=Actor.clock(), message="Fichier joint refusé.", reason=upload.refusal_reason)
    if message.from_staff:
        enqueue(mails.to_team(request, "Fichier joint refusé"), about=request, dedupe_key=f"file-refused:{upload.pk}")
    elif message.author:
        for mail in mails.file_refused(request, message.author):
            enqueue(mail, about=request, dedupe_key=f"file-refused:{upload.pk}:{mail.to}")
