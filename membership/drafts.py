"""Verbs of a dossier that is still a draft: begin, send the way back, remind, throw away."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from core.journal import Actor, record
from core.models import AccessLink
from core.transitions import Refused
from documents import uploads
from documents.models import Upload
from membership import closing, draft_mails, workflow
from membership.links import LIFETIME, dossier_url, new_link
from membership.models import Application, Establishment, LinksAsked
from membership.models.application import LINK, TOUCHED
from membership.settling import begin
from membership.states import CAME_TO_NOTHING, CLOSED
from notifications.outbox import enqueue
from notifications.wake import wake

LINKS_ASKED = "links-asked"  # the deadline that answers what no worker was woken for

LAST_REMINDER = timedelta(days=7)  # before a draft is deleted
CLOSED_SHOWN = timedelta(days=365)  # how long « Reprendre mon dossier » leads to one that came to nothing

logger = logging.getLogger(__name__)


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
    link, url = new_link(dossier)
    mail = draft_mails.way_back(dossier, url)
    known = (dossier.contact_email, dossier.representative_email)
    # The address as it is on file: one that only looks the same may be somebody else's.
    mail = replace(mail, to=next((one for one in known if one.lower() == asked_by.lower() and one), mail.to))
    enqueue(mail, about=dossier, dedupe_key=f"way-back:{link.pk}")


@transaction.atomic
def ask_links(email: str) -> None:
    """Note who asks for his links, whether we know him or not; a worker looks at it at once, or the next sweep."""
    from membership.tasks import send_links

    LinksAsked.objects.create(email=email)
    transaction.on_commit(lambda: wake(send_links))


def send_links(asked: LinksAsked) -> None:
    """Mail the links of the dossiers of the address that asked; nothing when there is none. The row goes.

    Those that came to nothing in the last year with them: their page gives back what was sent, and begins again.
    """
    mine = Q(contact_email__iexact=asked.email) | Q(representative_email__iexact=asked.email)
    within_reach = ~Q(state__in=CLOSED) | Q(state__in=CAME_TO_NOTHING, closed_at__gt=timezone.now() - CLOSED_SHOWN)
    found = Application.objects.filter(mine, within_reach).select_related("establishment")
    for dossier in found.order_by(F("closed_at").desc(nulls_first=True))[:10]:  # those that are open first
        send_link(dossier, asked_by=asked.email)
    asked.delete()


@transaction.atomic
def keep_address(dossier: Application) -> None:
    """The address typed in a first step that is not complete yet serves all the same to send the way back."""
    typed = dossier.typed.get("eligibilite", {}).get("contact_email", [""])[0].strip()
    if dossier.contact_email or not typed:
        return
    try:
        validate_email(typed)
    except ValidationError:
        return
    dossier.contact_email = typed
    dossier.save(update_fields=["contact_email"])


def add_upload(dossier: Application, kind: str, file: Any, *, by: Actor) -> Upload:
    """A document comes with the request. The file is stored first: it stays should the rest fail.

    When the request was validated meanwhile, it is a piece that was sent after it.
    """
    upload = uploads.accept(dossier, kind, file, uploaded_by=by.name)
    with transaction.atomic():
        dossier = begin(dossier)
        if dossier.is_draft:
            _worked_on(dossier)
            return upload
    return workflow.keep_piece(dossier, upload, by=by)


@transaction.atomic
def move_upload(dossier: Application, upload: Upload, *, up: bool) -> None:
    """One place up or down in the one PDF (D-17); beyond the first or the last nothing moves, nor what was removed or
    validated meanwhile, in another tab."""
    dossier = begin(dossier)
    order = list(Upload.objects.about(dossier).order_by("position").values_list("pk", flat=True))
    if not dossier.is_draft or upload.pk not in order:
        return
    at = order.index(upload.pk)
    to = at - 1 if up else at + 1
    if 0 <= to < len(order):
        order[at], order[to] = order[to], order[at]
        uploads.reorder(dossier, order)
        _worked_on(dossier)


@transaction.atomic
def remove_upload(dossier: Application, upload: Upload) -> None:
    """Take a document out of a draft; not out of a request that was validated meanwhile."""
    dossier = begin(dossier)
    if not dossier.is_draft:
        raise Refused("Votre demande vient d’être validée : ce document en fait partie. Envoyez-en un autre si besoin.")
    if not (found := Upload.objects.about(dossier).filter(pk=upload.pk).first()):
        return  # two tabs: it is gone already
    if found.review == Upload.Review.ACCEPTED:  # before the request was reopened
        raise Refused("Ce document a déjà été accepté : il reste au dossier. Envoyez-en un autre si besoin.")
    uploads.remove(found)
    _worked_on(dossier)


@transaction.atomic
def remind(dossier: Application, on: date) -> None:
    """Tell the person that a draft waits and when it will be deleted; and once more a week before that day (B-03)."""
    dossier = begin(dossier)
    last_on = dossier.purge_on - LAST_REMINDER if dossier.purge_on else None
    is_last = last_on is not None and on >= last_on
    day, dossier.remind_on = dossier.remind_on, None if is_last else last_on
    dossier.save(update_fields=["remind_on"])
    too_late = dossier.purge_on is not None and on > dossier.purge_on  # the sweep is late: it goes today
    if dossier.is_draft and dossier.mail_to and not too_late:
        make = draft_mails.last_reminder if is_last else draft_mails.reminder
        enqueue(make(dossier, dossier_url(dossier)), about=dossier, dedupe_key=f"draft-reminder:{dossier.pk}:{day}")


@transaction.atomic
def discard(dossier: Application, *, by: Actor, seen: int | None = None) -> None:
    """Its person gives up a draft; or staff, one that nobody will finish and that bars its SIRET to others (D-16)."""
    dossier = begin(dossier, seen)
    if not dossier.is_draft:
        raise Refused("Cette demande a été validée : elle ne peut plus être supprimée. Vous pouvez la retirer.")
    logger.info("draft deleted on request", extra={"dossier": dossier.pk, "by": by.user.pk if by.user else ""})
    closing.delete(dossier)


def _worked_on(dossier: Application) -> None:
    """The deadlines of the draft start again, as after whatever else its person changes."""
    dossier.touch()
    dossier.save(update_fields=TOUCHED)


@transaction.atomic
def purge(dossier: Application) -> None:
    """Delete an abandoned draft with all that hangs on it."""
    dossier = begin(dossier)
    if not dossier.is_draft:
        return
    closing.delete(dossier)
