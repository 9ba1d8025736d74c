"""What costs the server seconds, an employer's page asks for as often as an honest one does, and not without end."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from documents import previews, uploads
from documents.models import Upload
from membership import pieces, upload_views
from tests.documents.samples import heavy_pdf, pdf_bytes, received
from tests.factories import ApplicationFactory, add_pieces, make_operator

pytestmark = [pytest.mark.django_db, pytest.mark.fault("E6")]


@pytest.fixture(autouse=True)
def _operator(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    make_operator()


def test_pictures_are_drawn_for_one_place_so_often(holder, monkeypatch):
    monkeypatch.setattr(previews, "DRAWN_FROM_ONE_PLACE", 1)
    shown = []
    for _ in range(2):  # a dossier more is no way round
        dossier = ApplicationFactory(awaiting=True)
        add_pieces(dossier, pieces.RIB)
        upload = Upload.objects.about(dossier).first()
        address = reverse("membership:upload-preview", args=[dossier.pk, upload.pk])
        shown.append([holder(dossier).get(address).status_code for _ in range(2)])
    assert shown == [[200, 200], [404, 404]]


def test_the_one_pdf_is_put_together_so_often(holder, monkeypatch):
    monkeypatch.setattr(upload_views, "MERGED_AN_HOUR", 2)
    dossier = ApplicationFactory(awaiting=True)
    add_pieces(dossier, pieces.RIB)
    client, address = holder(dossier), reverse("membership:upload-merged", args=[dossier.pk])
    assert [client.get(address).status_code for _ in range(3)] == [200, 200, 429]


def sent(holder, data: bytes, **place: str) -> list[str]:
    """What the company reads when it sends a file with a dossier of its own."""
    dossier = ApplicationFactory(awaiting=True)
    form = {"kind": pieces.RIB, "files": received(data)}
    answer = holder(dossier).post(reverse("membership:upload-add", args=[dossier.pk]), form, follow=True, **place)
    return [str(problem) for problem in answer.context["file_problems"]]


def test_one_place_does_not_send_files_without_end_by_opening_dossier_after_dossier(holder, monkeypatch):
    monkeypatch.setattr(uploads, "SENT_FROM_ONE_PLACE", 2)
    told = [sent(holder, pdf_bytes(text)) for text in ("un", "deux", "trois")]
    assert told[:2] == [[], []]
    assert "Réessayez dans une heure" in told[2][0]
    assert Upload.objects.count() == 2
    assert sent(holder, pdf_bytes("ailleurs"), REMOTE_ADDR="198.51.100.7") == []


def test_one_place_does_not_fill_the_disk_by_opening_dossier_after_dossier(holder, monkeypatch, settings):
    data = heavy_pdf(100_000)
    settings.UPLOAD_MAX_BYTES = 2 * len(data)
    monkeypatch.setattr(uploads, "BYTES_FROM_ONE_PLACE", 1)
    told = [sent(holder, data + b"\n" * number) for number in range(3)]
    assert told[0] == []
    assert "Réessayez demain" in told[2][0]
    assert Upload.objects.count() < 3


def test_a_request_larger_than_a_whole_dossier_is_told_before_anything_of_it_is_stored(settings):
    """From anybody: with a cookie of his own making, the token is looked for in the body."""
    settings.UPLOAD_MAX_BYTES, settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000, 1_000
    client = Client(enforce_csrf_checks=True)
    client.cookies[settings.CSRF_COOKIE_NAME] = "x" * 32
    answer = client.post("/adhesion/", {"files": [received(bytes(60_000)) for _ in range(2)]})
    page = answer.content.decode()
    assert answer.status_code == 413
    assert "Cet envoi est trop lourd" in page
    assert "en plusieurs fois" in page
    assert "no-store" in answer["Cache-Control"]
