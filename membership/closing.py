"""What is deleted for good: abandoned drafts, dossiers that led nowhere, employees long gone."""

from __future__ import annotations

from django.db import transaction

from core.models import AccessLink, JournalEntry, PendingRow
from documents import uploads
from documents.models import Document
from membership.models import Application
from membership.states import State
from notifications.models import Message


def is_erasable(dossier: Application) -> bool:
    """Nothing was agreed or paid on it: a draft, or a dossier closed without a membership and without money."""
    led_nowhere = dossier.state in (State.DRAFT, State.RETURNED, State.WITHDRAWN)
    return led_nowhere and not dossier.payments.exists()


@transaction.atomic
def delete(dossier: Application) -> None:
    """Delete a dossier with all that hangs on it: rows, files, links, mails. Nothing personal stays."""
    uploads.purge(dossier)
    if proforma := getattr(dossier, "proforma", None):
        proforma.delete()
    for model in (AccessLink, JournalEntry, PendingRow, Message):
        model.objects.about(dossier).delete()
    for document in Document.objects.about(dossier).order_by("-version"):  # a version protects the one that it replaces
        document.delete()
    establishment = dossier.establishment
    dossier.delete()
    establishment.delete()
