from __future__ import annotations

import time

from celery import shared_task

from contributions import opening, reminders
from notifications.wake import wake

# A worker does other things too: after this long it leaves the rest to a new task.
SHIFT_SECONDS = 60


@shared_task
def work() -> None:
    """Prepare declarations and write reminders. Safe to run late, twice, or beside another."""
    end = time.monotonic() + SHIFT_SECONDS
    if opening.resume(end) or reminders.resume(end):
        wake(work)
