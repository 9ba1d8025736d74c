"""Sending stored files to a browser so that nothing in them can act on our site. Who may see them is the view's."""

from __future__ import annotations

from django.db.models import Model
from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header

from documents import files
from documents.files import FileMissing, NotToBeOpened
from documents.intake.names import pdf_name
from documents.merging import merge
from documents.models import Document, Upload
from documents.previews import preview_png, thumbnail

__all__ = [
    "FileMissing",
    "NotReady",
    "preview_png",
    "serve",
    "serve_bytes",
    "serve_merged",
    "serve_thumbnail",
]

SANDBOX = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"


class NotReady(Exception):
    """The document is still being prepared: the view says so, in a sentence, instead of a file."""

    sentence = "Ce document est en préparation. Il sera disponible ici dans quelques minutes."

    def __init__(self) -> None:
        super().__init__(self.sentence)


def serve(stored: Upload | Document, *, inline: bool = False) -> HttpResponse:
    """The PDF, as a download or (`inline`) to look at in a sandbox.

    Raises `NotReady` for a document without its file yet, `FileMissing` (a 404) when the file is gone, `NotToBeOpened`
    (a 404 too) when the virus scanner has not let it in.
    """
    if isinstance(stored, Document):
        if not stored.is_ready:
            raise NotReady
        filename = stored.filename
    else:
        filename = pdf_name(stored.name)
    return serve_bytes(files.opened(stored), filename, inline=inline)


def serve_merged(subject: Model, filename: str, *, inline: bool = False) -> HttpResponse:
    """All that was sent for `subject` as one PDF, in the order the person chose: what may be opened of it.

    Raises `NotToBeOpened` when there is nothing else, `Http404` when there is nothing.
    """
    found = list(Upload.objects.about(subject).order_by("position"))
    parts = [upload for upload in found if upload.opens]
    if not parts:
        raise NotToBeOpened(found[0]) if found else Http404
    return serve_bytes(merge(parts), filename, inline=inline)


def serve_thumbnail(upload: Upload, asked_from: str = "") -> HttpResponse:
    """The first page as a small picture, to show beside its name (see `previews.thumbnail`)."""
    return serve_bytes(thumbnail(upload, asked_from), "page-1.png", "image/png", inline=True)


def serve_bytes(
    data: bytes, filename: str, content_type: str = "application/pdf", *, inline: bool = False
) -> HttpResponse:
    """Made-up content (a merged PDF, a picture) with the headers of every download."""
    response = HttpResponse(data, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(not inline, filename)
    response["Content-Security-Policy"] = SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
