"""The way in: size, kind, content, then a clean PDF."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.conf import settings
from django.core.files.base import File
from django.db import models

from core import scanner
from core.money import NBSP
from documents.handlers import LostUpload
from documents.intake import pdf, pictures
from documents.intake.detect import Kind, detect
from documents.intake.errors import UploadRefused
from documents.intake.limits import MAX_GROWTH

NO_ROOM = (
    "Nous ne pouvons pas enregistrer de fichier en ce moment : celui-ci n’a pas été gardé, le reste de votre dossier "
    "est intact. Réessayez dans quelques minutes ; si cela continue, appelez-nous."
)


@dataclass(frozen=True)
class CleanFile:
    """A received file, rebuilt.

    `scanned`: the virus scanner found nothing in it. `unscanned`: the received bytes where it did not answer; they are
    to be kept out of reach, and shown to it later.
    """

    kind: Kind
    data: bytes
    pages: int
    received_sha256: str
    sha256: str
    scanned: bool = False
    unscanned: bytes = b""


def megabytes(size: int) -> str:
    """`10 Mo`, `2,5 Mo`: in multiples of 1024² as the operating systems show it."""
    return f"{size / 1024 / 1024:.1f}".replace(".0", "").replace(".", ",") + f"{NBSP}Mo"


def read(file: File) -> bytes:
    """The content of a received file; refused before it is read when it is empty or too large."""
    limit = settings.UPLOAD_MAX_BYTES
    too_large = UploadRefused(
        f"Ce fichier dépasse {megabytes(limit)}. Numérisez-le en 200 points par pouce (ou en noir et blanc), "
        "ou envoyez une photo de chaque page."
    )
    if (file.size or 0) > limit:
        raise too_large
    if isinstance(file, LostUpload):
        raise UploadRefused(NO_ROOM)
    file.seek(0)
    data = file.read(limit + 1)
    if len(data) > limit:
        raise too_large
    if not data:
        raise UploadRefused(
            "Ce fichier est vide (0 octet). Vérifiez qu’il s’ouvre sur votre appareil, puis envoyez-le à nouveau."
        )
    return data


def clean(file: File, *, subject: models.Model | None = None, may_wait: bool = False) -> CleanFile:
    """Check `file` by its content and rebuild it as a PDF, or raise `UploadRefused`.

    The virus scanner sees it first, as it arrived, and is told what it was sent for. Raises `scanner.MalwareFound`, and
    `scanner.NoAnswer` unless the file `may_wait`: then it comes back with its `unscanned` bytes.
    """
    data = read(file)
    try:
        scanned, unscanned = scanner.check(data, subject), b""
    except scanner.NoAnswer:
        if not may_wait:
            raise
        scanned, unscanned = False, data
    return rebuild(data, scanned=scanned, unscanned=unscanned)


def rebuild(data: bytes, *, scanned: bool, unscanned: bytes = b"") -> CleanFile:
    """The same for bytes that the scanner has seen, or has yet to see."""
    kind = detect(data)
    rebuilt, pages = pdf.rebuild(data) if kind is Kind.PDF else pictures.rebuild(data, kind)
    if len(rebuilt) > MAX_GROWTH * settings.UPLOAD_MAX_BYTES:
        raise UploadRefused(
            "Ce fichier est trop lourd une fois ouvert. Imprimez-le au format PDF, ou envoyez une photo de chaque page."
        )
    return CleanFile(
        kind=kind,
        data=rebuilt,
        pages=pages,
        received_sha256=hashlib.sha256(data).hexdigest(),
        sha256=hashlib.sha256(rebuilt).hexdigest(),
        scanned=scanned,
        unscanned=unscanned,
    )
