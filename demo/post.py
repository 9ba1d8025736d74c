"""The post of the demonstration's past: what was sent then left then, and is in the mailbox under its own date."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from documents.models import Document
from notifications import sender
from notifications.models import Message

KEPT = timedelta(days=10)  # what is older has left the mailbox long ago: sent, and not worth rendering its papers
PACE = timedelta(seconds=4)


def deliver(now: datetime) -> None:
    """Send what waits at the moment the clock is set to; `now` is the true time."""
    moment = timezone.now()
    if moment >= now - KEPT:
        sender.drain()
        return
    waiting = Message.objects.filter(state__in=Message.WAITING, next_attempt_at__lte=moment)
    waiting.update(state=Message.State.SENT, sent_at=moment, next_attempt_at=None, attempts=1, secret=None)


def leave_old_papers(now: datetime) -> None:
    """The others are rendered a few a minute, the latest first: a worker that has all of them to do at once would let a
    newcomer wait for his code."""
    for rank, paper in enumerate(Document.objects.due(now).order_by("-created_at"), 1):
        Document.objects.filter(pk=paper.pk).update(retry_at=now + rank * PACE)
