"""Issued documents: written once from a snapshot, rendered once, checked against their hash.

`issue` belongs in the transaction of what the document tells. Rendering comes afterwards, asked for by whoever needs
the file first (the sender of a mail, a download, the periodic task), and never undoes anything: a dossier is valid
while its document is « en préparation ».
"""

from __future__ import annotations

import hmac
import logging
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import connection, models, transaction
from django.db.models import F, Q
from django.utils import timezone

from core.journal import Actor, record
from documents import files
from documents.intake.detect import Kind
from documents.intake.names import display_name
from documents.models import Document
from documents.snapshots import freeze
from documents.timelimit import TimeLimitExceeded, time_limit

logger = logging.getLogger(__name__)

RENDERING_SECONDS = 30
# A claim older than this belongs to a worker that was killed or hangs: somebody else takes over.
CLAIM_SECONDS = RENDERING_SECONDS + 15
# After so many attempts the document is « en échec » and staff are alerted; attempts go on, further apart.
MAX_ATTEMPTS = 5
_POLL_SECONDS = 0.05


class RenderingFailed(Exception):
    """There is no file yet. The document stays to be rendered; `document.error` says what went wrong."""


class AlreadyReplaced(Exception):
    """Somebody else issued a correction of this document first."""


def issue(
    subject: models.Model,
    *,
    kind: str,
    title: str,
    filename: str,
    template: str,
    snapshot: Mapping[str, Any],
    number: str = "",
    replaces: Document | None = None,
) -> Document:
    """Write down a document to render from `template` and `snapshot`, inside the caller's transaction.

    With `replaces`, it is the next version of that document, which keeps its number and its file.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("issue() must be called inside a transaction: the document belongs to what it tells")
    version = 1
    if replaces is not None:
        replaced = Document.objects.select_for_update(of=("self",)).get(pk=replaces.pk)
        if Document.objects.filter(replaces=replaced).exists():
            raise AlreadyReplaced
        version = replaced.version + 1
        number = number or replaced.number
    return Document.objects.create(
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        kind=kind,
        number=number,
        version=version,
        replaces=replaces,
        title=title[:200],
        filename=display_name(filename, Kind.PDF),
        template=template,
        snapshot=freeze(snapshot),
    )


def ensure_rendered(document: Document) -> Document:
    """The document with its file, rendered now if need be. Raises `RenderingFailed` when there is none.

    Any number of workers may ask at once: one claims the row and renders, the others wait for it. To be called
    outside a transaction: inside one nobody else would see the claim.
    """
    give_up = time.monotonic() + CLAIM_SECONDS + RENDERING_SECONDS
    while not document.is_ready:
        if _claim(document):
            _render(document)
        elif connection.in_atomic_block or time.monotonic() > give_up:
            raise RenderingFailed("another worker is at it")
        else:
            time.sleep(_POLL_SECONDS)
            document.refresh_from_db()
    return document


def verify(document: Document) -> bool:
    """Whether the stored file is, to the byte, the one that was issued."""
    return hmac.compare_digest(files.sha256(files.read(document.file.name)), document.sha256)


def context_of(document: Document) -> dict[str, Any]:
    """What the template sees: the snapshot, and the document's own identity under `document`."""
    identity = {
        "title": document.title,
        "kind": document.kind,
        "number": document.number,
        "version": document.version,
        "created_at": document.created_at,
        "replaces": document.replaces_id,
    }
    return {**document.snapshot, "document": identity}


@transaction.atomic
def forget(subject: models.Model) -> None:
    """Delete all that was issued about `subject`, rows and files. Nothing may point to these documents any more."""
    issued = Document.objects.about(subject).defer("snapshot")
    for document in issued.order_by("-version"):  # a version protects the one that it replaces
        files.delete_after_commit(_file_names(document))
        document.delete()


def _claim(document: Document) -> bool:
    """Take the document for this worker, by one conditional UPDATE."""
    now = timezone.now()
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - timedelta(seconds=CLAIM_SECONDS))
    unfinished = Document.objects.filter(free, pk=document.pk).exclude(state=Document.State.READY)
    claimed = unfinished.update(claimed_at=now, attempts=F("attempts") + 1)
    document.refresh_from_db()
    return bool(claimed)


def _render(document: Document) -> None:
    """Render a claimed document and release it, ready or to be tried again."""
    # Here and not above: the engine takes as long to import as all the rest, and web processes hardly ever render.
    from documents import rendering

    try:
        with time_limit(RENDERING_SECONDS):
            pdf = rendering.render_pdf(document.template, context_of(document))
        # Named by the attempt: a worker thought dead that comes back writes beside, never over.
        name = _file_name(document, document.attempts)
        files.write(name, pdf)
    except TimeLimitExceeded as error:
        rendering.forget_engine()
        _failed(document, f"plus de {RENDERING_SECONDS} s", error)
    except files.StorageFull as error:
        _failed(document, "espace de stockage indisponible", error)
    except Exception as error:
        _failed(document, type(error).__name__, error)
    else:
        _finish(document, name, files.sha256(pdf))


def _finish(document: Document, name: str, sha256: str) -> None:
    done = _mine(document).update(
        state=Document.State.READY,
        file=name,
        sha256=sha256,
        rendered_at=timezone.now(),
        claimed_at=None,
        retry_at=None,
        error="",
    )
    if not done:  # the claim was lost meanwhile, and the document is somebody else's
        files.delete(name)
    else:
        for attempt in range(1, document.attempts):  # left by workers killed between writing and saying so
            files.delete(_file_name(document, attempt))
    document.refresh_from_db()


def _failed(document: Document, what: str, error: BaseException) -> None:
    """Note a failed attempt. Neither the row nor the log holds the exception's message: it may quote a person."""
    final = document.attempts >= MAX_ATTEMPTS
    delay = timedelta(hours=1) if final else timedelta(minutes=2 ** (document.attempts - 1))
    _mine(document).update(
        state=Document.State.FAILED if final else Document.State.PENDING,
        error=what,
        claimed_at=None,
        retry_at=timezone.now() + delay,
    )
    document.refresh_from_db()
    facts = {"document": document.pk, "kind": document.kind, "attempts": document.attempts}
    level, event = (logging.ERROR, "document failed") if final else (logging.WARNING, "document not rendered")
    logger.log(level, event, extra=facts, exc_info=error)
    raise RenderingFailed(what) from error


def _mine(document: Document) -> models.QuerySet[Document]:
    return Document.objects.filter(pk=document.pk, claimed_at=document.claimed_at)


def _file_name(document: Document, attempt: int) -> str:
    return f"documents/{document.pk}-{attempt}.pdf"


def _file_names(document: Document) -> list[str]:
    """Where its bytes may be: once it is ready in its file alone, before that wherever an attempt was cut short."""
    if document.is_ready:
        return [document.file.name]
    return [_file_name(document, attempt) for attempt in range(1, document.attempts + 1)]


def retry(document: Document, by: Actor) -> bool:
    """Have a document that failed rendered at the next occasion, with all its attempts before it.

    Returns whether it had failed still.
    """
    with transaction.atomic():
        failed = Document.objects.filter(pk=document.pk, state=Document.State.FAILED)
        done = bool(failed.update(state=Document.State.PENDING, attempts=0, retry_at=timezone.now()))
        if done and (subject := document.subject):
            record(subject, by=by, message=f"Document relancé : {document}", internal=True)
    return done
