from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
import time_machine

from documents.issuing import ensure_rendered
from documents.models import Document
from membership import workflow
from membership.models import Application
from notifications.models import Message
from tests.factories import COMPANY, make_operator

NOW = datetime(2026, 11, 23, 9, 14, tzinfo=UTC)  # a Monday, 10 h 14 in Paris


@pytest.fixture
def operator(db) -> SimpleNamespace:
    """The zone, the centres, the doctors and this year's tariff."""
    return make_operator()


@pytest.fixture(autouse=True)
def clock():
    """Monday 23 November 2026, 10 h 14 in Paris."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def media(settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def submit() -> Callable[[Application], Application]:
    """The employer validates his draft."""
    return lambda dossier: workflow.submit(dossier, by=COMPANY)


def squeeze(text: str) -> str:
    """Text without any space: a cell may break its lines anywhere, and amounts hold narrow spaces."""
    return "".join(text.split())


def plain(text: str) -> str:
    """Text with single ordinary spaces."""
    return " ".join(text.split())


@pytest.fixture
def pdf(tmp_path: Path) -> Callable[[Document], Path]:
    """The file of an issued document, rendered for real."""

    def make(document: Document) -> Path:
        path = tmp_path / document.filename
        with ensure_rendered(document).file.open("rb") as file:
            path.write_bytes(file.read())
        return path

    return make


@pytest.fixture
def read(pdf) -> Callable[[Document], str]:
    """What a person reads in an issued document, in reading order."""

    def text(document: Document) -> str:
        return subprocess.run(
            ["pdftotext", "-raw", pdf(document), "-"], capture_output=True, check=True, text=True
        ).stdout

    return text


def message(dossier: Application, key: str, channel: str = "mail") -> Message:
    """The only message about the dossier whose key begins so."""
    return Message.objects.about(dossier).get(dedupe_key__startswith=f"{key}:", channel=channel)


def document(dossier: Application, kind: str) -> Document:
    """The only document of that kind of the dossier."""
    return Document.objects.about(dossier).get(kind=kind)
