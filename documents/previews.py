"""A page of a stored PDF as a picture: safe to show, since nothing in it can act."""

from __future__ import annotations

from io import BytesIO
from threading import Lock

import pypdfium2
from django.http import Http404

from documents import files
from documents.models import Document, Upload

# PDFium is not made for several threads.
_pdfium = Lock()
_MAX_WIDTH = 2000


def preview_png(stored: Upload | Document, page: int = 1, width: int = 900) -> bytes:
    """Page `page` (the first is 1) as a PNG of `width` pixels. `Http404` when there is no such page or file."""
    data = files.read(stored.file.name)
    width = max(16, min(width, _MAX_WIDTH))
    with _pdfium:
        pdf = pypdfium2.PdfDocument(data)
        try:
            if not 1 <= page <= len(pdf):
                raise Http404("Cette page n’existe pas dans le document.")
            sheet = pdf[page - 1]
            across, down = sheet.get_size()
            # A page much taller than wide is limited by its height.
            scale = min(width / across, 2 * width / down)
            picture = sheet.render(scale=scale, may_draw_forms=False).to_pil()
        finally:
            pdf.close()
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
