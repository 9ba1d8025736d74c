"""A received PDF: opened, searched for anything that acts, then copied page by page into a new one.

Only what pages show is copied: no action, form, attachment, bookmark, metadata or trailing byte survives.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from io import BytesIO

import pikepdf
from pikepdf import Name, Pdf, Stream

from documents.intake import active
from documents.intake.errors import UploadRefused
from documents.intake.limits import MAX_PAGES, MAX_STREAM_BYTES, MAX_UNPACKED_BYTES

pikepdf.settings.set_qpdf_limits(
    flate_max_memory=MAX_STREAM_BYTES,
    run_length_max_memory=MAX_STREAM_BYTES,
    png_max_memory=MAX_STREAM_BYTES,
    tiff_max_memory=MAX_STREAM_BYTES,
    max_stream_filters=3,
)

_PAGE_KEYS = {"/Type", "/Parent", "/MediaBox", "/CropBox", "/Rotate", "/UserUnit", "/Resources", "/Contents", "/Group"}
# Entries of any object that show nothing and may tell who made the picture, where, with what.
_PRIVATE_KEYS = ("/Metadata", "/PieceInfo", "/LastModified", "/AF", "/OPI", "/Alternates", "/StructParent")
_MAX_SIDE = 14_400  # points; the largest page the format itself knows

BROKEN = (
    "Ce PDF est abîmé ou incomplet : l’envoi ou la copie a sans doute été interrompu. Vérifiez qu’il s’ouvre sur "
    "votre appareil, choisissez « Imprimer », puis « Enregistrer au format PDF », et envoyez ce nouveau fichier."
)
ENCRYPTED = (
    "Ce PDF est protégé par un mot de passe ou par des restrictions. Ouvrez-le, choisissez « Imprimer », puis "
    "« Enregistrer au format PDF », et envoyez ce nouveau fichier ; une photo de chaque page convient aussi."
)
TOO_HEAVY = (
    "Ce PDF est beaucoup trop lourd une fois ouvert. Choisissez « Imprimer », puis « Enregistrer au format PDF », "
    "ou envoyez une photo de chaque page."
)


def rebuild(data: bytes) -> tuple[bytes, int]:
    """The clean copy of a PDF and its number of pages, or `UploadRefused`."""
    if b"%%EOF" not in data[-1024:]:
        # The end mark is missing: cut short. Checked by hand because qpdf repairs such a file as well as it can.
        raise UploadRefused(BROKEN)
    try:
        with pikepdf.open(BytesIO(data)) as source:
            if source.is_encrypted:
                raise UploadRefused(ENCRYPTED)
            _refuse_heavy(source)
            active.refuse(source)
            return _copy(source)
    except UploadRefused:
        raise
    except pikepdf.PasswordError as error:
        raise UploadRefused(ENCRYPTED) from error
    except Exception as error:  # hostile files find every way a parser can fail
        raise UploadRefused(BROKEN) from error


def _refuse_heavy(source: Pdf) -> None:
    pages = len(source.pages)
    if pages == 0:
        raise UploadRefused(BROKEN)
    if pages > MAX_PAGES:
        raise UploadRefused(
            f"Ce PDF compte {pages} pages, et nous en prenons {MAX_PAGES} au plus par fichier. "
            "Envoyez seulement les pages utiles, ou partagez-le en plusieurs fichiers."
        )
    total = 0
    for stream in (item for item in source.objects if isinstance(item, Stream)):
        for size in _unpacked(stream):
            total += size
            if total > MAX_UNPACKED_BYTES:
                raise UploadRefused(TOO_HEAVY)


def _unpacked(stream: Stream) -> Iterator[int]:
    """How much a stream unfolds to, in pieces, without ever holding it."""
    filters = stream.get(Name.Filter)
    names = [str(name) for name in filters] if isinstance(filters, pikepdf.Array) else [str(filters)]
    if names[0] not in ("/FlateDecode", "/Fl"):
        if any(name in ("/FlateDecode", "/Fl") for name in names):
            # Packed twice. qpdf stops at the same limit, by an error that is taken for a broken file.
            yield len(stream.read_bytes())
        return
    if len(names) > 1 and any(name in ("/FlateDecode", "/Fl", "/LZWDecode", "/RunLengthDecode") for name in names[1:]):
        raise UploadRefused(TOO_HEAVY)
    unpacker, packed, size = zlib.decompressobj(), stream.read_raw_bytes(), 0
    while packed and not unpacker.eof:
        try:
            piece = len(unpacker.decompress(packed, 1024 * 1024))
        except zlib.error:
            return  # a damaged stream: viewers show what they can, and so shall we
        packed = unpacker.unconsumed_tail
        size += piece
        if size > MAX_STREAM_BYTES:
            raise UploadRefused(TOO_HEAVY)
        yield piece


def _copy(source: Pdf) -> tuple[bytes, int]:
    acroform = source.Root.get("/AcroForm")
    if isinstance(acroform, pikepdf.Dictionary) and acroform.get("/NeedAppearances"):
        source.generate_appearance_streams()
    # Filled-in fields, stamps and visible signatures become part of the page; then no annotation is left to act.
    source.flatten_annotations()
    with pikepdf.new() as target:
        for page in source.pages:
            _check_size(page)
            for key in set(page.obj.keys()) - _PAGE_KEYS:
                del page.obj[key]
            target.pages.append(page)
        for item in target.objects:
            if isinstance(item, pikepdf.Dictionary | Stream):
                for key in _PRIVATE_KEYS:
                    if key in item:
                        del item[key]
        out = BytesIO()
        target.save(
            out,
            deterministic_id=True,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
        return out.getvalue(), len(target.pages)


def _check_size(page: pikepdf.Page) -> None:
    left, bottom, right, top = (float(side) for side in page.mediabox)
    if not (0 < abs(right - left) <= _MAX_SIDE and 0 < abs(top - bottom) <= _MAX_SIDE):
        raise UploadRefused(BROKEN)
