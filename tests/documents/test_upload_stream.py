"""Two gigabytes sent as a file: neither memory nor disk fills, and the sender is told."""

from __future__ import annotations

from io import RawIOBase
from pathlib import Path

import pytest
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


@pytest.mark.fault("E6")
def test_two_gigabytes(settings, tmp_path: Path) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    settings.FILE_UPLOAD_HANDLERS = [
        "django.core.files.uploadhandler.MemoryFileUploadHandler",
        "documents.handlers.CappedTemporaryFileUploadHandler",
    ]
    size = 2 * 1024**3
    request = RequestFactory().post("/", content_type=f"multipart/form-data; boundary={BOUNDARY}")
    request.META["CONTENT_LENGTH"] = str(len(HEAD) + size + len(TAIL))
    request._stream = Endless(size)
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
    before = _memory("VmRSS")

    file = request.FILES["file"]

    assert file.size == size + len(b"%PDF-1.7\n")
    assert Path(file.temporary_file_path()).stat().st_size <= settings.UPLOAD_MAX_BYTES + 1
    with pytest.raises(UploadRefused, match="dépasse 10 Mo"):
        intake.clean(file)
    assert _memory("VmHWM") - before < 50 * 1024
