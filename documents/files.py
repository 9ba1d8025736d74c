"""Writing, reading and removing stored files, so that none is left without its row and no row without its file."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from contextlib import suppress

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.http import Http404

from documents.models import Document, Upload

UPLOADS = "uploads/"

logger = logging.getLogger(__name__)


class StorageFull(Exception):
    """The storage did not take a file, and nothing of it is left there. Disk full, most often."""


class FileMissing(Http404):
    """The row is there and its file is not."""

    sentence = "Ce document n’est plus disponible en ligne. Appelez-nous : nous pourrons vous le renvoyer."

    def __init__(self) -> None:
        super().__init__(self.sentence)


class NotToBeOpened(Http404):
    """The file waits for the virus scanner, or was refused by it."""

    def __init__(self, upload: Upload) -> None:
        self.sentence = (
            "Ce document est en cours de vérification. Il s’ouvrira ici dans quelques minutes."
            if upload.is_held
            else "Ce document a été refusé : il n’a pas été gardé."
        )
        super().__init__(self.sentence)


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


def opened(stored: Upload | Document) -> bytes:
    """The PDF, to show to somebody: the one way to it. Raises `NotToBeOpened` for a file that was not let in."""
    if isinstance(stored, Upload) and not stored.opens:
        raise NotToBeOpened(stored)
    return read(stored.file.name)


def read(name: str) -> bytes:
    """The content of a stored file, whatever it is: what people are shown comes from `opened`."""
    try:
        with default_storage.open(name, "rb") as file:
            return bytes(file.read())
    except FileNotFoundError as error:
        logger.error("a stored file is missing")
        raise FileMissing from error


def delete(name: str) -> None:
    """Remove a file and its picture, if there. A storage that does not answer leaves a log line, not an error page."""
    for each in (name, picture_name(name)) if name.startswith(UPLOADS) else (name,):
        try:
            default_storage.delete(each)
        except Exception:
            logger.error("a file could not be removed", exc_info=True)


def picture_name(name: str) -> str:
    """Where the picture of an upload's first page is kept: beside its file, with which it goes."""
    return f"{name}.png"


def kept_picture(upload: Upload) -> bytes | None:
    """The picture of the first page, if it was drawn once."""
    with suppress(FileNotFoundError), default_storage.open(picture_name(upload.file.name), "rb") as file:
        return bytes(file.read())
    return None


def keep_picture(upload: Upload, png: bytes) -> None:
    """Keep it, unless the upload was removed while it was being drawn. Without room it is drawn again next time."""
    name = picture_name(upload.file.name)
    with suppress(StorageFull):
        write(name, png)
    if not Upload.objects.filter(pk=upload.pk, file=upload.file.name).exists():
        delete(name)


def delete_after_commit(names: Iterable[str]) -> None:
    """Remove files once the transaction that removed their rows is committed, and only then."""
    for name in filter(None, list(names)):
        transaction.on_commit(lambda name=name: delete(name))


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
