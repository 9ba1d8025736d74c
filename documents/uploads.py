"""Files people send for a dossier: taken in, put in order, merged, reviewed, removed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.conf import settings
from django.core.files.base import File
from django.db import models, transaction
from django.db.models import Count, Max, Sum
from django.utils import timezone

from core import crypto
from core.throttle import hit
from core.transitions import Refused
from documents import files, intake
from documents.intake import NO_ROOM, UploadRefused
from documents.models import Upload
from documents.models.upload import Scan

__all__ = ["UploadRefused", "accept", "count_from", "purge", "remove", "reorder", "review"]

TOTAL = 10  # all files of a dossier together, as a multiple of the largest one: they are merged in memory
SENT_AN_HOUR = 150  # files sent for one dossier, kept or not: opening and rebuilding one may take seconds
TOO_MANY = "Vous avez envoyé beaucoup de fichiers en peu de temps. Réessayez dans une heure, ou appelez-nous."

# The same of all that comes from one place, whatever dossiers it opens: whoever joins for twenty companies in a day, or
# shares an office's address with others who do, sends a third of that.
SENT_FROM_ONE_PLACE = 300  # files an hour
BYTES_FROM_ONE_PLACE = 50  # a day, as a multiple of the largest file: a draft keeps them for two months
TOO_MANY_HERE = (
    "Beaucoup de fichiers ont été envoyés depuis votre connexion en peu de temps. Réessayez dans une heure, ou "
    "appelez-nous."
)
TOO_MUCH_HERE = (
    "Beaucoup de documents ont été envoyés depuis votre connexion aujourd’hui. Réessayez demain, ou appelez-nous : "
    "nous vous dirons comment nous les faire parvenir."
)


def count_from(place: str, size: int) -> None:
    """Count a file of `size` bytes that somebody without an account sends, or raise `UploadRefused`."""
    if hit("upload-ip", place, limit=SENT_FROM_ONE_PLACE, seconds=3600):
        raise UploadRefused(TOO_MANY_HERE)
    largest = settings.UPLOAD_MAX_BYTES  # what is larger is refused for that, and not kept
    if hit("bytes-ip", place, limit=BYTES_FROM_ONE_PLACE * largest, seconds=24 * 3600, much=min(size, largest)):
        raise UploadRefused(TOO_MUCH_HERE)


def accept(
    subject: models.Model, kind: str, uploaded_file: File, *, uploaded_by: str = "", may_wait: bool = True
) -> Upload:
    """Check, rebuild and store a received file, or raise `Refused` with a sentence to show.

    While the virus scanner does not answer, a file that `may_wait` is held: stored as it arrived, encrypted, and opened
    by nobody until `documents.held` has shown it to the scanner.
    The very same file for the same piece is not stored twice: the first one comes back, marked `already_there`.
    To be called outside a transaction: if an outer one were rolled back, the file would stay without a row.
    """
    _refuse_when_full(subject)
    if hit("upload", str(subject.pk), limit=SENT_AN_HOUR, seconds=3600):
        raise UploadRefused(TOO_MANY)
    clean = intake.clean(uploaded_file, subject=subject, may_wait=may_wait)
    pk, held = uuid.uuid4(), bool(clean.unscanned)
    name = f"uploads/{pk}.held" if held else f"uploads/{pk}.pdf"
    try:
        with transaction.atomic():
            lock(subject)
            uploads = Upload.objects.about(subject)
            same = uploads.filter(kind=kind, received_sha256=clean.received_sha256)
            same.filter(scan=Scan.REFUSED).delete()  # the scanner has changed its mind, or is to be asked again
            if known := same.first():
                return _known(known)
            _refuse_when_full(subject, len(clean.data))
            files.write(name, crypto.seal(clean.unscanned) if held else clean.data)
            upload = Upload(
                pk=pk,
                kind=kind,
                name=intake.display_name(uploaded_file.name or "", clean.kind),
                position=(uploads.aggregate(last=Max("position"))["last"] or 0) + 1,
                pages=clean.pages,
                size=len(clean.data),
                sha256=clean.sha256,
                received_sha256=clean.received_sha256,
                file=name,
                scan=Scan.HELD if held else Scan.CLEAN if clean.scanned else Scan.NONE,
                scan_at=timezone.now() if held else None,
                uploaded_by=uploaded_by[:150],
                subject_type=subject._meta.label_lower,
                subject_id=subject.pk,
            )
            upload.save(force_insert=True)
    except files.StorageFull as error:
        raise UploadRefused(NO_ROOM) from error
    except UploadRefused:
        raise
    except BaseException:
        # The row was not written, so the file goes too: also when the process is being stopped.
        files.delete(name)
        raise
    return upload


def remove(upload: Upload) -> None:
    """Forget an upload; its file is deleted once that is committed."""
    with transaction.atomic():
        files.delete_after_commit([upload.file.name])
        upload.delete()


def purge(subject: models.Model) -> int:
    """Forget all uploads of a dossier, rows and files. Returns how many there were."""
    with transaction.atomic():
        uploads = Upload.objects.about(subject)
        names = list(uploads.values_list("file", flat=True))
        uploads.filter(file__in=names).delete()
        files.delete_after_commit(names)
    return len(names)


def reorder(subject: models.Model, ids: Sequence[uuid.UUID | str]) -> None:
    """Put the uploads of `subject` in the order of `ids`. Unknown ids are ignored; uploads not named come last."""
    wanted = {str(pk): place for place, pk in enumerate(ids)}
    with transaction.atomic():
        lock(subject)
        uploads = sorted(Upload.objects.about(subject), key=lambda upload: wanted.get(str(upload.pk), len(wanted)))
        for position, upload in enumerate(uploads, start=1):
            upload.position = position
        Upload.objects.bulk_update(uploads, ["position"])


def review(upload: Upload, accepted: bool, by_user: models.Model | None, reason: str = "") -> Upload:
    """Write down what staff think of a piece. A refusal says why: its sender will read it."""
    reason = reason.strip()
    if not upload.opens:
        raise Refused(
            "Ce document est en cours de vérification : attendez qu’il puisse être ouvert."
            if upload.is_held
            else "Ce document a été refusé et n’a pas été gardé : demandez-en un autre."
        )
    if not accepted and not reason:
        raise Refused("Indiquez pourquoi la pièce est refusée : l’entreprise lira ce motif.")
    upload.review = Upload.Review.ACCEPTED if accepted else Upload.Review.REFUSED
    upload.refusal_reason = "" if accepted else reason[:500]
    upload.reviewed_by = by_user  # type: ignore[assignment]
    upload.reviewed_at = timezone.now()
    upload.save(update_fields=["review", "refusal_reason", "reviewed_by", "reviewed_at"])
    return upload


def lock(subject: models.Model) -> None:
    """Two uploads for one dossier come one after the other: else both would see the last free place."""
    type(subject)._base_manager.select_for_update(of=("self",)).get(pk=subject.pk)


def _refuse_when_full(subject: models.Model, size: int = 0) -> None:
    limit, room = settings.UPLOAD_MAX_FILES, TOTAL * settings.UPLOAD_MAX_BYTES
    sent = Upload.objects.about(subject).aggregate(count=Count("pk"), size=Sum("size"))
    if sent["count"] >= limit:
        raise UploadRefused(
            f"Vous avez déjà envoyé {limit} fichiers, le maximum pour un dossier. Retirez ceux qui ne servent plus, "
            "ou réunissez plusieurs pages en un seul PDF."
        )
    if (sent["size"] or 0) + size > room:
        raise UploadRefused(
            f"Les documents d’un dossier sont limités à {intake.megabytes(room)} en tout. Retirez ceux qui ne servent "
            "plus, ou numérisez-les en 200 points par pouce."
        )


def _known(upload: Upload) -> Upload:
    if upload.review == Upload.Review.REFUSED:
        raise UploadRefused(
            f"Ce fichier est exactement celui que nous n’avons pas pu accepter (« {upload.refusal_reason} »). "
            "Envoyez un document corrigé."
        )
    upload.already_there = True
    return upload
