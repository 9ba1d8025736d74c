"""What ended badly: a PDF that could not be made, a mail that its server refused for good."""

from __future__ import annotations

from typing import Any

from django.db import models, transaction

from core.models.subject import subject_key
from documents.models import Document
from notifications.mail import Mail
from notifications.models import Message
from notifications.outbox import enqueue


def failed_document(about: models.Model) -> Document:
    """Tried as often as it is, in vain."""
    return Document.objects.create(
        **subject_key(about),
        kind="essai",
        title="Essai",
        filename="essai.pdf",
        template="essai.html",
        snapshot={},
        state=Document.State.FAILED,
        error="TemplateDoesNotExist",
        attempts=5,
    )


def refused_mail(about: models.Model, key: str = "refused", **more: Any) -> Message:
    """A mail with a personal link, to an address that does not exist."""
    what = {"button": ("Ouvrir mon dossier", "https://guichet.example/l/tres-secret"), "private_button": True, **more}
    with transaction.atomic():
        mail = Mail("perdu@exemple.fr", "Il manque une pièce", "Il manque une pièce", paragraphs=["Le Kbis."], **what)
        message = enqueue(mail, about=about, dedupe_key=key)
    columns = {"state": Message.State.FAILED, "next_attempt_at": None, "attempts": 1}
    error = "Le serveur de messagerie répond 550 : 5.1.1 No such user"
    Message.objects.filter(pk=message.pk).update(**columns, error=error)
    message.refresh_from_db()
    return message
