"""A photo becomes a page of A4: upright, of a sensible size, and without what the phone wrote into it (GPS!)."""

from __future__ import annotations

from io import BytesIO

import img2pdf
import pillow_heif
from PIL import Image, ImageFile, ImageOps

from documents.intake.detect import Kind
from documents.intake.errors import UploadRefused
from documents.intake.limits import JPEG_QUALITY, LONG_SIDE, MAX_PIXELS

pillow_heif.register_heif_opener()

# MPO is the JPEG of phones that store a second picture behind the first.
_FORMATS = {Kind.JPEG: ("JPEG", "MPO"), Kind.PNG: ("PNG",), Kind.HEIC: ("HEIF",)}
_A4 = (img2pdf.mm_to_pt(210), img2pdf.mm_to_pt(297))
_BROKEN = (
    "Cette photo est abîmée ou incomplète : l’envoi ou la copie a sans doute été interrompu. Reprenez la photo, "
    "ou vérifiez qu’elle s’ouvre sur votre appareil, puis envoyez-la à nouveau."
)
_TOO_MANY_PIXELS = (
    "Cette photo a trop de points pour être ouverte ici. Réglez l’appareil sur une définition ordinaire "
    "(12 mégapixels suffisent) et reprenez-la."
)


def rebuild(data: bytes, kind: Kind) -> tuple[bytes, int]:
    """The photo as a PDF of one page."""
    try:
        picture = _decode(data, kind)
    except UploadRefused:
        raise
    except Image.DecompressionBombError as error:
        raise UploadRefused(_TOO_MANY_PIXELS) from error
    except Exception as error:  # the decoders raise anything from SyntaxError to struct.error on hostile bytes
        raise UploadRefused(_BROKEN) from error
    return _page(picture), 1


def _decode(data: bytes, kind: Kind) -> Image.Image:
    # WeasyPrint, loaded by the same process, sets this to True: half a photo would pass, grey below.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    with Image.open(BytesIO(data), formats=_FORMATS[kind]) as probe:
        # Only the header was read so far: the size is checked before anything is unfolded.
        if probe.width * probe.height > MAX_PIXELS:
            raise UploadRefused(_TOO_MANY_PIXELS)
        probe.verify()
    with Image.open(BytesIO(data), formats=_FORMATS[kind]) as source:
        if kind is Kind.JPEG:
            # The decoder itself halves the picture while more than the wanted size remains: less memory, less time.
            source.draft(None, (LONG_SIDE, LONG_SIDE))
        source.load()
        picture = ImageOps.exif_transpose(source)
        picture.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
        return _flat(picture)


def _flat(picture: Image.Image) -> Image.Image:
    """Grey or RGB on white: transparency would come out black in a JPEG."""
    if picture.mode in ("1", "L", "RGB"):
        return picture.convert("L") if picture.mode == "1" else picture
    if picture.mode.startswith("I"):  # 16-bit grey; a plain conversion would clip it to white
        return picture.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        paper = Image.new("RGB", picture.size, "white")
        paper.paste(picture, mask=picture.getchannel("A"))
        return paper
    return picture.convert("RGB")


def _page(picture: Image.Image) -> bytes:
    jpeg = BytesIO()
    # A new picture from the points alone: no EXIF, no XMP, no colour profile, no comment travels along.
    bare = Image.frombytes(picture.mode, picture.size, picture.tobytes())
    bare.save(jpeg, "JPEG", quality=JPEG_QUALITY, optimize=True, dpi=(200, 200))
    layout = img2pdf.get_layout_fun(pagesize=_A4, fit=img2pdf.FitMode.into, auto_orient=True)
    return bytes(img2pdf.convert(jpeg.getvalue(), layout_fun=layout, nodate=True, producer=""))
