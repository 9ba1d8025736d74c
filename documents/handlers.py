"""How the bytes of a request reach the disk."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler

logger = logging.getLogger(__name__)


class LostUpload(SimpleUploadedFile):
    """A file that came, and for which the disk had no room. `documents.intake` says so to its sender."""

    def __init__(self, name: str, size: int) -> None:
        super().__init__(name, b"")
        self.size = size


class CappedTemporaryFileUploadHandler(TemporaryFileUploadHandler):
    """Stops writing past `UPLOAD_MAX_BYTES`, and goes on counting.

    Somebody who sends 2 GB fills neither memory nor disk; `size` says what was sent, so the file is refused for
    its size. A full disk is no error page either: the rest of the form is read as usual.
    """

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
