"""Files that the virus scanner could not judge when they came: shown to it again, then let in or refused.

Nothing else lets a file in: with the scanner away, or taken out of the settings, what is held stays held.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from core import crypto, scanner
from core.transitions import Refused
from documents import files, intake, uploads
from documents.intake import CleanFile
from documents.intake.errors import NotNow
from documents.models import Upload
from documents.models.upload import Scan

BATCH = 100
SHIFT_SECONDS = 15  # then the worker is free; the rest comes at the next sweep
SCAN_SECONDS = 60.0  # for one file: nobody waits in front of a page
AGAIN, LATEST = timedelta(minutes=1), timedelta(hours=1)  # before a file is shown again, the longer the older it is

logger = logging.getLogger(__name__)
_tellers: dict[str, Callable[[Any, Upload], None]] = {}


def register(subject: type[models.Model], tell: Callable[[Any, Upload], None]) -> None:
    """When a file that was held for such a subject is refused, `tell(subject, upload)` is called in the transaction."""
    _tellers[subject._meta.label_lower] = tell


def sweep() -> int:
    """Judge what is due; returns how many files were. Safe to run late, twice, or on several machines."""
    judged, end, now = 0, time.monotonic() + SHIFT_SECONDS, timezone.now()
    due = Upload.objects.filter(scan=Scan.HELD, scan_at__lte=now).order_by("scan_at")
    if not (scanner.is_configured() and due.exists() and scanner.answers()):
        return 0
    for upload in due[:BATCH]:
        if not _claim(upload, now):
            continue
        try:
            judge(upload)
        except scanner.NoAnswer:
            break  # the next sweep begins with the others: this one is not due again so soon
        except Exception:
            logger.exception("a held file could not be judged", extra={"row": str(upload.pk)})
            continue
        judged += 1
        if time.monotonic() > end:
            break
    return judged


def judge(upload: Upload) -> None:
    """Show a held file to the scanner, and let it in or refuse it. `NoAnswer`, `NotNow`: it stays held."""
    received = crypto.unseal(files.read(upload.file.name))
    try:
        if not scanner.check(received, upload.subject, seconds=SCAN_SECONDS):
            raise scanner.NoAnswer
        clean = intake.rebuild(received, scanned=True)
    except (scanner.NoAnswer, NotNow):
        raise
    except Refused as refusal:
        _refuse(upload, str(refusal))
    else:
        _let_in(upload, clean)


def _claim(upload: Upload, now: datetime) -> bool:
    """Two sweeps take different files; one that nobody came to an end with is due again later."""
    later = now + min(max(AGAIN, (now - upload.created_at) / 4), LATEST)
    mine = Upload.objects.filter(pk=upload.pk, scan=Scan.HELD, scan_at=upload.scan_at)
    return bool(mine.update(scan_at=later))


def _locked(upload: Upload) -> Upload | None:
    """The row, if it is still held: it may have been removed meanwhile. Its subject is locked first, as everywhere."""
    if (subject := upload.subject) is not None:
        uploads.lock(subject)
    return Upload.objects.select_for_update(of=("self",)).filter(pk=upload.pk, scan=Scan.HELD).first()


def _let_in(upload: Upload, clean: CleanFile) -> None:
    name = f"uploads/{uuid.uuid4()}.pdf"
    try:
        with transaction.atomic():
            row = _locked(upload)
            if row is None:
                return
            files.write(name, clean.data)
            files.delete_after_commit([row.file.name])
            row.file = name
            row.pages, row.size, row.sha256 = clean.pages, len(clean.data), clean.sha256
            row.scan, row.scan_at = Scan.CLEAN, None
            row.save(update_fields=["file", "pages", "size", "sha256", "scan", "scan_at"])
    except BaseException:
        files.delete(name)
        raise


def _refuse(upload: Upload, reason: str) -> None:
    """The bytes go; the row stays, as that of any refused document, so that its sender reads why and what to do."""
    with transaction.atomic():
        row = _locked(upload)
        if row is None:
            return
        files.delete_after_commit([row.file.name])
        row.file, row.scan, row.scan_at = "", Scan.REFUSED, None
        row.review, row.refusal_reason, row.reviewed_at = Upload.Review.REFUSED, reason[:500], timezone.now()
        row.save(update_fields=["file", "scan", "scan_at", "review", "refusal_reason", "reviewed_at"])
        if (tell := _tellers.get(row.subject_type)) and (subject := row.subject) is not None:
            tell(subject, row)
