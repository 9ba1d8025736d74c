"""How the bytes of a request reach the disk."""

from __future__ import annotations

from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler


class CappedTemporaryFileUploadHandler(TemporaryFileUploadHandler):
    """Stops writing past `UPLOAD_MAX_BYTES`, and goes on counting.

    Somebody who sends 2 GB fills neither memory nor disk; `size` says what was sent, so the file is refused for
    its size.
    """

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        # One byte more than allowed is kept: enough to see that it is too much.
        room = settings.UPLOAD_MAX_BYTES + 1 - start
        if room > 0:
            self.file.write(raw_data[:room])
