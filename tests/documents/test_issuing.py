"""Issued documents: frozen, rendered once, never lost, and any changed byte is seen."""

from __future__ import annotations

import logging
import signal
import threading
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import User
from core.journal import Actor
from core.logs import JsonFormatter
from documents import files, issuing
from documents.issuing import RenderingFailed, ensure_rendered, issue, verify
from documents.models import Document
from documents.snapshots import freeze
from documents.tasks import render_pending
from documents.timelimit import TimeLimitExceeded, time_limit
from tests.documents.samples import texts_of
from tests.documents.test_rendering import BORDEREAU

SNAPSHOT = {key: value for key, value in BORDEREAU.items() if key != "document"}


def issued(dossier, **changes) -> Document:
    options = {
        "kind": "bordereau",
        "title": "Bordereau de pré-adhésion",
        "filename": "Bordereau Ateliers Morel.pdf",
        "template": "pdf_tests/bordereau.html",
        "snapshot": SNAPSHOT,
        **changes,
    }
    with transaction.atomic():
        return issue(dossier, **options)


def test_issuing_writes_a_row_and_renders_nothing(dossier, stored) -> None:
    document = issued(dossier, number="PA-2026-000127")
    assert document.state == "pending"
    assert document.subject == dossier
    assert stored() == []


@pytest.mark.django_db(transaction=True)
def test_issuing_belongs_in_a_transaction() -> None:
    dossier = User.objects.create_user("claire.morel@exemple.fr")
    with pytest.raises(RuntimeError, match="transaction"):
        issue(dossier, kind="x", title="x", filename="x", template="x", snapshot={})


def test_rendering_stores_the_file_and_its_hash(dossier, stored) -> None:
    document = ensure_rendered(issued(dossier, number="PA-2026-000127"))
    document.refresh_from_db()
    data = files.read(document.file.name)
    assert document.state == "ready"
    assert document.sha256 == files.sha256(data)
    assert document.rendered_at
    assert stored() == [document.file.name]
    assert "PA-2026-000127" in texts_of(data)[0]
    assert ensure_rendered(document).file.name == document.file.name
    assert document.attempts == 1


def test_an_issued_document_never_changes(dossier) -> None:
    document = issued(dossier)
    document.title = "Autre"
    with pytest.raises(TypeError, match="never changes"):
        document.save()
    with pytest.raises(TypeError, match="never changes"):
        document.save(update_fields=["snapshot"])
    with pytest.raises(TypeError, match="never changes"):
        Document.objects.filter(pk=document.pk).update(snapshot={})
    document.refresh_from_db()
    assert (document.title, document.snapshot) == ("Bordereau de pré-adhésion", SNAPSHOT)


def test_a_correction_is_a_new_version_that_names_what_it_replaces(dossier) -> None:
    first = ensure_rendered(issued(dossier, number="PF-2026-000031"))
    second = ensure_rendered(
        issued(dossier, replaces=first, snapshot={**SNAPSHOT, "company": "Ateliers Morel et fils"})
    )
    third = issued(dossier, replaces=second)
    assert [d.version for d in (first, second, third)] == [1, 2, 3]
    assert {d.number for d in (first, second, third)} == {"PF-2026-000031"}
    assert list(Document.objects.about(dossier).current()) == [third]
    assert "Version 2" in texts_of(files.read(second.file.name))[0]
    assert "et fils" not in texts_of(files.read(first.file.name))[0]  # the old one stays as it was sent
    with pytest.raises(issuing.AlreadyReplaced):
        issued(dossier, replaces=first)


def test_a_number_is_issued_once(dossier) -> None:
    issued(dossier, number="PF-2026-000031")
    with pytest.raises(IntegrityError):
        issued(dossier, number="PF-2026-000031")


@pytest.mark.parametrize("value", [0.1, Decimal("NaN"), object(), {"a": [1.5]}])
def test_a_snapshot_refuses_what_would_not_come_back_as_it_was(value) -> None:
    with pytest.raises(TypeError):
        freeze(value)


def test_a_snapshot_keeps_cents_and_dates() -> None:
    day = timezone.datetime(2026, 11, 22).date()
    assert freeze({"due": Decimal("1382.70"), "on": day, "lines": ((1, "a\x00"),), "none": None}) == {
        "due": "1382.70",
        "on": "2026-11-22",
        "lines": [[1, "a"]],
        "none": None,
    }
    assert freeze(Decimal("1E+3")) == "1000"


@pytest.mark.fault("G4")
@pytest.mark.django_db(transaction=True)
def test_several_workers_render_a_document_once(stored) -> None:
    document = issued(User.objects.create_user("claire.morel@exemple.fr"))
    start = threading.Barrier(4)
    seen = []

    def work() -> None:
        mine = Document.objects.get(pk=document.pk)
        start.wait()
        try:
            seen.append(ensure_rendered(mine).sha256)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    document.refresh_from_db()
    assert document.attempts == 1
    assert seen == [document.sha256] * 4
    assert stored() == [document.file.name]


def test_a_document_left_by_a_killed_worker_is_taken_over(dossier, stored) -> None:
    document = issued(dossier)
    files.write(f"documents/{document.pk}-1.pdf", b"half a fi")  # it was killed before saying it was done
    long_ago = timezone.now() - timedelta(seconds=issuing.CLAIM_SECONDS + 1)
    Document.objects.filter(pk=document.pk).update(claimed_at=long_ago, attempts=1)
    assert render_pending() == 1
    document.refresh_from_db()
    assert document.is_ready
    assert stored() == [document.file.name]


def test_a_document_another_worker_holds_is_not_rendered_beside(dossier, stored) -> None:
    document = issued(dossier)
    Document.objects.filter(pk=document.pk).update(claimed_at=timezone.now())
    with pytest.raises(RenderingFailed):
        ensure_rendered(document)
    assert stored() == []


@pytest.mark.fault("G12")
def test_a_rendering_that_never_ends_is_cut_and_resolves_by_itself(dossier, stored, monkeypatch) -> None:
    document = issued(dossier, snapshot={**SNAPSHOT, "employees": SNAPSHOT["employees"] * 60})
    monkeypatch.setattr(issuing, "RENDERING_SECONDS", 0.05)
    with pytest.raises(RenderingFailed):
        ensure_rendered(document)
    document.refresh_from_db()
    assert (document.state, document.attempts) == ("pending", 1)
    assert "0.05 s" in document.error
    assert document.retry_at > timezone.now()
    assert stored() == []
    assert render_pending() == 0  # not due yet

    monkeypatch.undo()
    Document.objects.filter(pk=document.pk).update(retry_at=timezone.now())
    assert render_pending() == 1
    document.refresh_from_db()
    assert verify(document)


@pytest.mark.fault("G12")
def test_failures_are_counted_told_and_can_be_retried(dossier, settings, tmp_path: Path, caplog) -> None:
    document = issued(dossier, template="pdf_tests/late.html", snapshot={"company": "Ateliers Morel"})
    engine = settings.TEMPLATES[0]
    settings.TEMPLATES = [{**engine, "DIRS": [*engine["DIRS"], tmp_path]}]
    (tmp_path / "pdf_tests").mkdir()
    template = tmp_path / "pdf_tests" / "late.html"
    template.write_text("{% if company == 1 %}{% else %}{% include company %}{% endif %}")  # fails, and quotes the name

    for attempt in range(1, issuing.MAX_ATTEMPTS + 1):
        Document.objects.filter(pk=document.pk).update(retry_at=timezone.now())
        assert render_pending() == 0
        document.refresh_from_db()
        assert document.attempts == attempt
    assert (document.state, document.error) == ("failed", "TemplateDoesNotExist")
    alerts = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.message for record in alerts] == ["document failed"]
    assert "Morel" not in "".join(JsonFormatter().format(record) for record in caplog.records)
    assert document.retry_at > timezone.now()

    template.write_text("<title>x</title><p>{{ company }}</p>")
    settings.TEMPLATES = [*settings.TEMPLATES]  # a new engine, that has not read the template yet
    assert issuing.retry(document, Actor("Léa Petit"))
    assert render_pending() == 1
    document.refresh_from_db()
    assert (document.state, document.error) == ("ready", "")


@pytest.mark.fault("G11", "G12")
def test_a_storage_that_takes_nothing_leaves_the_document_to_come(dossier, media: Path, stored) -> None:
    media.parent.mkdir(exist_ok=True)
    media.write_text("a file where the folder should be")
    document = issued(dossier)
    with pytest.raises(RenderingFailed, match="stockage"):
        ensure_rendered(document)
    assert (document.state, document.file.name) == ("pending", "")
    media.unlink()
    assert ensure_rendered(document).is_ready


@pytest.mark.fault("H9")
def test_one_changed_byte_is_detected(dossier) -> None:
    document = ensure_rendered(issued(dossier))
    assert verify(document)
    path = Path(default_storage.path(document.file.name))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert not verify(document)


@pytest.mark.parametrize(
    "impossible",
    [{"state": "ready"}, {"state": "failed"}, {"state": "lost"}, {"file": "x"}, {"rendered_at": timezone.now()}],
)
def test_the_database_refuses_impossible_rows(dossier, impossible: dict) -> None:
    document = issued(dossier)
    with pytest.raises(IntegrityError), transaction.atomic():
        Document.objects.filter(pk=document.pk).update(**impossible)


def test_a_time_limit_inside_another_gives_it_back() -> None:
    outer = signal.getitimer(signal.ITIMER_REAL), signal.getsignal(signal.SIGALRM)
    with pytest.raises(TimeLimitExceeded), time_limit(60), time_limit(0.01):
        while True:
            try:
                signal.pause()
            except Exception:
                pass
    assert signal.getsignal(signal.SIGALRM) is outer[1]
    assert bool(signal.getitimer(signal.ITIMER_REAL)[0]) is bool(outer[0][0])


@pytest.mark.fault("H7")
def test_forgetting_what_was_issued_leaves_no_file_not_even_of_an_attempt_cut_short(
    dossier, stored, django_capture_on_commit_callbacks
) -> None:
    first = ensure_rendered(issued(dossier, number="PA-2026-000127"))
    ensure_rendered(issued(dossier, replaces=first))
    killed = issued(dossier, kind="proforma")
    Document.objects.filter(pk=killed.pk).update(attempts=2, claimed_at=timezone.now())
    files.write(f"documents/{killed.pk}-1.pdf", b"%PDF-")
    other = ensure_rendered(issued(User.objects.create_user("autre@exemple.fr")))
    assert len(stored()) == 4
    with django_capture_on_commit_callbacks(execute=True):
        issuing.forget(dossier)
        assert len(stored()) == 4, "a transaction that is rolled back keeps its files"
    assert stored() == [other.file.name]
    assert Document.objects.get() == other
