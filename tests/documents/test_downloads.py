"""What a browser receives: never anything it could take for a page of ours."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from django.http import Http404
from PIL import Image

from documents import downloads, files, issuing, previews, uploads
from documents.models import Upload
from tests.documents.samples import drawing_bomb, pdf_bytes, photo, received
from tests.documents.test_rendering import BORDEREAU


@pytest.fixture
def upload(dossier):
    return uploads.accept(dossier, "kbis", received(pdf_bytes("un", "deux"), "Extrait « Kbis » été.pdf"))


@pytest.fixture
def document(dossier):
    with transaction.atomic():
        return issuing.issue(
            dossier,
            kind="bordereau",
            title="Bordereau",
            filename="../Bordereau.pdf",
            template="pdf_tests/bordereau.html",
            snapshot={key: value for key, value in BORDEREAU.items() if key != "document"},
        )


@pytest.mark.fault("E7")
@pytest.mark.parametrize("inline", [False, True])
def test_headers_of_a_download(upload, inline: bool) -> None:
    response = downloads.serve(upload, inline=inline)
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert response["Cache-Control"] == "private, no-store"
    assert response["Content-Disposition"].startswith("inline" if inline else "attachment")
    assert response.content.startswith(b"%PDF-")


@pytest.mark.fault("E5", "E7")
def test_the_name_is_written_as_rfc_6266_says(upload, document) -> None:
    assert downloads.serve(upload)["Content-Disposition"] == (
        "attachment; filename*=utf-8''Extrait%20%C2%AB%20Kbis%20%C2%BB%20%C3%A9t%C3%A9.pdf"
    )
    served = downloads.serve(issuing.ensure_rendered(document))
    assert served["Content-Disposition"] == 'attachment; filename="Bordereau.pdf"'


@pytest.mark.fault("E5")
def test_a_photo_is_served_as_the_pdf_it_became(dossier) -> None:
    upload = uploads.accept(dossier, "rib", received(photo(), "IMG_2041.JPG"))
    assert downloads.serve(upload)["Content-Disposition"] == 'attachment; filename="IMG_2041.pdf"'


@pytest.mark.fault("G12")
def test_a_document_in_preparation_says_so(document) -> None:
    with pytest.raises(downloads.NotReady, match="en préparation"):
        downloads.serve(document)


def test_a_missing_file_is_a_404_with_words(upload) -> None:
    Path(default_storage.path(upload.file.name)).unlink()
    for show in (downloads.serve, downloads.serve_thumbnail):
        with pytest.raises(Http404, match="plus disponible"):
            show(upload)


@pytest.mark.fault("E7")
def test_a_preview_is_a_picture_of_the_page(upload) -> None:
    response = downloads.serve_thumbnail(upload)
    assert response["Content-Type"] == "image/png"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
    second = downloads.preview_png(upload, 2, 300)
    for png, width in ((response.content, previews.THUMB), (second, 300)):
        picture = Image.open(BytesIO(png))
        assert picture.format == "PNG"
        assert abs(picture.width - width) <= 1
        assert picture.convert("L").getextrema()[0] < 100  # something is written on it
    assert downloads.preview_png(upload, 1, 300) != second


@pytest.mark.parametrize("page", [0, 3, -1])
def test_no_such_page(upload, page: int) -> None:
    with pytest.raises(Http404):
        downloads.preview_png(upload, page)


@pytest.mark.fault("E3", "E6")
def test_a_page_that_takes_hours_to_draw_is_given_up(dossier, monkeypatch) -> None:
    """A thread of the server cannot be stopped: eight such pages would have been the end of the site."""
    upload = uploads.accept(dossier, "kbis", received(drawing_bomb()))
    with pytest.raises(Http404, match="Téléchargez"):
        downloads.preview_png(upload)
    monkeypatch.setattr(previews.subprocess, "run", None)  # not even tried a second time
    with pytest.raises(Http404, match="Téléchargez"):
        downloads.preview_png(upload)


# --- The small picture of an upload -----------------------------------------------------------------------------------


@pytest.mark.fault("E6")
def test_a_picture_is_drawn_once(upload, stored, monkeypatch) -> None:
    png = downloads.serve_thumbnail(upload).content
    assert stored() == [upload.file.name, f"{upload.file.name}.png"]
    monkeypatch.setattr(previews.subprocess, "run", None)  # nothing is drawn any more
    assert downloads.serve_thumbnail(upload, "203.0.113.9").content == png


@pytest.mark.fault("G11")
def test_without_room_for_it_the_picture_is_shown_all_the_same(upload, stored, monkeypatch) -> None:
    def no_room(name: str, data: bytes) -> None:
        raise files.StorageFull

    monkeypatch.setattr(files, "write", no_room)
    assert downloads.serve_thumbnail(upload).content.startswith(b"\x89PNG")
    assert stored() == [upload.file.name]


@pytest.mark.fault("A5", "H7")
@pytest.mark.parametrize("gone", [uploads.remove, lambda upload: uploads.purge(upload.subject)])
def test_a_picture_goes_with_its_upload(upload, stored, gone, django_capture_on_commit_callbacks) -> None:
    downloads.serve_thumbnail(upload)
    with django_capture_on_commit_callbacks(execute=True):
        gone(upload)
    assert stored() == []


@pytest.mark.fault("A5", "H7")
def test_a_picture_drawn_while_its_upload_is_removed_is_not_kept(
    upload, stored, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    draw = previews.preview_png

    def slowly(*args, **kwargs) -> bytes:
        png = draw(*args, **kwargs)
        with django_capture_on_commit_callbacks(execute=True):
            uploads.remove(Upload.objects.get())
        return png

    monkeypatch.setattr(previews, "preview_png", slowly)
    downloads.serve_thumbnail(upload)
    assert stored() == []


@pytest.mark.fault("E6")
@pytest.mark.parametrize("limit", ["DRAWN_AN_HOUR", "DRAWN_FROM_ONE_PLACE"])
def test_nobody_has_pictures_drawn_without_end(dossier, monkeypatch, limit) -> None:
    """What cannot be drawn costs its two seconds of processor each time that it is tried."""
    monkeypatch.setattr(previews, limit, 2)
    first, second, third = (uploads.accept(dossier, "kbis", received(pdf_bytes(text))) for text in "abc")
    for upload in (first, first, second, first):  # what is kept does not count
        assert downloads.serve_thumbnail(upload, "203.0.113.9")
    with pytest.raises(Http404, match="Téléchargez"):
        downloads.serve_thumbnail(third, "203.0.113.9")
    assert downloads.serve_thumbnail(second, "203.0.113.9")
