"""A clock the demonstration can set back, so that its dossiers have a past made by the real verbs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from unittest.mock import patch

from django.apps import apps
from django.db.models import Field
from django.utils import timezone

_now = timezone.now


@contextmanager
def set_to(moment: datetime) -> Iterator[None]:
    """Make it `moment` for Django in this process: `timezone.now()`, and the columns that default to it.

    For a command that runs alone; other processes keep the true time.
    """
    columns = [field for model in apps.get_models() for field in model._meta.local_fields if field.default is _now]
    with patch.object(timezone, "now", lambda: moment):
        for column in columns:
            _default(column, lambda: moment)
        try:
            yield
        finally:
            for column in columns:
                _default(column, _now)


def _default(column: Field, value: object) -> None:
    column.default = value
    column.__dict__.pop("_get_default", None)  # Django keeps what it made of the former one
