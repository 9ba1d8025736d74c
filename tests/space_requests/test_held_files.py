"""Attachments of requests, and the virus scanner (E4)."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.journal import timeline
from documents import held
from documents.models import Upload
from membership import accesses
from notifications.models import Message
from space.models import MemberRequest, UsefulDocument
from space.request_states import State
from tests.documents.samples import EICAR, MARKER, photo
from tests.factories import CLERK, UserFactory, give_access, pdf_file
from tests.factories_held import held_file, refused_file
from tests.factories_requests import make_draft, make_request, make_theme, staff_writes
from tests.reading import read_page

pytestmark = [pytest.mark.django_db, pytest.mark.fault("E4")]


def url(employer, name: str, *args) -> str:
    return reverse(f"space:{name}", args=[employer.member.pk, *args])


def bad(name: str = "photo.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, photo(comment=MARKER), content_type="image/jpeg")


def typed(**parts) -> dict:
    return {"theme": make_theme().pk, "subject": "Ma facture", "text": "Le montant est faux.", **parts}


@pytest.mark.process
def test_a_malicious_file_is_refused_beside_its_field_and_the_text_stays(clamd, employer):
    files = [SimpleUploadedFile("eicar.pdf", EICAR), bad(), pdf_file("bon.pdf")]
    response = employer.client.post(url(employer, "request-draft", uuid4()), typed(files=files))
    text = read_page(response)
    assert response.status_code == 422
    for name in ("eicar.pdf", "photo.jpg"):
        assert f"« {name} » : Ce fichier contient un programme malveillant" in text
    assert "Le montant est faux." in text
    assert [upload.name for upload in Upload.objects.all()] == ["bon.pdf"]
    assert MemberRequest.objects.get().state == State.DRAFT


@pytest.mark.process
def test_with_the_scanner_away_the_request_leaves_and_its_file_opens_later(
    clamd, employer, staff, django_capture_on_commit_callbacks
):
    clamd.stop()
    key = uuid4()
    assert employer.client.post(url(employer, "request-draft", key), typed(files=[pdf_file()])).status_code == 302
    upload, manager = Upload.objects.get(), staff()
    sides = [
        (employer.client, url(employer, "request", key), url(employer, "request-file", key, upload.pk)),
        (
            manager,
            reverse("admin:space_memberrequest_change", args=[key]),
            reverse("admin:space_memberrequest_file", args=[key, upload.pk]),
        ),
    ]
    for client, page, file in sides:
        text = client.get(page).content.decode()
        assert "En cours de vérification" in text
        assert file not in text
        assert client.get(file).status_code == 404
    clamd.start()
    with django_capture_on_commit_callbacks(execute=True):
        assert held.sweep() == 1
    for client, page, file in sides:
        text = client.get(page).content.decode()
        assert "En cours de vérification" not in text
        assert file in text
        assert client.get(file).content.startswith(b"%PDF")


@pytest.mark.process
def test_refused_afterwards_its_author_is_told_without_its_content(clamd, employer, django_capture_on_commit_callbacks):
    clamd.stop()
    key = uuid4()
    employer.client.post(url(employer, "request-draft", key), typed(files=[bad()]))
    clamd.start()
    with django_capture_on_commit_callbacks(execute=True):
        assert held.sweep() == 1
    upload, request = Upload.objects.get(), MemberRequest.objects.get()
    mail = Message.objects.about(request).get(dedupe_key__startswith=f"file-refused:{upload.pk}")
    assert mail.to == employer.user.email
    assert f"/demandes/{key}/" in mail.content["url"]
    assert "photo.jpg" not in str(mail.content)
    text = employer.client.get(url(employer, "request", key)).content.decode()
    assert "programme malveillant (Test.Marker" in text
    assert "Fichier joint refusé." in [entry.message for entry in timeline(request)]


@pytest.mark.fault("A2")
def test_once_the_access_of_its_author_is_over_those_who_manage_are_told(employer):
    accountant = UserFactory(email="cabinet@compta.example")
    access = give_access(accountant, employer.member, "declares")
    request = make_request(accountant, employer.member)
    accesses.withdraw(access, by=CLERK)
    upload = refused_file(request.messages.get(), "request")
    mail = Message.objects.about(request).get(dedupe_key__startswith=f"file-refused:{upload.pk}")
    assert mail.to == employer.user.email


def test_a_file_of_staff_that_is_refused_is_told_to_the_team(employer):
    request = make_request(employer.user, employer.member)
    message = staff_writes(request)
    upload = refused_file(message, "request")
    mail = Message.objects.about(request).get(dedupe_key=f"file-refused:{upload.pk}")
    assert mail.to == "adherents@guichet.example"


def test_in_a_draft_the_page_alone_says_it_and_the_file_can_be_taken_off(employer):
    message = make_draft(employer.user, employer.member)
    refused, waiting = refused_file(message, "request", "refuse.pdf"), held_file(message, "request", "attend.pdf")
    key = message.request_id
    text = employer.client.get(url(employer, "request-draft", key)).content.decode()
    assert "programme malveillant" in text
    assert "En cours de vérification" in text
    assert not Message.objects.exists()
    for upload in (refused, waiting):
        employer.client.post(url(employer, "request-draft", key), typed(remove=str(upload.pk)))
    assert not Upload.objects.exists()


@pytest.mark.process
@pytest.mark.django_db(transaction=True)
def test_what_is_published_to_everybody_is_never_held(clamd, staff):
    """It replaces a file that opens: the page asks to come back instead."""
    client, add = staff(), reverse("admin:space_usefuldocument_add")
    form = {
        "title": "Guide RH",
        "section": "guides",
        "service": "",
        "description": "",
        "position": "0",
        "published_from": "01/01/2026",
        "published_until": "",
    }
    assert "programme malveillant" in client.post(add, {**form, "new_file": bad()}).content.decode()
    clamd.stop()
    response = client.post(add, {**form, "new_file": pdf_file()})
    assert response.status_code == 200
    assert "Réessayez dans quelques minutes" in response.content.decode()
    assert not UsefulDocument.objects.exists()
    clamd.start()
    assert client.post(add, {**form, "new_file": pdf_file()}).status_code == 302
    assert UsefulDocument.objects.get().file.scan == "clean"
