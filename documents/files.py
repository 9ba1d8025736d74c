"""Writing, reading and removing stored files, so that none is left without its row and no row without its file."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.http import Http404

logger = logging.getLogger(__name__)


class StorageFull(Exception):
    """The storage did not take a file, and nothing of it is left there. Disk full, most often."""


class FileMissing(Http404):
    """The row is there and its file is not."""

    def __init__(self) -> None:
        super().__init__("Ce document n’est plus disponible en ligne. Appelez-nous : nous pourrons vous le renvoyer.")


def write(name: str, data: bytes) -> None:
    """Store `data` under exactly `name`, or leave nothing and raise `StorageFull`."""
    try:
        stored = default_storage.save(name, ContentFile(data))
    except Exception as error:  # each storage has its own exceptions: OSError here, botocore's for S3
        logger.error("a file could not be stored", exc_info=True)
        delete(name)
        raise StorageFull from error
    if stored != name:  # somebody else's file has this name: never on a fresh UUID
        delete(stored)
        raise StorageFull


def read(name: str) -> bytes:
    """The content of a stored file."""
    try:
        with default_storage.open(name, "rb") as file:
            return bytes(file.read())
    except FileNotFoundError as error:
        logger.error("a stored file is missing")
        raise FileMissing from error


def delete(name: str) -> None:
    """Remove a file, if it is there. A storage that does not answer leaves a log line, not an error page."""
    try:
        default_storage.delete(name)
    except Exception:
        logger.error("a file could not be removed", exc_info=True)


def delete_after_commit(names: Iterable[str]) -> None:
    """Remove files once the transaction that removed their rows is committed, and only then."""
    for name in list(names):
        transaction.on_commit(lambda name=name: delete(name))


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
