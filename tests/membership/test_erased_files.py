"""However a dossier is deleted, the documents that it issued leave the disk with their rows."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from core import deadlines, privacy
from core.journal import Actor
from core.privacy import Person
from documents.issuing import ensure_rendered
from documents.models import Document
from documents.uploads import accept
from membership import corrections, drafts, workflow
from membership.models import Application
from tests.factories import CLERK, COMPANY, ApplicationFactory, UserFactory, pdf_file

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator")]


@pytest.fixture
def media(settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


def _erase(dossier: Application) -> None:
    admin = Actor.staff(UserFactory(superuser=True))
    privacy.erase(Person(email=dossier.contact_email), by=admin)


def _discard(dossier: Application) -> None:
    drafts.discard(dossier, by=COMPANY)


def _sweep(days: int, name: str):
    return lambda dossier: deadlines.run_one(name, timezone.now() + timedelta(days=days))


@pytest.mark.fault("H7")
@pytest.mark.parametrize(
    ("state", "delete"),
    [
        ("withdrawn", _erase),
        ("withdrawn", _sweep(3 * 366, "dossier-purge")),
        ("draft", _discard),
        ("draft", _sweep(90, "draft-purge")),
    ],
    ids=["erased on request", "purged after three years", "reopened and discarded", "reopened and abandoned"],
)
def test_no_document_of_a_deleted_dossier_stays_on_disk(media, django_capture_on_commit_callbacks, state, delete):
    dossier = ApplicationFactory(submitted=True)
    accept(dossier, "kbis", pdf_file())
    if state == "draft":
        corrections.reopen(dossier, by=CLERK, reason="Un salarié manque.")
    else:
        workflow.withdraw(dossier, by=CLERK, reason="Le projet est abandonné.")
    for document in Document.objects.about(dossier):
        ensure_rendered(document)
    assert len([path for path in media.rglob("*") if path.is_file()]) == 2
    with django_capture_on_commit_callbacks(execute=True):
        delete(dossier)
    assert not Application.objects.exists()
    assert [path for path in media.rglob("*") if path.is_file()] == []
