"""Files that came while the virus scanner did not answer: kept, opened by nobody, judged as soon as it does (E4)."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.http import Http404
from django.utils import timezone

from accounts.models import User
from core import alerts, scanner
from core.crypto import unseal
from core.models import Finding
from core.transitions import Refused
from documents import downloads, files, held, uploads
from documents.merging import merge
from documents.models import Upload
from documents.tasks import scan_held
from tests.documents.samples import MARKER, pdf_bytes, photo, received, texts_of
from tests.factories import UserFactory
from tests.harness.processes import wait_until

pytestmark = [pytest.mark.django_db, pytest.mark.fault("E4"), pytest.mark.process]

BAD = photo(comment=MARKER)  # well-formed: the scanner alone knows


@pytest.fixture
def told(monkeypatch) -> list[Upload]:
    """The uploads whose refusal was told to their subject, here an account."""
    seen: list[Upload] = []
    monkeypatch.setitem(held._tellers, User._meta.label_lower, lambda subject, upload: seen.append(upload))
    return seen


def _again(upload: Upload) -> Upload:
    return Upload.objects.get(pk=upload.pk)


def _sweep(callbacks) -> int:
    with callbacks(execute=True):
        return scan_held()


def test_a_file_that_was_scanned_says_so(clamd, dossier) -> None:
    upload = uploads.accept(dossier, "kbis", received(pdf_bytes("Kbis")))
    assert (upload.scan, upload.opens) == ("clean", True)


def test_without_a_scanner_it_does_not_say_it_was(dossier) -> None:
    upload = uploads.accept(dossier, "kbis", received(pdf_bytes("Kbis")))
    assert (upload.scan, upload.opens) == ("none", True)


def test_a_file_with_something_in_it_leaves_nothing(clamd, dossier, stored) -> None:
    with pytest.raises(Refused, match="programme malveillant"):
        uploads.accept(dossier, "kbis", received(BAD))
    assert not Upload.objects.exists()
    assert stored() == []
    assert Finding.objects.get().subject_id == dossier.pk


def test_what_is_held_is_stored_as_it_came_and_encrypted(clamd, dossier, stored, media) -> None:
    clamd.stop()
    data = pdf_bytes("Kbis")
    upload = uploads.accept(dossier, "kbis", received(data))
    assert (upload.scan, upload.is_held, upload.opens, upload.pages) == ("held", True, False, 1)
    assert stored() == [upload.file.name] == [f"uploads/{upload.pk}.held"]
    kept = (media / upload.file.name).read_bytes()
    assert b"%PDF-" not in kept  # no letter of a ciphertext is a « % »
    assert unseal(kept) == data


def test_nobody_opens_what_is_held(clamd, dossier) -> None:
    clamd.stop()
    upload = uploads.accept(dossier, "kbis", received(pdf_bytes("Kbis")))
    for open_it in (
        lambda: downloads.serve(upload),
        lambda: downloads.serve(upload, inline=True),
        lambda: downloads.serve_thumbnail(upload),
        lambda: merge([upload]),
        lambda: files.opened(upload),
    ):
        with pytest.raises(Http404, match="en cours de vérification"):
            open_it()


@pytest.mark.parametrize("accepted", [True, False])
def test_nobody_judges_what_nobody_can_open(clamd, dossier, accepted: bool) -> None:
    clamd.stop()
    upload = uploads.accept(dossier, "kbis", received(pdf_bytes("Kbis")))
    with pytest.raises(Refused, match="attendez qu’il puisse être ouvert"):
        uploads.review(upload, accepted, dossier, "illisible")


def test_what_is_not_a_document_is_told_at_once_all_the_same(clamd, dossier, stored) -> None:
    clamd.stop()
    with pytest.raises(uploads.UploadRefused, match="programme"):
        uploads.accept(dossier, "kbis", received(b"MZ" + bytes(99)))
    assert stored() == []


def test_a_file_that_may_not_wait_is_refused_and_told_to_come_back(clamd, dossier, stored) -> None:
    clamd.stop()
    with pytest.raises(Refused, match="Réessayez dans quelques minutes"):
        uploads.accept(dossier, "kbis", received(pdf_bytes("Kbis")), may_wait=False)
    assert stored() == []


def test_it_is_let_in_once_the_scanner_is_back(
    clamd, dossier, stored, told, django_capture_on_commit_callbacks, monkeypatch
) -> None:
    clamd.hang()
    with monkeypatch.context() as patch:
        patch.setattr(scanner, "SECONDS", 1.0)
        patch.setattr(scanner, "PING_SECONDS", 1.0)
        upload = uploads.accept(dossier, "kbis", received(pdf_bytes("Kbis"), "Kbis.pdf"))
        assert _sweep(django_capture_on_commit_callbacks) == 0
    assert _again(upload).is_held

    clamd.resume()
    assert _sweep(django_capture_on_commit_callbacks) == 1
    upload = _again(upload)
    assert (upload.scan, upload.scan_at, upload.review, upload.name) == ("clean", None, "pending", "Kbis.pdf")
    assert stored() == [upload.file.name]
    assert texts_of(files.opened(upload)) == ["Kbis"]
    assert files.sha256(files.opened(upload)) == upload.sha256
    assert told == []


def test_it_is_refused_once_the_scanner_is_back(
    clamd, dossier, stored, told, django_capture_on_commit_callbacks
) -> None:
    clamd.stop()
    upload = uploads.accept(dossier, "kbis", received(BAD))
    clamd.start()
    assert _sweep(django_capture_on_commit_callbacks) == 1
    upload = _again(upload)
    assert (upload.scan, upload.review, upload.file.name, upload.opens) == ("refused", "refused", "", False)
    assert "programme malveillant (Test.Marker" in upload.refusal_reason
    assert stored() == []
    assert told == [upload]
    assert Finding.objects.get().subject_id == dossier.pk
    with pytest.raises(Http404, match="refusé"):
        downloads.serve(upload)
    with pytest.raises(Refused, match="demandez-en un autre"):
        uploads.review(upload, True, dossier)

    uploads.remove(upload)
    assert not Upload.objects.exists()


def test_a_photo_that_the_machine_cannot_open_now_stays_held(clamd, dossier, told, monkeypatch) -> None:
    """It is not the photo's fault: refused, it would be gone."""
    clamd.stop()
    upload = uploads.accept(dossier, "kbis", received(photo()))
    clamd.start()
    monkeypatch.setattr("documents.intake.pictures.sys.executable", "/nowhere/python")
    with pytest.raises(Refused, match="Réessayez dans quelques minutes"):
        uploads.accept(dossier, "autre", received(photo()))
    assert scan_held() == 0
    assert (_again(upload).scan, told) == ("held", [])


def test_a_refusal_that_cannot_be_told_is_not_half_done(
    clamd, dossier, stored, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    def fail(subject, upload) -> None:
        raise ConnectionError

    clamd.stop()
    upload = uploads.accept(dossier, "kbis", received(BAD))
    clamd.start()
    monkeypatch.setitem(held._tellers, User._meta.label_lower, fail)
    assert _sweep(django_capture_on_commit_callbacks) == 0
    assert _again(upload).is_held
    assert stored() == [upload.file.name]
    assert _again(upload).scan_at > timezone.now()  # later, after the others


def test_the_same_file_may_come_again_after_a_refusal(clamd, dossier, scanner_url, talker) -> None:
    """The scanner was wrong, and its signatures have been corrected since."""
    clamd.stop()
    data = pdf_bytes("Kbis")
    uploads.accept(dossier, "kbis", received(data))
    wrong = talker([b"stream: Win.FalsePositive FOUND\0"], read=18 + len(data))  # the command and the lengths
    scanner_url(f"clamd://127.0.0.1:{wrong.port}")
    held.judge(Upload.objects.get())
    assert Upload.objects.get().scan == "refused"

    clamd.start()
    scanner_url(clamd.url)
    again = uploads.accept(dossier, "kbis", received(data))
    assert (again.scan, Upload.objects.get()) == ("clean", again)


def test_the_very_same_file_sent_again_meanwhile_is_not_stored_twice(clamd, dossier, stored) -> None:
    clamd.stop()
    data = pdf_bytes("Kbis")
    first = uploads.accept(dossier, "kbis", received(data))
    clamd.start()
    again = uploads.accept(dossier, "kbis", received(data))
    assert (again.pk, again.already_there, again.is_held) == (first.pk, True, True)
    assert len(stored()) == 1


def test_a_scanner_taken_out_of_the_settings_lets_nothing_in(
    clamd, dossier, scanner_url, django_capture_on_commit_callbacks
) -> None:
    clamd.stop()
    upload = uploads.accept(dossier, "kbis", received(pdf_bytes("Kbis")))
    scanner_url("")
    assert _sweep(django_capture_on_commit_callbacks) == 0
    with pytest.raises(scanner.NoAnswer):
        held.judge(upload)
    assert _again(upload).is_held


def test_one_file_that_the_scanner_stumbles_over_does_not_hold_up_the_others(
    clamd, dossier, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    clamd.stop()
    bad = pdf_bytes("un")
    first, second = (uploads.accept(dossier, "kbis", received(data)) for data in (bad, pdf_bytes("deux")))
    clamd.start()
    ask = scanner.check

    def stumble(data: bytes, *args, **kwargs) -> bool:
        if data == bad:
            raise scanner.NoAnswer
        return ask(data, *args, **kwargs)

    monkeypatch.setattr(scanner, "check", stumble)
    # The scanner may be away: nobody else is made to wait for it.
    assert _sweep(django_capture_on_commit_callbacks) == 0
    assert _sweep(django_capture_on_commit_callbacks) == 1
    assert (_again(first).scan, _again(second).scan) == ("held", "clean")


def test_a_held_file_that_was_removed_meanwhile_leaves_nothing(
    clamd, dossier, stored, django_capture_on_commit_callbacks
) -> None:
    clamd.stop()
    upload = uploads.accept(dossier, "kbis", received(pdf_bytes("Kbis")))
    received_bytes = files.read(upload.file.name)
    clamd.start()
    with django_capture_on_commit_callbacks(execute=True):
        uploads.remove(_again(upload))
    assert stored() == []
    files.write(upload.file.name, received_bytes)  # the sweep had read it before
    with django_capture_on_commit_callbacks(execute=True):
        held.judge(upload)
    assert stored() == [upload.file.name]  # nothing was added
    assert not Upload.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_let_it_in_once(clamd, stored) -> None:
    dossier = User.objects.create_user("claire.morel@exemple.fr")
    clamd.stop()
    for number in range(4):
        uploads.accept(dossier, "kbis", received(pdf_bytes(f"page {number}")))
    clamd.start()
    start, judged = threading.Barrier(2), []

    def run() -> None:
        start.wait()
        try:
            judged.append(held.sweep())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(judged) == 4
    rows = list(Upload.objects.all())
    assert {row.scan for row in rows} == {"clean"}
    assert stored() == sorted(row.file.name for row in rows)


def test_the_worker_and_the_beat_do_it_by_themselves(worker, clamd, settings) -> None:
    assert settings.CELERY_BEAT_SCHEDULE["held"]["task"] == scan_held.name
    dossier = User.objects.create_user("claire.morel@exemple.fr")
    clamd.stop()
    settings.MEDIA_ROOT = settings.VAR_DIR / "files"  # the worker's
    upload = uploads.accept(dossier, "kbis", received(pdf_bytes("Kbis")))
    clamd.start()
    worker(SCANNER_URL=clamd.url)
    scan_held.delay()
    wait_until(lambda: _again(upload).opens)
    assert texts_of(files.opened(_again(upload))) == ["Kbis"]


def test_staff_are_told_of_files_that_wait_long(clamd, dossier) -> None:
    clamd.stop()
    upload = uploads.accept(dossier, "kbis", received(pdf_bytes("Kbis")))
    [alert] = [each for each in alerts.may_see(UserFactory(manager=True)) if each.slug == "held-files"]
    assert alert.rows().count() == 0
    Upload.objects.update(created_at=timezone.now() - timedelta(hours=1))
    assert alert.rows().get() == upload
