"""A page of a stored PDF as a picture: safe to show, since nothing in it can act.

Drawn by a process of its own, given little memory and time: two kilobytes of PDF whose drawings repeat each other keep
PDFium busy for hours, and a thread of the server cannot be stopped. What was drawn is kept, what could not be drawn is
not tried again for a while, and nobody has drawings made without end.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

from django.http import Http404

from core.caching import cached
from core.throttle import hit
from documents import files
from documents.models import Document, Upload
from documents.preview_process import NO_SUCH_PAGE

SECONDS = 10
REST = 600  # seconds before a page that could not be drawn is tried again
THUMB = 224  # pixels across: twice what the back office shows, four times what the employer sees
# Drawn, not shown: what is kept costs nothing. A dossier has 30 documents; an office, one address for all.
DRAWN_AN_HOUR, DRAWN_FROM_ONE_PLACE = 150, 300
ROOT = Path(__file__).resolve().parent.parent
_MAX_WIDTH = 2000
_NOT_DRAWN = "Cette page ne peut pas être montrée ici. Téléchargez le document pour l’ouvrir."

logger = logging.getLogger(__name__)


def thumbnail(upload: Upload, asked_from: str = "") -> bytes:
    """The first page as a small PNG, drawn once; `Http404` when it cannot be. `asked_from`: the place of a visitor."""
    if not upload.opens:
        raise files.NotToBeOpened(upload)
    png = files.kept_picture(upload)
    if png is None:
        if asked_from and hit("draw-ip", asked_from, limit=DRAWN_FROM_ONE_PLACE, seconds=3600):
            raise Http404(_NOT_DRAWN)
        if hit("draw", str(upload.subject_id), limit=DRAWN_AN_HOUR, seconds=3600):
            raise Http404(_NOT_DRAWN)
        png = preview_png(upload, width=THUMB)
        files.keep_picture(upload, png)
    return png


def preview_png(stored: Upload | Document, page: int = 1, width: int = 900) -> bytes:
    """Page `page` (the first is 1) as a PNG of `width` pixels; `Http404` when there is none to show."""
    png = cached(f"undrawn:{stored.pk}:{page}", REST, lambda: _drawn(stored, page, width), worth=lambda png: not png)
    if not png:
        raise Http404(_NOT_DRAWN)
    return png


def _drawn(stored: Upload | Document, page: int, width: int) -> bytes:
    """The PNG, or nothing when it takes too much."""
    data = files.opened(stored)
    width = max(16, min(width, _MAX_WIDTH))
    command = [sys.executable, "-m", "documents.preview_process", str(page), str(width)]
    try:
        done = subprocess.run(command, cwd=ROOT, input=data, capture_output=True, timeout=SECONDS, check=True)
    except (subprocess.SubprocessError, OSError) as error:
        if getattr(error, "returncode", None) == NO_SUCH_PAGE:
            raise Http404("Cette page n’existe pas dans le document.") from error
        logger.warning("a page could not be drawn", extra={"row": str(stored.pk)})
        return b""
    return done.stdout
