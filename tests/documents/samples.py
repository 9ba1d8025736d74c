"""Real files, made on the spot: honest ones and hostile ones."""

from __future__ import annotations

import random
import zipfile
import zlib
from io import BytesIO

import pikepdf
import pillow_heif
import pypdfium2
from django.core.files.uploadedfile import SimpleUploadedFile
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String
from PIL import Image, ImageDraw

pillow_heif.register_heif_opener()  # to write some

# In two halves, so that this very file is not taken for what it is about.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS" + b"-TEST-FILE!$H+H*"
MARKER = b"guichet: known to the scanner of the tests"  # in files that are well-formed otherwise
A4 = (595, 842)


def received(data: bytes, name: str = "kbis.pdf") -> SimpleUploadedFile:
    """`data` as a browser sends it."""
    return SimpleUploadedFile(name, data, content_type="application/pdf")


def new_pdf(*texts: str) -> Pdf:
    """A document with a page for each of `texts`."""
    pdf = pikepdf.new()
    for text in texts or ("Extrait Kbis",):
        page = pdf.add_blank_page(page_size=A4)
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        page.obj.Resources = Dictionary(Font=Dictionary(F1=pdf.make_indirect(font)))
        page.obj.Contents = pdf.make_stream(f"BT /F1 24 Tf 72 700 Td ({text}) Tj ET".encode())
    return pdf


def saved(pdf: Pdf, **options) -> bytes:
    out = BytesIO()
    pdf.save(out, **options)
    return out.getvalue()


def pdf_bytes(*texts: str) -> bytes:
    return saved(new_pdf(*texts))


def heavy_pdf(size: int) -> bytes:
    """A document of about `size` bytes that cannot be packed any smaller."""
    pdf = new_pdf("Plan")
    noise = random.Random(7).randbytes(size)
    image = pdf.make_stream(
        noise,
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=size,
        Height=1,
        ColorSpace=Name.DeviceGray,
        BitsPerComponent=8,
    )
    pdf.pages[0].Resources.XObject = Dictionary(Im0=image)
    return saved(pdf)


def texts_of(data: bytes) -> list[str]:
    """What each page says, read by another library than the one that wrote it."""
    pdf = pypdfium2.PdfDocument(data)
    try:
        return [page.get_textpage().get_text_bounded().strip() for page in pdf]
    finally:
        pdf.close()


def photo(size: tuple[int, int] = (1200, 900), kind: str = "JPEG", **options) -> bytes:
    """A picture: black on its left half, white on its right half."""
    picture = Image.new("RGB", size, "white")
    ImageDraw.Draw(picture).rectangle((0, 0, size[0] // 2, size[1]), fill="black")
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def progressive(scans: int = 0, after: bytes = b"") -> bytes:
    """A progressive JPEG that goes over its picture `scans` times more, for nothing; `after` its end stands what phones
    put there."""
    data = photo((320, 240), progressive=True)
    assert data.endswith(b"\xff\xd9")
    return data[:-2] + b"\xff\xda\x00\x08\x01\x01\x00\x01\x3f\x00" * scans + b"\xff\xd9" + after


def picture_bomb(side: int = 8000) -> bytes:
    """As many points as are taken, of four bytes each, in a quarter of a megabyte of PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    packer, line = zlib.compressobj(), bytes(1 + 4 * side)
    packed = b"".join(packer.compress(line) for _ in range(side)) + packer.flush()
    head = side.to_bytes(4) * 2 + bytes([8, 6, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def exif(orientation: int = 1) -> bytes:
    """What a phone writes: who made it, how it was held, and where."""
    tags = Image.Exif()
    tags[0x010F] = "TelephoneSecret"
    tags[0x0112] = orientation
    tags.get_ifd(0x8825).update({1: "N", 2: (48.0, 36.0, 12.5), 3: "E", 4: (2.0, 18.0, 7.5)})
    return tags.tobytes()


def zipped(name: str, data: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)  # of 1980: the same bytes every time
    return out.getvalue()


# --- Hostile documents ----------------------------------------------------------------------------------------------


def _script() -> Dictionary:
    return Dictionary(S=Name.JavaScript, JS=String("app.alert('x')"))


def with_open_action(action: Dictionary | Array) -> bytes:
    pdf = new_pdf()
    pdf.Root.OpenAction = action
    return saved(pdf)


def opening_script() -> bytes:
    return with_open_action(_script())


def packed_script() -> bytes:
    """The script sits in a compressed object stream: its bytes are nowhere to be seen."""
    pdf = new_pdf()
    pdf.Root.OpenAction = pdf.make_indirect(_script())
    data = saved(pdf, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    assert b"JavaScript" not in data
    return data


def named_script() -> bytes:
    pdf = new_pdf()
    pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("a"), pdf.make_indirect(_script())])))
    return saved(pdf)


def opening_address() -> bytes:
    return with_open_action(Dictionary(S=Name.URI, URI=String("http://127.0.0.1/")))


def chained_script() -> bytes:
    return with_open_action(Dictionary(S=Name.Named, N=Name.FirstPage, Next=_script()))


def launching() -> bytes:
    return with_open_action(Dictionary(S=Name.Launch, F=String("cmd.exe")))


def page_trigger() -> bytes:
    pdf = new_pdf()
    pdf.pages[0].obj.AA = Dictionary(O=Dictionary(S=Name.GoToR, F=String("other.pdf"), D=Array([0, Name.Fit])))
    return saved(pdf)


def submitting_form() -> bytes:
    pdf = new_pdf()
    action = Dictionary(S=Name.SubmitForm, F=String("http://127.0.0.1/"))
    button = pdf.make_indirect(
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Btn,
            T=String("go"),
            Rect=Array([0, 0, 9, 9]),
            A=action,
        )
    )
    pdf.pages[0].obj.Annots = Array([button])
    pdf.Root.AcroForm = Dictionary(Fields=Array([button]))
    return saved(pdf)


def rich_media() -> bytes:
    pdf = new_pdf()
    pdf.pages[0].obj.Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.RichMedia, Rect=Array([0, 0, 9, 9]))])
    return saved(pdf)


def dynamic_form() -> bytes:
    pdf = new_pdf()
    pdf.Root.AcroForm = Dictionary(Fields=Array([]), XFA=pdf.make_stream(b"<xdp/>"))
    return saved(pdf)


def with_attachment(content: bytes = EICAR, *, stored: bool = False) -> bytes:
    """A file inside the file, packed out of sight; `stored` leaves its bytes as they are."""
    pdf = new_pdf()
    pdf.attachments["facture.com"] = content
    if stored:
        return saved(pdf, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.all)
    data = saved(pdf, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    assert content not in data
    return data


def outside_stream() -> bytes:
    pdf = new_pdf()
    pdf.pages[0].obj.Contents = pdf.make_stream(b"", F=String("/etc/passwd"))
    return saved(pdf)


def stream_bomb() -> bytes:
    """A quarter of a megabyte that unfolds to a quarter of a gigabyte."""
    packer = zlib.compressobj(9)
    zeros = bytes(1024 * 1024)
    packed = b"".join(packer.compress(zeros) for _ in range(256)) + packer.flush()
    pdf = new_pdf()
    stream = pdf.make_stream(b"")
    stream.write(packed, filter=Name.FlateDecode)
    pdf.pages[0].obj.Contents = stream
    return saved(pdf)


def drawing_bomb(levels: int = 12) -> bytes:
    """Two kilobytes whose drawing shows a drawing ten times, which shows another ten times, and so on."""
    pdf = new_pdf("un")

    def form(content: bytes, **entries) -> Stream:
        kind = Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 595, 842]), **entries)
        return pdf.make_indirect(Stream(pdf, content, kind))

    shown = form(b"0 0 10 10 re f\n")
    for _ in range(levels):
        shown = form(b"/X Do\n" * 10, Resources=Dictionary(XObject=Dictionary(X=shown)))
    page = pdf.pages[0]
    page.Resources = Dictionary(XObject=Dictionary(X=shown))
    page.Contents = pdf.make_stream(b"/X Do\n")
    return saved(pdf)
