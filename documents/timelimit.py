"""A wall-clock limit for work that may never end."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

AGAIN = 0.5  # seconds: Python drops an exception raised inside a finalizer, so the alarm goes off again


class TimeLimitExceeded(BaseException):
    """Not an `Exception`: libraries that go on after any error must not swallow it."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `TimeLimitExceeded` in the block once `seconds` have passed.

    Signals reach only the main thread, which is where gunicorn's sync workers and Celery's prefork and solo pools
    work. In any other thread there is no limit here: the claim on the document expires all the same, and another
    worker takes over.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(signum: int, frame: object) -> None:
        raise TimeLimitExceeded

    started = time.monotonic()
    outer_handler = signal.signal(signal.SIGALRM, stop)
    outer_left, outer_interval = signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, outer_handler)
        if outer_left:
            # An outer limit goes on counting; one that ran out meanwhile goes off at once.
            left = max(0.001, outer_left - (time.monotonic() - started))
            signal.setitimer(signal.ITIMER_REAL, left, outer_interval)
