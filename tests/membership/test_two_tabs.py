"""Documents handled in two tabs, or while the request is being validated: the slower one breaks nothing."""

from __future__ import annotations

import pytest
from django.urls import reverse

from core.journal import timeline
from core.transitions import AlreadyDone
from documents import uploads
from documents.models import Upload
from membership import drafts, workflow
from membership.models import Application
from membership.states import Queue, State
from tests.factories import CLERK, COMPANY, ApplicationFactory, pdf_file

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator"), pytest.mark.fault("G1")]


def said(dossier: Application) -> list[str]:
    return [entry.message for entry in timeline(dossier)]


def test_the_same_document_removed_from_a_draft_in_two_tabs_is_removed_once():
    dossier = ApplicationFactory()
    upload = uploads.accept(dossier, "kbis", pdf_file())
    other = Upload.objects.get(pk=upload.pk)  # both pages read it before either removed it
    drafts.remove_upload(dossier, upload)
    drafts.remove_upload(dossier, other)
    assert not Upload.objects.exists()


def test_the_same_piece_taken_back_in_two_tabs_is_told_once():
    dossier = ApplicationFactory(submitted=True)
    upload = workflow.add_piece(dossier, "kbis", pdf_file(), by=COMPANY)
    other = Upload.objects.get(pk=upload.pk)
    workflow.remove_piece(dossier, upload, by=COMPANY)
    workflow.remove_piece(dossier, other, by=COMPANY)
    assert sum(message.startswith("Document retiré") for message in said(dossier)) == 1


def test_a_piece_that_the_company_takes_back_while_staff_look_at_it_is_not_reviewed():
    dossier = ApplicationFactory(submitted=True)
    upload = workflow.add_piece(dossier, "kbis", pdf_file(), by=COMPANY)
    other = Upload.objects.get(pk=upload.pk)
    workflow.remove_piece(dossier, upload, by=COMPANY)
    with pytest.raises(AlreadyDone, match="l’entreprise vient de le retirer"):
        workflow.review_piece(dossier, other, accepted=True, by=CLERK)


def test_a_document_removed_in_another_tab_is_not_moved():
    dossier = ApplicationFactory()
    first, second = (uploads.accept(dossier, "kbis", pdf_file(f"{name}.pdf")) for name in ("un", "deux"))
    gone = Upload.objects.get(pk=first.pk)
    drafts.remove_upload(dossier, first)
    drafts.move_upload(dossier, gone, up=False)
    assert Upload.objects.get() == second


def test_the_documents_of_a_request_validated_in_another_tab_keep_their_order_and_start_no_clock():
    dossier = ApplicationFactory()
    first, second = (uploads.accept(dossier, "kbis", pdf_file(f"{name}.pdf")) for name in ("un", "deux"))
    stale = Application.objects.get(pk=dossier.pk)
    workflow.submit(dossier, by=COMPANY)
    before = Application.objects.values().get(pk=dossier.pk)
    drafts.move_upload(stale, first, up=False)
    assert list(Upload.objects.about(dossier).order_by("position")) == [first, second]
    assert Application.objects.values().get(pk=dossier.pk) == before


@pytest.mark.req("M-07")
def test_a_file_that_was_being_read_while_the_request_was_validated_is_a_piece_sent_after_it(holder, monkeypatch):
    dossier = ApplicationFactory()
    accept = uploads.accept

    def slow(subject, *args, **options):
        """« Valider » is pressed in another tab while the file is on its way."""
        upload = accept(subject, *args, **options)
        workflow.submit(Application.objects.get(pk=dossier.pk), by=COMPANY)
        return upload

    monkeypatch.setattr(uploads, "accept", slow)
    address = reverse("membership:upload-add", args=[dossier.pk])
    answer = holder(dossier).post(address, {"kind": "kbis", "files": [pdf_file()]}, follow=True)
    assert answer.redirect_chain[-1][0].startswith(reverse("membership:dossier", args=[dossier.pk]))
    dossier.refresh_from_db()
    assert (dossier.state, dossier.queue, dossier.purge_on) == (State.SUBMITTED, Queue.CHECK, None)
    assert any(message.startswith("Document envoyé : Extrait Kbis") for message in said(dossier))
    assert Upload.objects.about(dossier).count() == 1


def test_of_a_file_that_was_being_read_while_the_request_was_withdrawn_nothing_is_kept(monkeypatch):
    dossier = ApplicationFactory()
    accept = uploads.accept

    def slow(subject, *args, **options):
        upload = accept(subject, *args, **options)
        workflow.submit(Application.objects.get(pk=dossier.pk), by=COMPANY)
        workflow.withdraw(Application.objects.get(pk=dossier.pk), by=COMPANY)
        return upload

    monkeypatch.setattr(uploads, "accept", slow)
    with pytest.raises(workflow.Refused):
        drafts.add_upload(dossier, "kbis", pdf_file(), by=COMPANY)
    assert not Upload.objects.exists()
