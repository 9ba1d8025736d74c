"""HTML to PDF by WeasyPrint, set up once per process.

Fonts, styles and the font configuration are read at the first page and kept: that is half of the time a page takes.
Nothing outside of the HTML is ever fetched: only `data:` addresses are followed, so a name that somebody typed as
`<img src="file:///etc/passwd">` can reach neither our disk nor our network.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from threading import RLock
from typing import Any

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from fontTools.ttLib import TTFont
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from core.brand import brand, data_url
from core.text import unbroken
from documents import tagging

# WeasyPrint quotes the address it did not fetch, which is what somebody typed: not for our logs. fontTools tells
# of every table it reads.
for _name in ("weasyprint", "weasyprint.progress", "fontTools"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

_AS_WRITTEN = re.compile(r"(<(?:style\b.*?</style|script\b.*?</script|pre\b.*?</pre)>)", re.DOTALL)
STYLESHEET = "pdf/pdf.css"
VARIANT = "pdf/ua-1"
# Those of the screens in the weights that pdf.css uses, cut by scripts/vendor_static.py: WeasyPrint would cut the
# variable ones again for every document, and to cut them at start takes seconds. WOFF, for WOFF2 is slow to unpack.
# The last one draws pictures that people put in names (« Fleurs 🌷 »), in black.
FONTS = (
    ("Source Sans 3", 400, "pdf/source-sans-3-400.woff"),
    ("Source Sans 3", 600, "pdf/source-sans-3-600.woff"),
    ("Source Serif 4", 600, "pdf/source-serif-4-600.woff"),
    ("Noto Emoji", 400, "pdf/noto-emoji.woff"),
)


class Engine:
    """A font configuration, the parsed stylesheet and the fetcher, used by one thread at a time."""

    def __init__(self) -> None:
        self.fetcher = URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
        self.fonts = FontConfiguration()
        self.stylesheets = [
            CSS(string=text, font_config=self.fonts, url_fetcher=self.fetcher) for text in stylesheets()
        ]

    def pdf(self, html: str) -> bytes:
        page = HTML(string=html, url_fetcher=self.fetcher, base_url=None)
        data: bytes = page.write_pdf(
            finisher=tagging.complete, font_config=self.fonts, stylesheets=self.stylesheets, pdf_variant=VARIANT
        )
        return data


_lock = RLock()
_engine: Engine | None = None


def render_pdf(template: str, context: Mapping[str, Any]) -> bytes:
    """The template of `templates/pdf/` as a tagged PDF (PDF/UA-1)."""
    return html_to_pdf(render_html(template, context))


def render_html(template: str, context: Mapping[str, Any]) -> str:
    """What is given to WeasyPrint: no line of its text begins with a « : » or « ? »."""
    return _bound(render_to_string(template, {"brand": brand(), **context}))


def _bound(html: str) -> str:
    """The page with its sentences unbroken; what stands as it was written (styles, scripts, `<pre>`) is left alone."""
    parts = _AS_WRITTEN.split(html)  # every second one
    parts[::2] = map(unbroken, parts[::2])
    return "".join(parts)


def html_to_pdf(html: str) -> bytes:
    """A finished page as a PDF, with the engine kept by this process."""
    global _engine
    with _lock:  # Pango's font map is shared by all pages and made for one thread
        if _engine is None:
            _engine = Engine()
        return _engine.pdf(html)


def forget_engine() -> None:
    """Start afresh at the next page: a rendering cut short may have left anything half done."""
    global _engine
    with _lock:
        _engine = None


def stylesheets() -> list[str]:
    """What every PDF looks like: fonts, layout, the operator's colours and logo."""
    layout = _static(STYLESHEET).read_text(encoding="utf-8")
    return [text for text in (_font_faces(), layout, brand().stylesheet, _logo()) if text]


def _static(name: str) -> Path:
    found = finders.find(name)
    if not found:
        raise FileNotFoundError(f"static/{name}")
    return Path(found)


def _font_faces() -> str:
    return "\n".join(_face(family, weight, _static(name)) for family, weight, name in FONTS)


def _face(family: str, weight: int, path: Path) -> str:
    font = TTFont(path, lazy=True, recalcBBoxes=False)
    font.flavor = None  # not packed
    out = BytesIO()
    font.save(out, reorderTables=False)
    url = data_url(out.getvalue(), "font/ttf")
    return f'@font-face {{ font-family: "{family}"; font-weight: {weight}; src: url({url}) }}'


def _logo() -> str:
    """The operator's logo as the letterhead's background: an ornament, which a screen reader passes over."""
    url = brand().logo_data
    if not url:
        return ""
    return f".letterhead {{ padding-left: 16mm; background: url({url}) 0 .6mm / 12mm 12mm no-repeat }}"
