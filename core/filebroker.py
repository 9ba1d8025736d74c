"""The broker in a folder that needs no service (BROKER_URL=filesystem://…), fit for several processes at once.

Kombu's own makes a message's file first and fills it next, and the tables of its exchanges likewise: a worker that
looks in between reads nothing, and ends with an error. Here a message has its name once it is whole, and one process at
a time has the tables.
"""

from __future__ import annotations

import os
import time
import uuid
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps

from core.locks import alone


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Add a message; its name orders it after those before it."""
        folder = Path(self.data_folder_out)
        name = f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}"
        aside = folder / f"{name}.part"
        try:
            aside.write_bytes(dumps(payload).encode())
            os.replace(aside, folder / f"{name}.{queue}.msg")
        except OSError as error:
            raise ChannelError(f"Cannot add a message to {folder}") from error

    def get_table(self, exchange: str) -> list[Any]:
        with self._tables():
            return super().get_table(exchange)

    def _queue_bind(self, *args: Any) -> None:
        with self._tables():
            super()._queue_bind(*args)

    def _delete(self, *args: Any, **kwargs: Any) -> None:
        with self._tables():
            super()._delete(*args, **kwargs)

    def _tables(self) -> AbstractContextManager[None]:
        """Alone with the exchanges' tables."""
        return alone(self.control_folder / "lock")


class Transport(filesystem.Transport):
    Channel = Channel
