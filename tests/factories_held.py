"""Received files that the virus scanner has not let in, without a scanner."""

from __future__ import annotations

from django.db import models
from django.test import override_settings

from core import scanner
from core.models import Finding
from documents import held, uploads
from documents.models import Upload
from tests.factories import pdf_file


def held_file(subject: models.Model, kind: str, name: str = "kbis.pdf") -> Upload:
    """A file that came while the scanner was away."""
    with override_settings(SCANNER_URL="clamd:///nobody/listens/here.ctl"):
        upload = uploads.accept(subject, kind, pdf_file(name))
    assert upload.is_held
    return upload


def refused_file(subject: models.Model, kind: str, name: str = "kbis.pdf") -> Upload:
    """One that it refused once it answered, with the entry in the register."""
    upload, found = held_file(subject, kind, name), scanner.MalwareFound("Win.Test.EICAR_HDB-1")
    Finding.note(found.signature, size=upload.size, sha256=upload.received_sha256, subject=subject)
    held._refuse(upload, str(found))
    upload.refresh_from_db()
    return upload
