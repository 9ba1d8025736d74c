"""The outbox: a message is a row written in the same transaction as what it tells.

`enqueue()` writes the row, the commit nudges a worker, `notifications.sender` sends. The nudge carries no data and may
be lost: the periodic sweep finds what was left.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, models, transaction
from django.utils import timezone

from core.identifiers import Invalid, clean_phone
from core.journal import Actor, record
from core.models.subject import subject_key
from core.transitions import AlreadyDone, Refused
from notifications.mail import Mail, PostalLetter, Sms
from notifications.models import Attachment, Message
from notifications.sms import SmsUnavailable, sms_available
from notifications.text import is_address
from notifications.wake import nudge

logger = logging.getLogger(__name__)

BAD_ADDRESS = "Adresse refusée : ce n’est pas une adresse électronique."
MIN_LINES = 3  # of an address on an envelope
USELESS = "Devenu inutile avant d’être parti."
BAD_POSTAL = "Adresse postale incomplète : il faut un nom, une voie et une commune."
BAD_PHONE = "Numéro refusé : ce n’est pas un numéro de téléphone."


def enqueue(what: Mail | Sms | PostalLetter, *, about: models.Model, dedupe_key: str) -> Message:
    """Write the row of `what` into the current transaction and return it.

    The same `dedupe_key` twice gives one row: the first one, as it is. An address that cannot be one does not stop
    the dossier: the row is there as a failure for staff to see. Raises `SmsUnavailable` for an SMS when
    `sms_available()` says no.
    """
    _demand_transaction()
    if isinstance(what, Sms) and not sms_available():
        raise SmsUnavailable("No SMS gateway is configured: ask sms_available() before offering SMS.")
    columns = {**what.columns(), **subject_key(about), **Message.new_id()}
    columns.update(_checked_recipient(columns))
    return _add(columns, list(what.attachments), dedupe_key)


@dataclass(frozen=True)
class Letter:
    """One of many messages to enqueue together: what `enqueue()` takes."""

    what: Mail
    about: models.Model  # its key is enough: the row need not be read
    dedupe_key: str


def enqueue_many(letters: Sequence[Letter]) -> int:
    """Write the rows of many mails at once, each as `enqueue()` would; returns how many were new.

    A `dedupe_key` known already is passed over. For mails without attachments: a thousand people told the same thing.
    """
    _demand_transaction()
    keys = {letter.dedupe_key for letter in letters}
    known = set(Message.objects.filter(dedupe_key__in=keys).values_list("dedupe_key", flat=True))
    rows: dict[str, Message] = {}
    for letter in letters:
        if letter.what.attachments:
            raise ValueError("enqueue_many() sends no attachments: use enqueue()")
        if letter.dedupe_key not in known and letter.dedupe_key not in rows:
            columns = {**letter.what.columns(), **subject_key(letter.about), **Message.new_id()}
            columns.update(_checked_recipient(columns))
            rows[letter.dedupe_key] = Message(**columns, dedupe_key=letter.dedupe_key)
    # Another transaction may be writing the same keys: the first to commit keeps its row.
    Message.objects.bulk_create(rows.values(), batch_size=1000, ignore_conflicts=True)
    refused = sum(message.state == Message.State.FAILED for message in rows.values())
    if refused:
        logger.error("outbox: messages refused", extra={"count": refused})
    if len(rows) > refused:
        _nudge_on_commit()
    return len(rows)


def withdraw(dedupe_key: str) -> None:
    """Give up a message that has not left yet and is of no use any more, such as a code replaced by the next one."""
    Message.objects.filter(dedupe_key=dedupe_key, state__in=Message.WAITING).update(
        state=Message.State.FAILED,
        next_attempt_at=None,
        secret=None,
        error=USELESS,
        handled_at=timezone.now(),  # no failure for staff
    )


def in_trouble(dedupe_key: str) -> bool:
    """Whether a message was tried and did not leave: the person had better be offered another way."""
    troubled = [Message.State.RETRY, Message.State.FAILED]
    return Message.objects.filter(dedupe_key=dedupe_key, state__in=troubled).exists()


def resend(message: Message, by: Actor) -> Message:
    """Send again, for staff. Returns the row that will be sent.

    What never left goes again as the same row, with the same Message-ID; what was sent goes as a new row, since
    mail servers drop a second mail with a known Message-ID. Raises `Refused` with a French sentence.
    """
    with transaction.atomic():
        message = Message.objects.select_for_update().get(pk=message.pk)
        if message.is_letter:
            raise Refused("Un courrier ne repart pas d’ici : imprimez-le, ou imprimez-le à nouveau.")
        if message.state == Message.State.SENDING:
            raise AlreadyDone("Ce message est en cours d’envoi.")
        if message.is_private and not message.secret:
            raise Refused(
                "Ce message contenait un lien ou un code personnel, effacé après l’envoi (ou une semaine après son "
                "échec) : il ne peut pas repartir. Envoyez un nouveau lien depuis le dossier."
            )
        bad = _checked_recipient({"channel": message.channel, "to": message.to}).get("error")
        if bad:
            raise Refused(f"{bad} Corrigez-la dans le dossier, puis refaites l’action qui envoie ce message.")
        again = _copy(message) if message.state == Message.State.SENT else _requeue(message)
        if subject := message.subject:
            record(subject, by=by, message=f"Message envoyé à nouveau : {message}", internal=True)
        return again


def set_aside(message: Message, by: Actor) -> bool:
    """A failure that staff have dealt with otherwise: it is told no more. Returns whether it was one still."""
    with transaction.atomic():
        failed = Message.objects.filter(pk=message.pk, state=Message.State.FAILED, handled_at=None)
        done = bool(failed.update(handled_at=timezone.now(), handled_by=by.user))
        if done and (subject := message.subject):
            record(subject, by=by, message=f"Échec d’envoi classé : {message}", internal=True)
    return done


def _demand_transaction() -> None:
    """The transaction that pytest or TestCase opens around a test is not one."""
    if not any(not block._from_testcase for block in connection.atomic_blocks):
        raise RuntimeError("enqueue() must be called inside a transaction")


def _checked_recipient(columns: dict) -> dict:
    """The columns to change: a phone number in international form, or the failure of what is no address."""
    if columns["channel"] == Message.Channel.SMS:
        try:
            return {"to": clean_phone(columns["to"])}
        except Invalid:
            return {**_FAILED, "error": BAD_PHONE}
    if columns["channel"] == Message.Channel.LETTER:
        return {} if len(columns["content"]["address"]) >= MIN_LINES else {**_FAILED, "error": BAD_POSTAL}
    return {} if is_address(columns["to"]) else {**_FAILED, "error": BAD_ADDRESS}


_FAILED = {"state": Message.State.FAILED, "next_attempt_at": None}


def _add(columns: dict, documents: list, dedupe_key: str) -> Message:
    message, created = Message.objects.get_or_create(dedupe_key=dedupe_key, defaults=columns)
    if created:
        Attachment.objects.bulk_create(
            Attachment(message=message, document=document, position=position)
            for position, document in enumerate(documents, 1)
        )
        if message.state == Message.State.FAILED:
            logger.error("outbox: message refused", extra={"message_pk": message.pk, "channel": message.channel})
        elif not message.is_letter:  # staff print those
            _nudge_on_commit()
    return message


def _nudge_on_commit() -> None:
    """One nudge a transaction, however many messages it writes."""
    if not any(function is nudge for _, function, _ in connection.run_on_commit):
        transaction.on_commit(nudge)


def _requeue(message: Message) -> Message:
    now = timezone.now()
    # A row that waits keeps its attempts: asking for it now must not postpone its end.
    attempts = {"attempts": 0} if message.state == Message.State.FAILED else {}
    fresh = {"error": "", "handled_at": None, "handled_by": None}
    columns = {"state": Message.State.QUEUED, "next_attempt_at": now, **fresh, **attempts}
    Message.objects.filter(pk=message.pk).update(**columns)
    _nudge_on_commit()
    return _with(message, columns)


def _copy(message: Message) -> Message:
    copies = Message.objects.filter(dedupe_key__startswith=f"{message.dedupe_key}:renvoi:")
    if copies.filter(state__in=[*Message.WAITING, Message.State.SENDING]).exists():
        raise AlreadyDone("Ce message est déjà en train d’être envoyé à nouveau.")
    columns = {
        name: getattr(message, name)
        for name in ("subject_type", "subject_id", "channel", "to", "subject_line", "content", "secret")
    }
    key = f"{message.dedupe_key}:renvoi:{copies.count() + 1}"
    return _add({**columns, **Message.new_id()}, message.documents(), key)


def _with(message: Message, columns: dict[str, str | int | datetime | None]) -> Message:
    for name, value in columns.items():
        setattr(message, name, value)
    return message
