from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from core import health
from core.logs import JsonFormatter


class LogLines:
    """What the process logs, as the production formatter writes it."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def entries(self) -> list[dict]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def log_lines() -> Iterator[LogLines]:
    lines = LogLines()
    handler = logging.StreamHandler(lines.stream)
    handler.setFormatter(JsonFormatter())
    loggers = [logging.getLogger(), logging.getLogger("django")]  # django's does not propagate
    for logger in loggers:
        logger.addHandler(handler)
    yield lines
    for logger in loggers:
        logger.removeHandler(handler)


@pytest.fixture(autouse=True)
def _health_is_looked_at_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """At each question, but where a test says otherwise."""
    monkeypatch.setattr(health, "KEPT", -1.0)
    monkeypatch.setattr(health, "_answer", (0.0, {}))
