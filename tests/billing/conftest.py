from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine

from documents.issuing import ensure_rendered
from documents.models import Document

NOW = datetime(2027, 2, 8, 9, 14, tzinfo=UTC)  # a Monday, 10 h 14 in Paris


@pytest.fixture
def clock():
    """Monday 8 February 2027, 10 h 14 in Paris."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def media(settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def pdf(tmp_path: Path) -> Callable[[Document], Path]:
    """The file of an issued document, rendered for real."""

    def make(document: Document) -> Path:
        ensure_rendered(document)
        path = tmp_path / document.filename
        path.write_bytes(document.file.read())
        return path

    return make


@pytest.fixture
def read(pdf: Callable[[Document], Path]) -> Callable[[Document], str]:
    """Its text, with single ordinary spaces."""

    def text(document: Document) -> str:
        done = subprocess.run(["pdftotext", "-layout", pdf(document), "-"], check=True, capture_output=True, text=True)
        return " ".join(done.stdout.split())

    return text
