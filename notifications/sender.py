"""Sending what the outbox holds. Any number of workers may do this at once.

A worker claims a row by a conditional UPDATE, commits, renders the attachments that are missing, sends, marks. Exactly
once does not exist over SMTP: a row whose fate is unknown (the link broke after the message left, the worker was
killed) is sent again with the same Message-ID and flagged `ambiguous`.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, QuerySet
from django.utils import timezone

from documents.issuing import RenderingFailed, ensure_rendered
from notifications import sms
from notifications.mail import as_email, sms_text
from notifications.models import Message
from notifications.results import Later, NotSent, Rejected
from notifications.smtp import Post
from notifications.wake import nudge

logger = logging.getLogger(__name__)

_MINUTE, _HOUR = 60, 3600
# Seconds to wait after each failed attempt: a little over two days in all, then it is a failure for staff.
DELAYS = [_MINUTE, 5 * _MINUTE, 15 * _MINUTE, _HOUR, *[4 * _HOUR] * 12]
# A dead worker's rows go again at once this many times; after that they wait, in case it is they who kill it.
QUICK_RETURNS = 5
BATCH = 20  # a code asked for meanwhile waits for no more than these
# A worker does other things too: after this long it leaves the rest to a new task.
SHIFT_SECONDS = 60


def drain() -> None:
    """Send due rows until none is left, sharing a long queue with one more worker."""
    end = time.monotonic() + SHIFT_SECONDS
    # Channels whose gateway is down: their rows wait for the next sweep. Letters wait for staff, who print them.
    closed: set[str] = {Message.Channel.LETTER}
    with Post() as post:
        rows = _due(closed)
        if len(rows) == BATCH:
            nudge()
        while rows:
            for message in _claimed(rows):
                channel = _attempt(message, post)
                if channel:
                    closed.add(channel)
                    break
                if time.monotonic() > end:
                    nudge()
                    return
            rows = _due(closed)


def release_stale(now: datetime | None = None) -> int:
    """Take back rows whose worker has not answered for a lease. They may have been sent, so they are flagged."""
    now = now or timezone.now()
    limit = now - timedelta(seconds=lease_seconds())
    stale = Message.objects.filter(state=Message.State.SENDING, claimed_at__lte=limit)
    released = 0
    for message in list(stale.only("pk", "attempts", "claimed_at")):
        wait = 0 if message.attempts <= QUICK_RETURNS else None
        error = "L’envoi a été interrompu avant sa confirmation."
        released += _put_back(message, error, ambiguous=True, wait=wait)
    return released


def lease_seconds() -> float:
    """How long a claimed row is its worker's. Longer than any sending: PDF, slow server and all."""
    return float(settings.OUTBOX_LEASE_SECONDS)


def _due(closed: set[str]) -> list[Message]:
    """The next rows to send: codes and personal links first, whatever was queued before them by the thousand."""
    due = Message.objects.filter(state__in=Message.WAITING, next_attempt_at__lte=timezone.now())
    due = due.exclude(channel__in=closed).order_by("next_attempt_at").prefetch_related("attached__document")
    urgent = list(due.filter(secret__isnull=False)[:BATCH])
    return urgent or list(due[:BATCH])


def _claimed(rows: list[Message]) -> Iterator[Message]:
    """Those of `rows` that this worker wins. In random order, so that two workers seldom want the same one."""
    random.shuffle(rows)
    for message in rows:
        now = timezone.now()
        # The row as it was read and no other: what was read still holds, and is sent without reading it again.
        same = Message.objects.filter(
            pk=message.pk, state=message.state, attempts=message.attempts, next_attempt_at=message.next_attempt_at
        )
        if same.update(state=Message.State.SENDING, claimed_at=now, next_attempt_at=None, attempts=F("attempts") + 1):
            message.claimed_at, message.attempts = now, message.attempts + 1
            yield message


def _attempt(message: Message, post: Post) -> str:
    """Send a claimed row and mark what became of it. Returns its channel when the gateway is down, else ""."""
    try:
        _send(message, post)
    except Later as error:
        _put_back(message, str(error), ambiguous=error.ambiguous)
        return message.channel if error.gateway_down else ""
    except NotSent as error:
        _fail(message, str(error))
    except Exception as error:
        logger.exception("outbox: unexpected error", extra={"message_pk": message.pk})
        post.hang_up()
        _put_back(message, f"Erreur inattendue ({type(error).__name__}).")
    else:
        _mark_sent(message)
    return ""


def _send(message: Message, post: Post) -> None:
    if message.channel == Message.Channel.SMS:
        sms.send(message.to, sms_text(message), str(message.pk))
        return
    try:
        for attached in message.attached.all():
            attached.document = ensure_rendered(attached.document)
    except RenderingFailed as error:
        raise Later("La pièce jointe n’a pas encore pu être préparée.") from error
    _keep_claim(message)
    try:
        email = as_email(message)
        post.send(email)
    except ValueError as error:  # BadHeaderError, UnicodeError: what the rows' own cleaning let through
        raise Rejected("Cette adresse ou cet objet ne peuvent pas figurer dans un courriel.") from error


def _keep_claim(message: Message) -> None:
    """After a long rendering, make sure that the row is still ours and stays so while it is sent."""
    now = timezone.now()
    if now - message.claimed_at < timedelta(seconds=lease_seconds() / 3):
        return
    if not _held(message).update(claimed_at=now):
        raise Later("Un autre processus a repris ce message.")
    message.claimed_at = now


def _mark_sent(message: Message) -> None:
    # Whoever holds the row by now: it was sent, and must not be once more.
    unsent = Message.objects.filter(pk=message.pk).exclude(state=Message.State.SENT)
    unsent.update(
        state=Message.State.SENT, sent_at=timezone.now(), claimed_at=None, next_attempt_at=None, error="", secret=None
    )


def _held(message: Message) -> QuerySet[Message]:
    """The row as long as this very claim holds it."""
    return Message.objects.filter(pk=message.pk, state=Message.State.SENDING, claimed_at=message.claimed_at)


def _put_back(message: Message, error: str, *, ambiguous: bool = False, wait: int | None = None) -> int:
    if message.attempts > len(DELAYS):
        return _fail(message, f"Abandon après {message.attempts} essais. {error}", ambiguous=ambiguous)
    seconds = DELAYS[message.attempts - 1] if wait is None else wait
    columns = {"ambiguous": True} if ambiguous else {}
    return _held(message).update(
        state=Message.State.RETRY,
        next_attempt_at=timezone.now() + timedelta(seconds=seconds),
        claimed_at=None,
        error=error,
        **columns,
    )


def _fail(message: Message, error: str, *, ambiguous: bool = False) -> int:
    columns = {"ambiguous": True} if ambiguous else {}
    failed = _held(message).update(state=Message.State.FAILED, claimed_at=None, error=error, **columns)
    if failed:
        logger.error("outbox: message failed for good", extra={"message_pk": message.pk})
    return failed
