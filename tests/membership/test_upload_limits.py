"""What costs the server seconds, an employer's page asks for as often as an honest one does, and not without end."""

from __future__ import annotations

import pytest
from django.urls import reverse

from documents import previews
from documents.models import Upload
from membership import pieces, upload_views
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
