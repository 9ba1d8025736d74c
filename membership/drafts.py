"""Verbs of a dossier that is still a draft: begin, send the way back, remind, throw away."""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction

from core.journal import Actor, record
from core.models import AccessLink, JournalEntry, PendingRow
from documents import uploads
from documents.models import Document
from membership import mails
from membership.links import LIFETIME, dossier_url
from membership.models import Application, Establishment
from membership.models.application import LINK
from membership.settling import begin
from notifications.models import Message
from notifications.outbox import enqueue


@transaction.atomic
def start() -> tuple[Application, AccessLink]:
    """Open an empty draft, and the link by which this browser holds it."""
    dossier = Application(establishment=Establishment.objects.create())
    dossier.touch()
    dossier.save()
    record(dossier, by=Actor.person("Entreprise"), message="Dossier commencé.")
    link, _ = AccessLink.issue(dossier, LINK, LIFETIME)
    return dossier, link


@transaction.atomic
def send_link(dossier: Application, asked_by: str = "") -> None:
    """Mail the way back to the dossier to whoever it belongs to: of two addresses on file, the one that asks."""
    mail = mails.way_back(dossier, dossier_url(dossier))
    known = (dossier.contact_email, dossier.representative_email)
    # The address as it is on file: one that only looks the same may be somebody else's.
    mail = replace(mail, to=next((one for one in known if one.lower() == asked_by.lower() and one), mail.to))
    newest = AccessLink.objects.about(dossier).order_by("-created_at").first()
    enqueue(mail, about=dossier, dedupe_key=f"way-back:{newest.pk}")


@transaction.atomic
def remind(dossier: Application) -> None:
    """Tell the person that a draft waits and when it will be deleted."""
    dossier = begin(dossier)
    day, dossier.remind_on = dossier.remind_on, None
    dossier.save(update_fields=["remind_on"])
    if dossier.is_draft and dossier.contact_email:
        mail = mails.draft_reminder(dossier, dossier_url(dossier))
        enqueue(mail, about=dossier, dedupe_key=f"draft-reminder:{dossier.pk}:{day}")


@transaction.atomic
def purge(dossier: Application) -> None:
    """Delete an abandoned draft with all that hangs on it: rows, files, links, mails. Nothing personal stays."""
    dossier = begin(dossier)
    if not dossier.is_draft:
        return
    uploads.purge(dossier)
    for model in (AccessLink, JournalEntry, PendingRow, Message, Document):
        model.objects.about(dossier).delete()
    establishment = dossier.establishment
    dossier.delete()
    establishment.delete()
