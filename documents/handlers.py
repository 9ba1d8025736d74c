"""How the bytes of a request reach the disk."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler

# What one request may weigh, as a multiple of the largest file: all that a dossier may hold (`uploads.TOTAL`). Whoever
# it comes from: its body is stored before anything in it, link or token, is looked at.
REQUEST = 10

logger = logging.getLogger(__name__)


class LostUpload(SimpleUploadedFile):
    """A file that came, and for which the disk had no room. `documents.intake` says so to its sender."""

    def __init__(self, name: str, size: int) -> None:
        super().__init__(name, b"")
        self.size = size


class CappedTemporaryFileUploadHandler(TemporaryFileUploadHandler):
    """Stops writing past `UPLOAD_MAX_BYTES`, and goes on counting.

    Somebody who sends too much fills neither memory nor disk; `size` says what was sent, so the file is refused for
    its size. A full disk is no error page either: the rest of the form is read as usual. A request that is too large
    altogether is not read at all.
    """

    def handle_raw_input(
        self, input_data: Any, META: dict[str, Any], content_length: int, boundary: bytes, encoding: str | None = None
    ) -> None:
        if content_length > REQUEST * settings.UPLOAD_MAX_BYTES + settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig("a request larger than all the files of a dossier")

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self.lost = False
        try:
            super().new_file(*args, **kwargs)
        except OSError:
            self._lose()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        # One byte more than allowed is kept: enough to see that it is too much.
        room = settings.UPLOAD_MAX_BYTES + 1 - start
        if room > 0 and not self.lost:
            try:
                self.file.write(raw_data[:room])
                self.file.flush()
            except OSError:
                self._lose()

    def file_complete(self, file_size: int) -> UploadedFile:
        return LostUpload(self.file_name, file_size) if self.lost else super().file_complete(file_size)

    def _lose(self) -> None:
        self.lost = True
        logger.error("no room for a received file", exc_info=True)
        with suppress(AttributeError, OSError):
            self.file.close()
