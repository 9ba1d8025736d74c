"""The thread of messages between a company and the back office about its dossier (B-05): write, answer, set aside.

Every verb is one transaction: lock, check, write, journal, notice by mail. `key` comes from the page on which the
message was typed: the same page sent twice with the same text is one message, with another text it is another one.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from core.journal import Actor, record
from core.transitions import AlreadyDone, Refused
from membership import thread_mails as mails
from membership.links import dossier_url
from membership.models import Application, DossierMessage
from membership.settling import begin, settle
from notifications.outbox import enqueue

SHOWN = 200  # messages of one dossier on a page, the newest


class AlreadySent(AlreadyDone):
    """The same page came twice."""


def shown(dossier: Application) -> list[tuple[DossierMessage, tuple]]:
    """The thread as templates/components/thread.html takes it, newest last: (message, its files), of which none has."""
    return [(message, ()) for message in reversed(dossier.messages.order_by("-sent_at", "-pk")[:SHOWN])]


@transaction.atomic
def write(dossier: Application, text: str, *, key: UUID, by: Actor) -> DossierMessage:
    """The company writes, whatever became of its dossier since it was validated: it waits for an answer."""
    dossier = begin(dossier)
    message = _add(dossier, text, key=key, by=by, from_staff=False)
    dossier.unanswered_since = dossier.unanswered_since or message.sent_at
    record(dossier, by=by, message="Message envoyé à nos équipes.")
    settle(dossier)
    enqueue(mails.to_team(dossier), about=dossier, dedupe_key=f"dossier-message:{message.pk}")
    return message


@transaction.atomic
def answer(dossier: Application, text: str, *, key: UUID, by: Actor, seen: int | None = None) -> DossierMessage:
    """Staff write to the company, which is told by mail; what it had written is answered."""
    dossier = begin(dossier)
    message = _add(dossier, text, key=key, by=by, from_staff=True, seen=seen)
    asked, dossier.unanswered_since = dossier.unanswered_since, None
    record(dossier, by=by, message="Réponse de nos équipes." if asked else "Message de nos équipes.")
    settle(dossier)
    title = "Nous avons répondu à votre message" if asked else "Nous vous avons écrit"
    mail = mails.to_company(dossier, title, dossier_url(dossier))
    enqueue(mail, about=dossier, dedupe_key=f"dossier-message:{message.pk}")
    return message


@transaction.atomic
def set_aside(dossier: Application, *, by: Actor, seen: int | None = None) -> Application:
    """What the company wrote asks for no answer, or had it by telephone."""
    dossier = begin(dossier, seen)
    if dossier.unanswered_since is None:
        raise AlreadyDone("Aucun message n’attend plus de réponse sur ce dossier.")
    dossier.unanswered_since = None
    record(dossier, by=by, message="Message lu, sans réponse à donner ici.", internal=True)
    return settle(dossier)


def _add(
    dossier: Application, text: str, *, key: UUID, by: Actor, from_staff: bool, seen: int | None = None
) -> DossierMessage:
    """Store a message of a locked dossier. What was sent already comes first: a second click saw an older version."""
    if dossier.messages.filter(key=key, from_staff=from_staff, text=text).exists():
        raise AlreadySent("Votre message est déjà envoyé.")
    begin(dossier, seen)
    if dossier.is_draft:
        raise Refused("Cette demande est à compléter : les messages s’échangent ici une fois qu’elle est validée.")
    return DossierMessage.objects.create(
        application=dossier, text=text, key=key, author=by.user, author_name=by.name[:150], from_staff=from_staff
    )
