"""A page of a stored PDF as a picture: safe to show, since nothing in it can act.

Drawn by a process of its own, given little memory and time: two kilobytes of PDF whose drawings repeat each other keep
PDFium busy for hours, and a thread of the server cannot be stopped. A page that could not be drawn is not tried again
for a while.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from pathlib import Path
from uuid import UUID

from django.http import Http404

from documents import files
from documents.models import Document, Upload
from documents.preview_process import NO_SUCH_PAGE

SECONDS = 15
REST = 600  # seconds before a page that could not be drawn is tried again
ROOT = Path(__file__).resolve().parent.parent
_MAX_WIDTH = 2000
_NOT_DRAWN = "Cette page ne peut pas être montrée ici. Téléchargez le document pour l’ouvrir."

logger = logging.getLogger(__name__)
_undrawn: dict[tuple[UUID, int], float] = {}  # until when


def preview_png(stored: Upload | Document, page: int = 1, width: int = 900) -> bytes:
    """Page `page` (the first is 1) as a PNG of `width` pixels; `Http404` when there is none to show."""
    if _undrawn.get((stored.pk, page), 0) > time.monotonic():
        raise Http404(_NOT_DRAWN)
    data = files.opened(stored)
    width = max(16, min(width, _MAX_WIDTH))
    command = [sys.executable, "-m", "documents.preview_process", str(page), str(width)]
    try:
        done = subprocess.run(command, cwd=ROOT, input=data, capture_output=True, timeout=SECONDS, check=True)
    except (subprocess.SubprocessError, OSError) as error:
        if getattr(error, "returncode", None) == NO_SUCH_PAGE:
            raise Http404("Cette page n’existe pas dans le document.") from error
        if len(_undrawn) > 1000:
            _undrawn.clear()
        _undrawn[stored.pk, page] = time.monotonic() + REST
        logger.warning("a page could not be drawn", extra={"row": str(stored.pk)})
        raise Http404(_NOT_DRAWN) from error
    return done.stdout
