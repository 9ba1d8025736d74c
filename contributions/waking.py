"""Waking the worker that prepares declarations and writes reminders."""

from __future__ import annotations

from functools import partial

from django.db import transaction

from notifications.wake import wake


def work_on_commit() -> None:
    """Once the transaction is committed, have a worker do what it asked for."""
    from contributions.tasks import work  # here, since the task calls the verbs that call this

    transaction.on_commit(partial(wake, work))
