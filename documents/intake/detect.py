"""What a file is, by its first bytes. Its name and the type the browser claims are not looked at."""

from __future__ import annotations

from enum import StrEnum

from documents.intake.errors import UploadRefused

ACCEPTED = "Envoyez un PDF ou une photo (JPEG, PNG ou HEIC)."


class Kind(StrEnum):
    PDF = "pdf"
    JPEG = "jpeg"
    PNG = "png"
    HEIC = "heic"


_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_ZIP = b"PK"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_OFFICE_PARTS = (b"word/", b"xl/", b"ppt/", b"opendocument")
_RAR, _SEVEN_ZIP, _GZIP = b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b"
_EICAR = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"


def detect(data: bytes) -> Kind:
    """The kind of `data`, or `UploadRefused` with what to do instead."""
    if data.startswith(b"%PDF-"):
        return Kind.PDF
    if data.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        return Kind.HEIC
    raise UploadRefused(_why_not(data))


def _why_not(data: bytes) -> str:
    if data.startswith((b"MZ", b"\x7fELF")):
        return f"Ce fichier est un programme, quel que soit son nom : il n’a pas été enregistré. {ACCEPTED}"
    if _EICAR in data[:200]:
        return f"Ce fichier a été reconnu comme dangereux : il n’a pas été enregistré. {ACCEPTED}"
    if data.startswith(_OLD_OFFICE) or (data.startswith(_ZIP) and any(part in data for part in _OFFICE_PARTS)):
        return (
            "Ce fichier est un document de bureautique (Word, Excel…). Ouvrez-le, choisissez « Enregistrer au format "
            "PDF », puis envoyez ce PDF."
        )
    if data.startswith((_ZIP, _RAR, _SEVEN_ZIP, _GZIP)):
        return f"Ce fichier est une archive compressée. Décompressez-la et envoyez chaque document à part. {ACCEPTED}"
    if b"%PDF-" in data[:4096]:
        return (
            "Ce fichier ne commence pas comme un PDF : il contient autre chose avant le document. Ouvrez-le, "
            "choisissez « Imprimer », puis « Enregistrer au format PDF », et envoyez ce nouveau fichier."
        )
    return f"Nous ne reconnaissons pas ce fichier. {ACCEPTED}"
