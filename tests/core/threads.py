"""Real threads on the test database, all let go at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection, connections


def somebody_waits() -> bool:
    """Whether somebody waits for a lock. On SQLite there is one writer: whoever else writes waits."""
    if connection.vendor == "sqlite":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


def at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    """`act(0)` … `act(count - 1)` in `count` threads that start together; what each returned, or its exception."""
    barrier = Barrier(count, timeout=30)

    def run(number: int) -> Any:
        try:
            barrier.wait()
            return act(number)
        except Exception as error:  # handed to the test, which says which are expected
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
