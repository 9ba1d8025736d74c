"""The post of the demonstration's past: what was sent then left then, and is in the mailbox under its own date."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from notifications import sender
from notifications.models import Message

KEPT = timedelta(days=10)  # what is older has left the mailbox long ago: sent, and not worth rendering its papers


def deliver(now: datetime) -> None:
    """Send what waits at the moment the clock is set to; `now` is the true time."""
    moment = timezone.now()
    if moment >= now - KEPT:
        sender.drain()
        return
    waiting = Message.objects.filter(state__in=Message.WAITING, next_attempt_at__lte=moment)
    waiting.update(state=Message.State.SENT, sent_at=moment, next_attempt_at=None, attempts=1, secret=None)
