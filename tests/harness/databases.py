"""The test database: one process migrates it, each pytest process works on a copy of its own.

To migrate takes as long as a hundred tests; to copy a file, or to CREATE DATABASE … TEMPLATE, takes a moment.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from core.locks import alone

SHARED = Path(os.environ["GUICHET_TEST_DIR"])
MIGRATED = SHARED / "migrated"


def _original() -> str:
    """SQLite's is a file, so that threads and other processes reach it too."""
    return str(SHARED / "test.sqlite3") if connection.vendor == "sqlite" else f"test_{SHARED.name}"


def _use(name: str) -> str:
    """Put the default connection on another database; returns the name of the one it was on."""
    connection.close()  # besides, nobody may be connected to what is copied or dropped
    before = connection.settings_dict["NAME"]
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
    return before


@contextmanager
def copied(suffix: str) -> Iterator[None]:
    """A migrated database of one's own behind the default connection."""
    original = connection.settings_dict["TEST"]["NAME"] = _original()
    outside = connection.settings_dict["NAME"]
    with alone(SHARED / "migrating"):
        if not MIGRATED.exists():
            connection.creation.create_test_db(verbosity=0, serialize=False)
            MIGRATED.touch()
        _use(original)
        connection.creation.clone_test_db(suffix, verbosity=0)
        _use(connection.creation.get_test_db_clone_settings(suffix)["NAME"])
    yield
    _use(original)
    connection.creation.destroy_test_db(outside, verbosity=0, suffix=suffix)


def drop_original() -> None:
    """For the process that started all others, when they are gone."""
    if MIGRATED.exists():
        outside = _use(_original())
        connection.creation.destroy_test_db(outside, verbosity=0)
