"""Names of files, as shown and as downloaded."""

from __future__ import annotations

import unicodedata

import pytest

from documents.intake import display_name
from documents.intake.detect import Kind
from documents.intake.names import MAX_LENGTH, pdf_name


@pytest.mark.fault("E5")
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Extrait Kbis 2026.pdf", "Extrait Kbis 2026.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("..\\..\\windows\\x.pdf", "x.pdf"),
        ("C:\\Users\\claire\\Kbis.PDF", "Kbis.PDF"),
        ("a\x00b.pdf", "ab.pdf"),
        ("facture\u202efdp.exe", "facturefdp.pdf"),
        ("a.pdf.html", "a.pdf"),
        ("a.pdf.exe.js", "a.pdf"),
        ("a\r\nContent-Type: text/html.pdf", "html.pdf"),
        ("S.A.R.L. Morel", "S.A.R.L. Morel.pdf"),
        ("facture 2026.10", "facture 2026.10.pdf"),
        ("été\u0301.pdf", "été.pdf".replace("é.", "é\u0301.")),
        ("👨‍👩‍👧 famille.pdf", "👨👩👧 famille.pdf"),
        ("", "document.pdf"),
        (".pdf", "document.pdf"),
        ("...", "document.pdf"),
        ('<img src=x>".pdf', "img src=x.pdf"),
    ],
)
def test_shown_name(name: str, shown: str) -> None:
    assert display_name(name, Kind.PDF) == unicodedata.normalize("NFC", shown)


@pytest.mark.fault("E5")
def test_a_name_of_300_characters_keeps_its_extension() -> None:
    shown = display_name("k" * 296 + ".pdf", Kind.PDF)
    assert len(shown) == MAX_LENGTH
    assert shown.endswith("k.pdf")


@pytest.mark.fault("E5")
def test_the_extension_says_what_the_file_is() -> None:
    assert display_name("IMG_2041.HEIC", Kind.HEIC) == "IMG_2041.HEIC"
    assert display_name("photo.pdf", Kind.JPEG) == "photo.jpg"
    assert display_name("photo.jpeg", Kind.JPEG) == "photo.jpeg"


def test_a_photo_is_downloaded_as_the_pdf_it_became() -> None:
    assert pdf_name("IMG_2041.HEIC") == "IMG_2041.pdf"
    assert pdf_name("Kbis.pdf") == "Kbis.pdf"
