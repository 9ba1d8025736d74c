"""A hundred megabytes sent as a file, or two gigabytes: neither memory nor disk fills, and the sender is told."""

from __future__ import annotations

from io import RawIOBase
from pathlib import Path

import pytest
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.test import RequestFactory

from documents import intake
from documents.intake import UploadRefused

BOUNDARY = "----morel"
HEAD = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="kbis.pdf"\r\n'
    "Content-Type: application/pdf\r\n\r\n%PDF-1.7\n"
).encode()
TAIL = f"\r\n--{BOUNDARY}--\r\n".encode()


class Endless(RawIOBase):
    """A form with a file of `size` zero bytes, made as it is read."""

    def __init__(self, size: int) -> None:
        self.parts = [HEAD, size, TAIL]

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while self.parts:
            part = self.parts[0]
            if isinstance(part, int):
                piece = min(size, part)
                self.parts[0] = part - piece
                if piece:
                    return bytes(piece)
            elif part:
                self.parts[0] = part[size:]
                return part[:size]
            self.parts.pop(0)
        return b""


def _memory(what: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what))


def sending(size: int) -> HttpRequest:
    request = RequestFactory().post("/", content_type=f"multipart/form-data; boundary={BOUNDARY}")
    request.META["CONTENT_LENGTH"] = str(len(HEAD) + size + len(TAIL))
    request._stream = Endless(size)
    return request


@pytest.fixture(autouse=True)
def _handler(settings, tmp_path: Path) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "received")
    (tmp_path / "received").mkdir()
    settings.FILE_UPLOAD_HANDLERS = ["documents.handlers.CappedTemporaryFileUploadHandler"]


@pytest.mark.fault("E6")
def test_a_file_ten_times_too_large(settings) -> None:
    size = 100 * 1024**2
    request = sending(size)
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
    before = _memory("VmRSS")

    file = request.FILES["file"]

    assert file.size == size + len(b"%PDF-1.7\n")
    assert Path(file.temporary_file_path()).stat().st_size <= settings.UPLOAD_MAX_BYTES + 1
    with pytest.raises(UploadRefused, match="dépasse 10\u00a0Mo"):
        intake.clean(file)
    assert _memory("VmHWM") - before < 50 * 1024


@pytest.mark.fault("E6")
def test_two_gigabytes_are_not_read_at_all(settings) -> None:
    """Whoever sends them: a link or a token is looked for in the body, which is read before."""
    request = sending(2 * 1024**3)
    with pytest.raises(RequestDataTooBig):
        _ = request.POST
    assert request._stream.parts[0] == HEAD
    assert not list(Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir())


@pytest.mark.fault("G11")
def test_a_disk_too_full_to_receive_is_told(settings, small_disk) -> None:
    small_disk(Path(settings.FILE_UPLOAD_TEMP_DIR))
    file = sending(9 * 1024 * 1024).FILES["file"]
    assert file.name == "kbis.pdf"
    with pytest.raises(UploadRefused, match="Nous ne pouvons pas enregistrer"):
        intake.clean(file)


@pytest.mark.fault("G11")
def test_a_disk_that_takes_no_file_at_all_is_told(settings) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = "/proc"  # nothing can be created there, even by root
    with pytest.raises(UploadRefused, match="Nous ne pouvons pas enregistrer"):
        intake.clean(sending(100).FILES["file"])
