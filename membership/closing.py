"""What is deleted for good: abandoned drafts, dossiers that led nowhere, employees long gone."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from core.models import AccessLink, JournalEntry, PendingRow
from documents import issuing, uploads
from membership.models import Application, Employee, Payment
from membership.states import CAME_TO_NOTHING
from notifications.models import Message


def is_erasable(dossier: Application) -> bool:
    """Nothing was agreed or paid on it: a draft, or a dossier closed without a membership and without money."""
    led_nowhere = dossier.is_draft or dossier.state in CAME_TO_NOTHING
    return led_nowhere and without_money().filter(pk=dossier.pk).exists()


def without_money() -> QuerySet[Application]:
    """Those on which no payment was recorded but by mistake."""
    return Application.objects.exclude(
        Exists(Payment.objects.filter(application=OuterRef("pk")).exclude(state=Payment.State.CANCELLED))
    )


@transaction.atomic
def delete(dossier: Application) -> None:
    """Delete a dossier with all that hangs on it: rows, files, links, mails. Nothing personal stays."""
    uploads.purge(dossier)
    dossier.payments.filter(state=Payment.State.CANCELLED).delete()
    if proforma := getattr(dossier, "proforma", None):
        proforma.delete()
    for model in (AccessLink, JournalEntry, PendingRow, Message):
        model.objects.about(dossier).delete()
    issuing.forget(dossier)
    establishment = dossier.establishment
    dossier.delete()
    establishment.delete()


@transaction.atomic
def delete_employee(employee: Employee) -> None:
    """Delete somebody who has left, with his earlier stays and his journal. A declaration that counted him stays."""
    JournalEntry.objects.about(employee).delete()
    employee.delete()
