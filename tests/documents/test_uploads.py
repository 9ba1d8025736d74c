"""Files of a dossier: taken in, ordered, merged, reviewed, removed."""

from __future__ import annotations

import hashlib
import subprocess
import threading
import uuid
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import User
from core.transitions import Refused
from documents import files, uploads
from documents.merging import merge
from documents.models import Upload
from documents.uploads import UploadRefused
from tests.documents.samples import heavy_pdf, pdf_bytes, photo, received, texts_of
from tests.factories_held import held_file


def test_a_file_is_stored_clean_under_a_name_of_ours(dossier, stored) -> None:
    upload = uploads.accept(dossier, "kbis", received(pdf_bytes("Kbis"), "../Kbis.pdf"), uploaded_by="Claire Morel")

    assert stored() == [f"uploads/{upload.pk}.pdf"]
    upload.refresh_from_db()
    data = files.read(upload.file.name)
    assert (upload.name, upload.kind, upload.pages, upload.position) == ("Kbis.pdf", "kbis", 1, 1)
    assert (upload.size, upload.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert upload.review == "pending"
    assert upload.uploaded_by == "Claire Morel"
    assert upload.subject == dossier


@pytest.mark.fault("E1")
def test_a_refused_file_leaves_nothing(dossier, stored) -> None:
    with pytest.raises(UploadRefused):
        uploads.accept(dossier, "kbis", received(b"MZ" + bytes(99), "kbis.pdf"))
    assert not Upload.objects.exists()
    assert stored() == []


@pytest.mark.fault("E6")
def test_the_size_limit_to_the_byte(dossier, settings) -> None:
    data = pdf_bytes("Kbis")
    settings.UPLOAD_MAX_BYTES = len(data)
    assert uploads.accept(dossier, "kbis", received(data)).pages == 1
    with pytest.raises(UploadRefused, match="dépasse"):
        uploads.accept(dossier, "kbis", received(data + b"\n"))


@pytest.mark.fault("E6")
def test_too_many_files(dossier, settings, stored) -> None:
    settings.UPLOAD_MAX_FILES = 2
    for text in ("a", "b"):
        uploads.accept(dossier, "autre", received(pdf_bytes(text)))
    with pytest.raises(UploadRefused, match="déjà envoyé 2 fichiers"):
        uploads.accept(dossier, "autre", received(pdf_bytes("c")))
    assert len(stored()) == 2


@pytest.mark.fault("E6")
@pytest.mark.django_db(transaction=True)
def test_many_files_at_once_do_not_pass_the_limit(settings, stored) -> None:
    settings.UPLOAD_MAX_FILES = 3
    dossier = User.objects.create_user("claire.morel@exemple.fr")
    start = threading.Barrier(6)
    refused = []

    def send(number: int) -> None:
        start.wait()
        try:
            uploads.accept(dossier, "autre", received(pdf_bytes(f"page {number}")))
        except UploadRefused:
            refused.append(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Upload.objects.about(dossier).count() == len(stored()) == len(refused) == 3


def test_the_very_same_file_is_told_not_stored_twice(dossier, stored) -> None:
    data = pdf_bytes("Kbis")
    first = uploads.accept(dossier, "kbis", received(data))
    again = uploads.accept(dossier, "kbis", received(data, "copie.pdf"))
    assert not first.already_there
    assert again.already_there
    assert again.pk == first.pk
    assert len(stored()) == 1
    assert uploads.accept(dossier, "rib", received(data)).pk != first.pk  # another piece: another upload


def test_a_refused_piece_sent_again_unchanged_is_refused(dossier) -> None:
    data = pdf_bytes("Kbis")
    uploads.review(uploads.accept(dossier, "kbis", received(data)), False, dossier, "il date de 2019")
    with pytest.raises(UploadRefused, match="il date de 2019"):
        uploads.accept(dossier, "kbis", received(data))


@pytest.mark.req("D-17", "M-07")
def test_pieces_become_one_pdf_in_the_chosen_order(dossier, tmp_path: Path) -> None:
    kbis = uploads.accept(dossier, "kbis", received(pdf_bytes("Kbis recto", "Kbis verso"), "Kbis.pdf"))
    rib = uploads.accept(dossier, "rib", received(pdf_bytes("RIB"), "RIB été.pdf"))
    shot = uploads.accept(dossier, "autre", received(photo(kind="HEIF"), "IMG_2041.HEIC"))
    assert list(Upload.objects.about(dossier)) == [kbis, rib, shot]

    uploads.reorder(dossier, [rib.pk, str(shot.pk), uuid.uuid4()])
    assert list(Upload.objects.about(dossier)) == [rib, shot, kbis]

    data = merge(Upload.objects.about(dossier))
    assert texts_of(data) == ["RIB", "", "Kbis recto", "Kbis verso"]
    with pikepdf.open(BytesIO(data)) as pdf, pdf.open_outline() as outline:
        assert [item.title for item in outline.root] == ["RIB été.pdf", "IMG_2041.HEIC", "Kbis.pdf"]
    path = tmp_path / "pieces.pdf"
    path.write_bytes(data)
    subprocess.run(["qpdf", "--check", path], check=True, capture_output=True)


def test_nobody_elses_uploads_are_reordered(dossier) -> None:
    other = User.objects.create_user("autre@exemple.fr")
    theirs = [uploads.accept(other, "autre", received(pdf_bytes(text))) for text in "ab"]
    uploads.accept(dossier, "autre", received(pdf_bytes("c")))
    uploads.reorder(dossier, [theirs[1].pk, theirs[0].pk])
    assert list(Upload.objects.about(other)) == theirs


def test_removing_deletes_the_file_after_the_commit(dossier, stored, django_capture_on_commit_callbacks) -> None:
    upload = uploads.accept(dossier, "kbis", received(pdf_bytes()))
    with django_capture_on_commit_callbacks(execute=True):
        uploads.remove(upload)
        assert len(stored()) == 1  # a rollback would still find it
    assert stored() == []
    assert not Upload.objects.exists()


def test_purging_a_dossier_takes_its_files_and_no_others(dossier, stored, django_capture_on_commit_callbacks) -> None:
    other = User.objects.create_user("autre@exemple.fr")
    kept = uploads.accept(other, "kbis", received(pdf_bytes("x")))
    for text in "ab":
        uploads.accept(dossier, "kbis", received(pdf_bytes(text)))
    with django_capture_on_commit_callbacks(execute=True):
        assert uploads.purge(dossier) == 2
    assert stored() == [kept.file.name]
    assert list(Upload.objects.all()) == [kept]
    assert uploads.purge(dossier) == 0


def test_review(dossier) -> None:
    upload = uploads.accept(dossier, "kbis", received(pdf_bytes()))
    with pytest.raises(Refused, match="Indiquez pourquoi"):
        uploads.review(upload, False, dossier, "  ")
    uploads.review(upload, False, dossier, "illisible")
    upload.refresh_from_db()
    assert (upload.review, upload.refusal_reason, upload.reviewed_by) == ("refused", "illisible", dossier)
    uploads.review(upload, True, dossier)
    upload.refresh_from_db()
    assert (upload.review, upload.refusal_reason) == ("accepted", "")


@pytest.mark.parametrize(
    "impossible",
    [{"review": "refused"}, {"review": "accepted"}, {"file": ""}, {"pages": 0}, {"refusal_reason": "sans refus"}],
)
def test_the_database_refuses_impossible_rows(dossier, impossible: dict) -> None:
    upload = uploads.accept(dossier, "kbis", received(pdf_bytes()))
    with pytest.raises(IntegrityError), transaction.atomic():
        Upload.objects.filter(pk=upload.pk).update(**impossible)


@pytest.mark.fault("E4")
@pytest.mark.parametrize(
    "impossible",
    [
        {"file": ""},
        {"scan_at": None},
        {"scan": "clean"},
        {"scan": "refused", "scan_at": None},
        {"review": "accepted", "reviewed_at": timezone.now()},
    ],
)
def test_the_database_refuses_impossible_rows_of_held_files(dossier, impossible: dict) -> None:
    upload = held_file(dossier, "kbis")
    with pytest.raises(IntegrityError), transaction.atomic():
        Upload.objects.filter(pk=upload.pk).update(**impossible)


@pytest.mark.fault("G11")
def test_a_full_disk_is_told_and_leaves_neither_row_nor_file(dossier, stored, media, small_disk) -> None:
    small_disk(media)
    old = uploads.accept(dossier, "kbis", received(pdf_bytes("Kbis")))
    with pytest.raises(UploadRefused, match="Nous ne pouvons pas enregistrer") as caught:
        uploads.accept(dossier, "autre", received(heavy_pdf(9 * 1024 * 1024)))
    assert isinstance(caught.value.__cause__.__cause__, OSError)  # a real one
    assert list(Upload.objects.all()) == [old]
    assert stored() == [old.file.name]
    assert texts_of(files.read(old.file.name)) == ["Kbis"]


@pytest.mark.fault("G11")
@pytest.mark.django_db(transaction=True)
def test_a_row_that_cannot_be_written_leaves_no_file(stored) -> None:
    dossier = User.objects.create_user("claire.morel@exemple.fr")
    with pytest.raises(UnicodeEncodeError):  # no database can write half a character
        uploads.accept(dossier, "kbis", received(pdf_bytes()), uploaded_by="\udc80")
    assert stored() == []
    assert not Upload.objects.exists()


@pytest.mark.fault("E6")
def test_the_files_of_a_dossier_have_a_limit_together(dossier, settings, stored) -> None:
    """They are merged in memory: thirty of the largest would be 600 MB for one request."""
    first = pdf_bytes("un")
    settings.UPLOAD_MAX_BYTES = len(first)
    kept = [uploads.accept(dossier, "autre", received(pdf_bytes(str(number)))) for number in range(8)]
    Upload.objects.about(dossier).update(size=10 * len(first) // 8)
    with pytest.raises(UploadRefused, match="en tout"):
        uploads.accept(dossier, "autre", received(pdf_bytes("9")))
    assert len(stored()) == 8
    uploads.remove(kept[0])
    assert uploads.accept(dossier, "autre", received(pdf_bytes("9")))


@pytest.mark.fault("E6")
def test_sending_and_removing_without_end_is_refused(dossier, monkeypatch) -> None:
    monkeypatch.setattr(uploads, "SENT_AN_HOUR", 2)
    for _ in range(2):
        uploads.remove(uploads.accept(dossier, "kbis", received(pdf_bytes("un"))))
    with pytest.raises(UploadRefused, match="Réessayez dans une heure"):
        uploads.accept(dossier, "kbis", received(pdf_bytes("un")))
