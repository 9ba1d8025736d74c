"""Papers that employers of the demonstration send: drawn here, each a real file, all marked « SPÉCIMEN »."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO

from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

_SIZE = (827, 1169)  # A4 at 100 dots an inch
_TYPES = {"jpeg": ("JPEG", "image/jpeg"), "png": ("PNG", "image/png"), "pdf": ("PDF", "application/pdf")}


def paper(filename: str, title: str, lines: Sequence[str]) -> SimpleUploadedFile:
    """A page with a title and some lines, in the format that the name's ending says."""
    page = Image.new("RGB", _SIZE, "#fdfcf8")
    draw = ImageDraw.Draw(page)
    draw.text((90, 560), "SPÉCIMEN", font=_font(130), fill="#efe6d8")
    draw.rectangle((60, 60, _SIZE[0] - 60, _SIZE[1] - 60), outline="#8b928f", width=2)
    draw.text((100, 110), title, font=_font(34), fill="#1d2931")
    draw.line((100, 165, _SIZE[0] - 100, 165), fill="#8b928f", width=2)
    for number, line in enumerate(lines):
        draw.text((100, 200 + 42 * number), line, font=_font(22), fill="#1d2931")
    kind, media_type = _TYPES[filename.rpartition(".")[2]]
    out = BytesIO()
    page.save(out, kind)
    return SimpleUploadedFile(filename, out.getvalue(), content_type=media_type)


@lru_cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    """The site's own: the one that comes with Pillow has no accents."""
    font = ImageFont.truetype(BytesIO(_letters()), size)
    font.set_variation_by_axes([400])
    return font


@lru_cache
def _letters() -> bytes:
    font = TTFont(finders.find("fonts/source-sans-3-latin-wght-normal.woff2"))
    font.flavor = None  # a plain TrueType file, which Pillow reads
    out = BytesIO()
    font.save(out)
    return out.getvalue()
