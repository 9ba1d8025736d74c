"""The process that unfolds a photo (see `intake.pictures`): a photo comes in, a bare JPEG goes out. Knows nothing of
the site."""

from __future__ import annotations

import os
import re
import resource
import sys
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

MEMORY = 600 * 1024 * 1024  # bytes of address space: 48 megapixels in HEIC take 490, in a progressive JPEG 370
SECONDS = 6  # of processor: either takes one to two
BROKEN, TOO_MANY_PIXELS, TOO_HEAVY = 3, 4, 5  # exit statuses
# A progressive JPEG goes over its picture some ten times; each time that nothing is drawn costs all the same.
MAX_SCANS, MAX_SEGMENTS = 100, 5000
_SEGMENT = re.compile(rb"\xff([^\x00\x01\xd0-\xd8\xff])")  # the other marks stand alone, amid the points


def main() -> None:
    """Arguments: Pillow's names of the format, the most pixels taken, the long side and quality of what comes out."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(5)  # pages come first
    formats, (pixels, side, quality) = sys.argv[1].split(","), map(int, sys.argv[2:])
    try:
        jpeg = _bare(_decode(sys.stdin.buffer.read(), formats, pixels, side), quality)
    except MemoryError:
        sys.exit(TOO_HEAVY)
    except Exception:  # the decoders raise anything from SyntaxError to struct.error on hostile bytes
        sys.exit(BROKEN)
    sys.stdout.buffer.write(jpeg)


def _decode(data: bytes, formats: list[str], pixels: int, side: int) -> Image:
    """The photo upright, no longer than `side`, grey or RGB."""
    import PIL.Image
    import PIL.ImageOps

    PIL.Image.MAX_IMAGE_PIXELS = None  # `pixels` says it
    if "HEIF" in formats:
        import pillow_heif

        pillow_heif.register_heif_opener(decode_threads=1)
    if "JPEG" in formats and _is_endless(data):
        sys.exit(TOO_HEAVY)
    with PIL.Image.open(BytesIO(data), formats=formats) as probe:
        # Only the header was read so far: the size is checked before anything is unfolded.
        if probe.width * probe.height > pixels:
            sys.exit(TOO_MANY_PIXELS)
        probe.verify()
    with PIL.Image.open(BytesIO(data), formats=formats) as picture:
        if "JPEG" in formats:
            # The decoder itself halves the picture while more than the wanted size remains: less memory, less time.
            picture.draft(None, (side, side))
        picture.load()
        # Turned once it is small, and in its place: every copy of the whole may be a quarter of a gigabyte.
        picture.thumbnail((side, side), PIL.Image.Resampling.LANCZOS)
        PIL.ImageOps.exif_transpose(picture, in_place=True)
        return _flat(picture)


def _is_endless(jpeg: bytes) -> bool:
    """Whether a JPEG goes over its picture without end: ten megabytes hold a hundred thousand scans of nothing.

    Read as its decoder reads it, mark by mark up to the end of the picture: what follows it (a short film, on phones)
    holds such marks by chance.
    """
    at = scans = segments = 0
    while (found := _SEGMENT.search(jpeg, at)) and found[1] != b"\xd9":
        at = found.end() + max(2, int.from_bytes(jpeg[found.end() : found.end() + 2]))
        scans, segments = scans + (found[1] == b"\xda"), segments + 1
        if scans > MAX_SCANS or segments > MAX_SEGMENTS:
            return True
    return False


def _flat(picture: Image) -> Image:
    """Grey or RGB on white: transparency would come out black in a JPEG."""
    import PIL.Image

    if picture.mode in ("1", "L", "RGB"):
        return picture.convert("L") if picture.mode == "1" else picture
    if picture.mode.startswith("I"):  # 16-bit grey; a plain conversion would clip it to white
        return picture.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        paper = PIL.Image.new("RGB", picture.size, "white")
        paper.paste(picture, mask=picture.getchannel("A"))
        return paper
    return picture.convert("RGB")


def _bare(picture: Image, quality: int) -> bytes:
    """A JPEG of the points alone: no EXIF, no XMP, no colour profile, no comment travels along."""
    import PIL.Image

    out = BytesIO()
    bare = PIL.Image.frombytes(picture.mode, picture.size, picture.tobytes())
    bare.save(out, "JPEG", quality=quality, optimize=True, dpi=(200, 200))
    return out.getvalue()


if __name__ == "__main__":
    main()
