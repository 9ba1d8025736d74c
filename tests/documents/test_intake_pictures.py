"""Photos people send: any phone's format becomes an upright page without what the phone wrote into it."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from io import BytesIO

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from documents import intake
from documents.intake import UploadRefused, limits, pictures
from documents.intake.detect import Kind
from tests.documents.samples import exif, photo, picture_bomb, progressive, received


def page_of(data: bytes) -> Image.Image:
    pdf = pypdfium2.PdfDocument(data)
    try:
        return pdf[0].render(scale=0.5).to_pil().convert("L")
    finally:
        pdf.close()


def picture_in(data: bytes) -> Image.Image:
    with pikepdf.open(BytesIO(data)) as pdf:
        (image,) = pdf.pages[0].get_images().values()
        return pikepdf.PdfImage(image).as_pil_image()


@pytest.mark.req("D-17")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "HEIF"])
def test_a_photo_becomes_a_page_of_a4(kind: str) -> None:
    clean = intake.clean(received(photo(kind=kind), "IMG_2041"))
    assert clean.pages == 1
    page = page_of(clean.data)
    assert sorted(page.size) == [298, 421]
    assert page.width > page.height  # a wide photo lies on a wide page
    assert page.getpixel((page.width // 4, page.height // 2)) < 40
    assert page.getpixel((3 * page.width // 4, page.height // 2)) > 215


@pytest.mark.req("D-17")
@pytest.mark.parametrize(("orientation", "dark"), [(1, "left"), (3, "right"), (6, "top"), (8, "bottom")])
def test_a_photo_stands_upright_however_the_phone_was_held(orientation: int, dark: str) -> None:
    picture = picture_in(intake.clean(received(photo(exif=exif(orientation)))).data).convert("L")
    across, down = picture.size
    corners = {
        "left": (20, down // 2),
        "right": (across - 20, down // 2),
        "top": (across // 2, 20),
        "bottom": (across // 2, down - 20),
    }
    assert picture.getpixel(corners[dark]) < 60
    assert picture.getpixel(corners[{"left": "right", "right": "left", "top": "bottom", "bottom": "top"}[dark]]) > 195


@pytest.mark.req("D-17")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "HEIF"])
def test_where_and_with_what_a_photo_was_taken_is_not_kept(kind: str) -> None:
    data = photo(kind=kind, exif=exif())
    assert b"TelephoneSecret" in data
    clean = intake.clean(received(data))
    assert b"TelephoneSecret" not in clean.data
    assert b"Exif" not in clean.data
    assert not picture_in(clean.data).getexif()


def test_a_large_photo_is_reduced_to_a_readable_size() -> None:
    clean = intake.clean(received(photo((5000, 4000))))
    assert max(picture_in(clean.data).size) == limits.LONG_SIDE
    assert len(clean.data) < 1_000_000


def test_transparency_becomes_paper() -> None:
    out = BytesIO()
    Image.new("RGBA", (200, 200), (0, 0, 0, 0)).save(out, "PNG")
    assert picture_in(intake.clean(received(out.getvalue())).data).convert("L").getpixel((100, 100)) > 250


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "I;16"])
def test_every_way_to_write_colours(mode: str) -> None:
    out = BytesIO()
    grey = Image.linear_gradient("L")
    if mode == "I;16":
        picture = Image.frombytes(mode, grey.size, b"".join(bytes([0, value]) for value in grey.tobytes()))
    else:
        picture = grey.convert(mode)
    picture.save(out, "JPEG" if mode == "CMYK" else "PNG")
    result = picture_in(intake.clean(received(out.getvalue())).data).convert("L")
    assert result.getpixel((128, 5)) < 60
    assert result.getpixel((128, 250)) > 195


@pytest.mark.fault("E1")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "HEIF"])
def test_a_truncated_photo_is_refused(kind: str) -> None:
    data = photo(kind=kind)
    with pytest.raises(UploadRefused, match="abîmée ou incomplète"):
        intake.clean(received(data[: len(data) // 2]))


@pytest.mark.fault("E6")
def test_a_picture_bomb_is_refused_before_it_unfolds() -> None:
    out = BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    assert len(out.getvalue()) < 200_000
    with pytest.raises(UploadRefused, match="trop de points"):
        intake.clean(received(out.getvalue()))


@pytest.mark.fault("E6")
def test_a_picture_that_unfolds_to_more_memory_than_it_is_given_is_refused() -> None:
    bomb = picture_bomb()
    assert len(bomb) < 300_000
    with pytest.raises(UploadRefused, match=r"trop de mémoire ou de temps .* enregistrez-la à nouveau"):
        intake.clean(received(bomb))


@pytest.mark.fault("E6")
def test_a_jpeg_that_goes_over_its_picture_without_end_is_refused_before_it_is_unfolded() -> None:
    assert intake.clean(received(progressive())).pages == 1
    assert len(progressive(scans=200)) < 20_000
    with pytest.raises(UploadRefused, match="trop de mémoire ou de temps"):
        intake.clean(received(progressive(scans=200)))


def test_what_a_phone_puts_behind_a_photo_is_no_part_of_it() -> None:
    """A short film holds by chance what would be another scan."""
    assert intake.clean(received(progressive(after=b"\xff\xda\x00\x08" * 300))).pages == 1


@pytest.mark.fault("E6")
def test_a_decoder_that_never_ends_is_stopped() -> None:
    endless = (
        "from documents import picture_process as process\n"
        "process.SECONDS, process._decode = 1, lambda *photo: sum(iter(int, 1))\n"
        "process.main()"
    )
    command = [sys.executable, "-c", endless, "PNG", "1", "1", "1"]
    done = subprocess.run(command, cwd=pictures.ROOT, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.fault("E6")
def test_photos_that_come_at_once_are_unfolded_one_at_a_time(monkeypatch) -> None:
    """Else a handful of them fill the memory."""
    running, most = [], []

    def counted(*args, run=subprocess.run, **options):
        running.append(1)
        most.append(len(running))
        try:
            return run(*args, **options)
        finally:
            running.pop()

    monkeypatch.setattr("documents.intake.pictures.subprocess.run", counted)
    start = threading.Barrier(4)
    done = []

    def send() -> None:
        start.wait()
        done.append(pictures.rebuild(photo((200, 100)), Kind.JPEG))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(done), max(most)) == (4, 1)
