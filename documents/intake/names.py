"""The name shown to people. It is never a path: files are stored under a UUID."""

from __future__ import annotations

import re
import unicodedata

from documents.intake.detect import Kind

MAX_LENGTH = 120
_EXTENSIONS = {
    Kind.PDF: (".pdf",),
    Kind.JPEG: (".jpg", ".jpeg", ".jpe", ".jfif"),
    Kind.PNG: (".png",),
    Kind.HEIC: (".heic", ".heif", ".hif"),
}
_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,4}$")


def readable(name: str) -> str:
    """`name` without path, invisible or direction-changing characters, and nothing else changed."""
    # Control, format (bidi overrides, zero width), private and unassigned characters, line separators.
    visible = "".join(
        c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c) not in {"Cc", "Cf", "Co", "Cn", "Cs"}
    )
    base = re.split(r"[/\\]", visible)[-1]
    return re.sub(r'[<>:"|?*\s]+', " ", base).strip().rstrip(" .")


def display_name(name: str, kind: Kind) -> str:
    """`name` without path, invisible or direction-changing characters; its extension says what the file really is.

    `..\\..\\a.pdf.html` that holds a PDF becomes `a.pdf`, a name of 300 characters keeps its extension.
    """
    base = readable(name)
    extensions = _EXTENSIONS[kind]
    while (found := _EXTENSION.search(base)) and found[0].lower() not in extensions:
        base = base[: found.start()].rstrip(" .")
    extension = found[0] if found else extensions[0]
    stem = base[: found.start()] if found else base
    return (stem[: MAX_LENGTH - len(extension)].strip(" .") or "document") + extension


def pdf_name(name: str) -> str:
    """The name under which the clean PDF of `name` is downloaded: `IMG_2041.HEIC` → `IMG_2041.pdf`."""
    stem = _EXTENSION.sub("", name)
    return f"{stem or 'document'}.pdf"
