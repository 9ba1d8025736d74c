"""Letters: to whom a message goes by post, and the one PDF that staff print.

A letter is a row of the outbox like any other, written by `enqueue(PostalLetter(...))`. Printing is its sending: it is
claimed, rendered and marked with who printed it and when, once; it may be printed again as often as one likes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from core.dates import french_date
from core.journal import Actor, record
from core.models import SubjectMixin
from core.transitions import AlreadyDone, Refused
from documents import files
from documents.issuing import RenderingFailed, ensure_rendered
from documents.merging import join
from notifications.mail import PostalLetter, as_text
from notifications.models import Message
from notifications.outbox import MIN_LINES, enqueue

logger = logging.getLogger(__name__)

BATCH = 100  # letters of one PDF: some ten seconds, far from the time after which a claim is taken back
NO_ADDRESS = "Nous n’avons pas d’adresse postale pour l’entreprise de ce message : complétez-la dans son dossier."
Lines = Callable[[Any], Sequence[str]]
_finders: dict[str, Lines] = {}


# --- Addresses --------------------------------------------------------------------------------------------------------


def register_address(label: str, lines: Lines) -> None:
    """Say how the postal address of a model's rows is found: `lines(row)` gives name, street and town, or nothing.

    An app does it in its `postal.py`, which is found at start-up: this one knows nobody's address.
    """
    _finders[label] = lines


def address_of(subject: models.Model | None) -> list[str]:
    """The lines of an envelope, empty when nobody knows them. What is itself about something goes where that goes."""
    if subject is None:
        return []
    if lines := _finders.get(subject._meta.label_lower):
        found = [line for line in lines(subject) if line]
        return found if len(found) >= MIN_LINES else []
    return address_of(subject.subject) if isinstance(subject, SubjectMixin) else []


# --- A mail that was refused ------------------------------------------------------------------------------------------


def may_go_by_post(message: Message) -> bool:
    """Whether a letter can stand for this message: a mail refused for good, to somebody whose address is known."""
    return _refused(message) and bool(address_of(message.subject))


def by_post(message: Message, by: Actor) -> Message:
    """Write the letter that says what a refused mail said, with its attachments; the failure is dealt with.

    The personal link of the mail is left out, since who prints the letter would read it. Raises `Refused`.
    """
    with transaction.atomic():
        message = Message.objects.select_for_update(of=("self",)).get(pk=message.pk)
        key = f"courrier:{message.pk}"
        if Message.objects.filter(dedupe_key=key).exists():
            raise AlreadyDone("Ce message a déjà son courrier.")
        if not _refused(message):
            raise Refused("Seul un courriel en échec définitif, sans code, peut partir par courrier.")
        subject = message.subject
        if subject is None or not (lines := address_of(subject)):
            raise Refused(NO_ADDRESS)
        letter = enqueue(_letter(message, lines), about=subject, dedupe_key=key)
        done = {"handled_at": timezone.now(), "handled_by": by.user}
        Message.objects.filter(pk=message.pk).update(**done)
        record(
            subject, by=by, message=f"Courrier à imprimer, à la place d’un courriel refusé : {message}", internal=True
        )
    return letter


def _refused(message: Message) -> bool:
    failed = message.state == Message.State.FAILED and message.channel == Message.Channel.MAIL
    return failed and not message.content.get("has_code")


def _letter(message: Message, lines: list[str]) -> PostalLetter:
    content = message.content
    private = bool(content["button"]) and message.is_private
    call = "Appelez-nous pour nous donner une adresse qui fonctionne"
    link = f" : vous y recevrez le lien « {content['button']} », qui vous est personnel" if private else ""
    return PostalLetter(
        address=lines,
        subject=message.subject_line,
        greeting=content["greeting"],
        paragraphs=content["paragraphs"],
        facts=[(name, value) for name, value in content["facts"]],
        button=(content["button"], content["url"]) if content["button"] and content["url"] else None,
        after=[
            *content["after"],
            f"Ce courrier remplace un courriel qui n’a pas pu être remis à l’adresse {message.to}. {call}{link}.",
        ],
        attachments=message.documents(),
        instead_of=message.to,
    )


# --- Printing ---------------------------------------------------------------------------------------------------------


@dataclass
class Batch:
    """What a printing gave: the PDF (empty when nothing could be printed) and what to tell."""

    pdf: bytes = b""
    problems: list[str] = field(default_factory=list)


def print_batch(rows: QuerySet[Message], by: Actor) -> Batch:
    """One PDF of the letters among `rows`, the oldest first, each on pages of its own, followed by what is attached.

    Those that wait are marked as printed; those printed already are printed again. Of two people who print at once,
    each letter comes out for one. To be called outside a transaction.
    """
    batch, parts = Batch(), []
    letters = Message.objects.filter(pk__in=rows.order_by().values("pk"), channel=Message.Channel.LETTER)
    letters = letters.exclude(state=Message.State.FAILED).order_by("created_at", "pk")
    found = list(letters.prefetch_related("attached__document")[: BATCH + 1])
    if len(found) > BATCH:
        batch.problems.append(f"Seuls les {BATCH} premiers courriers sont dans ce PDF : recommencez pour les suivants.")
    for letter in found[:BATCH]:
        again = letter.state == Message.State.SENT
        moment = letter.sent_at if again and letter.sent_at else timezone.now()
        if not again and not _claim(letter, moment):
            batch.problems.append(f"Le courrier pour {letter.to} est imprimé par quelqu’un d’autre en ce moment.")
            continue
        try:
            pages = _pages(letter, moment)
        except Exception as error:
            logger.exception("letter not rendered", extra={"message_pk": letter.pk})
            if not again:
                _put_back(letter)
            what = (
                "sa pièce jointe n’est pas encore prête" if isinstance(error, RenderingFailed) else "erreur inattendue"
            )
            batch.problems.append(f"Le courrier pour {letter.to} n’est pas dans ce PDF : {what}. Réessayez plus tard.")
            continue
        if again or _mark_printed(letter, moment, by):
            parts += pages
    if parts:
        batch.pdf = join(parts)
    elif not batch.problems:
        batch.problems.append("Aucun courrier à imprimer parmi les messages choisis.")
    return batch


def plain_text(letter: Message) -> str:
    """What the letter says, for the screen."""
    return as_text(letter).partition("\n-- \n")[0]


def _claim(letter: Message, now: datetime) -> bool:
    waiting = Message.objects.filter(pk=letter.pk, state__in=Message.WAITING)
    columns = {"state": Message.State.SENDING, "claimed_at": now, "next_attempt_at": None}
    return bool(waiting.update(**columns, attempts=F("attempts") + 1))


def _put_back(letter: Message) -> None:
    held = Message.objects.filter(pk=letter.pk, state=Message.State.SENDING)
    held.update(state=Message.State.QUEUED, claimed_at=None, next_attempt_at=timezone.now())


def _mark_printed(letter: Message, moment: datetime, by: Actor) -> bool:
    with transaction.atomic():
        held = Message.objects.filter(pk=letter.pk, state=Message.State.SENDING, claimed_at=moment)
        printed = {"sent_at": moment, "handled_at": moment, "handled_by": by.user}
        done = held.update(state=Message.State.SENT, claimed_at=None, error="", **printed)
        if done and (subject := letter.subject):
            record(subject, by=by, message=f"Courrier imprimé : {letter}", internal=True)
    return bool(done)


def _pages(letter: Message, moment: datetime) -> list[tuple[str, bytes]]:
    """The letter and what is attached, each with the name of its bookmark."""
    # Here and not above: the engine takes as long to import as all the rest.
    from documents.rendering import render_pdf

    attached = [ensure_rendered(each.document) for each in letter.attached.all()]
    context = {
        **letter.content,
        "document": {"title": letter.subject_line},
        "day": french_date(moment),
        "attachments": [document.title for document in attached],
    }
    pages = [(f"{letter.to} : {letter.subject_line}", render_pdf("pdf/letter.html", context))]
    return pages + [(document.title, files.opened(document)) for document in attached]
