"""Waking a worker. The nudge carries no data: what is to be done stands in the table."""

from __future__ import annotations

import logging
from typing import Any

logger = logging.getLogger(__name__)

# A broker that hangs holds a request at most this long at each of its two or three steps; the sweep does the rest.
TIMEOUT = 0.4
_TRANSPORT = {
    "socket_timeout": TIMEOUT,
    "socket_connect_timeout": TIMEOUT,
    "connect_retries_timeout": TIMEOUT,
    "max_retries": 0,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}


def nudge() -> None:
    """Tell a worker that there are messages to send."""
    from notifications.tasks import drain  # here, since the task's own work nudges too

    wake(drain)


def wake(task: Any) -> None:
    """Have a worker run `task`, which takes no argument and whose sweep would do the same later.

    Never fails, never waits long.
    """
    try:
        # A connection of its own: those of the pool wait for a broker that hangs for as long as it takes.
        with task.app.connection_for_write(connect_timeout=TIMEOUT, transport_options=_TRANSPORT) as broker:
            task.apply_async(connection=broker, retry=False)
    except Exception as error:  # whatever the transport raises, the rows are safe
        extra = {"task": task.name, "error_type": type(error).__name__}
        logger.warning("broker not reached, the sweep will do it", extra=extra)
