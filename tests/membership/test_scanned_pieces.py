"""The documents of a dossier and the virus scanner, on the pages of the company and of staff (E4)."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from core.models import Finding
from documents import held
from documents.models import Upload
from membership import drafts, pieces
from membership.models import Application
from membership.states import Queue
from membership.steps import WIZARD
from notifications.models import Message
from tests.documents.samples import EICAR, MARKER, photo, texts_of, zipped
from tests.factories import ApplicationFactory, UserFactory, add_pieces, pdf_file, sign_in
from tests.factories_held import held_file
from tests.reading import read_page

pytestmark = [pytest.mark.django_db, pytest.mark.fault("E4"), pytest.mark.usefixtures("operator")]

BAD = photo(comment=MARKER)


@pytest.fixture(autouse=True)
def _media(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


def send(client: Client, dossier: Application, data: bytes, name: str, kind: str = "kbis") -> str:
    file = SimpleUploadedFile(name, data, content_type="application/pdf")
    address = reverse("membership:upload-add", args=[dossier.pk])
    return read_page(client.post(address, {"kind": kind, "files": [file]}, follow=True))


def page(client: Client, dossier: Application) -> str:
    if dossier.is_draft:
        return read_page(client.get(reverse("membership:step", args=[dossier.pk, "documents"])))
    return read_page(client.get(reverse("membership:dossier", args=[dossier.pk])))


def back_office(dossier: Application) -> Client:
    client = Client()
    sign_in(client, UserFactory(manager=True))
    client.page = reverse("admin:membership_application_change", args=[dossier.pk])
    return client


def answered(upload: Upload, clamd, callbacks) -> Upload:
    """The scanner is back, and the sweep passes."""
    clamd.start()
    with callbacks(execute=True):
        assert held.sweep() == 1
    upload.refresh_from_db()
    return upload


@pytest.mark.process
@pytest.mark.parametrize("state", ["draft", "awaiting"])
@pytest.mark.parametrize(
    ("data", "name"),
    [
        (EICAR, "kbis.pdf"),
        (zipped("eicar.com", EICAR), "kbis.zip"),
        (zipped("word/document.xml", EICAR), "kbis.docx"),
        (BAD, "kbis.jpg"),
    ],
    ids=["alone", "zipped", "as a Word document", "in the comment of a photo"],
)
def test_it_is_refused_by_name_and_staff_are_told(clamd, holder, state, data, name):
    dossier = ApplicationFactory(**({} if state == "draft" else {state: True}))
    text = send(holder(dossier), dossier, data, name)
    assert f"« {name} » : Ce fichier contient un programme malveillant (Test." in text
    assert "envoyez un autre exemplaire" in text
    assert not Upload.objects.exists()
    assert Finding.objects.get().subject_id == dossier.pk
    client = back_office(dossier)
    home = client.get(reverse("admin:index")).content.decode()
    assert "1 fichier malveillant refusé ces 7 derniers jours" in home
    register = client.get(reverse("admin:core_finding_changelist")).content.decode()
    assert "Test." in register
    assert f'<a href="{client.page}">' in register
    assert name not in register


@pytest.mark.process
def test_a_held_piece_is_shown_as_such_to_both_and_opened_by_neither(clamd, holder):
    dossier = ApplicationFactory(awaiting=True)
    client, staff = holder(dossier), back_office(dossier)
    clamd.stop()
    text = send(client, dossier, pdf_file("kbis.pdf").read(), "kbis.pdf")
    assert "« kbis.pdf » est reçu (1 page)" in text
    upload = Upload.objects.get()
    for shown in (page(client, dossier), staff.get(staff.page).content.decode()):
        assert "kbis.pdf" in shown
        assert "En cours de vérification" in shown
        assert f"{upload.pk}/" not in shown.replace(f"{upload.pk}/retirer/", "")  # no way in: link, picture or verb
    addresses = [
        (client, reverse("membership:upload-view", args=[dossier.pk, upload.pk])),
        (client, reverse("membership:upload-preview", args=[dossier.pk, upload.pk])),
        (client, reverse("membership:upload-merged", args=[dossier.pk])),
        (staff, reverse("admin:membership_application_piece", args=[dossier.pk, upload.pk])),
        (staff, reverse("admin:membership_application_piece", args=[dossier.pk, upload.pk]) + "?telecharger=1"),
        (staff, reverse("admin:membership_application_preview", args=[dossier.pk, upload.pk])),
    ]
    for who, address in addresses:
        response = who.get(address)
        assert response.status_code == 404
        assert "en cours de vérification" in response.content.decode()
    accept = reverse("admin:membership_application_accept_piece", args=[dossier.pk, upload.pk])
    dossier.refresh_from_db()
    assert staff.post(accept, {"version": dossier.version}).status_code == 409
    upload.refresh_from_db()
    assert upload.review == "pending"


@pytest.mark.process
def test_once_let_in_it_opens_and_can_be_checked(clamd, holder, django_capture_on_commit_callbacks):
    dossier = ApplicationFactory(awaiting=True)
    client = holder(dossier)
    clamd.stop()
    send(client, dossier, pdf_file("kbis.pdf").read(), "kbis.pdf")
    upload = answered(Upload.objects.get(), clamd, django_capture_on_commit_callbacks)
    assert "En cours de vérification" not in page(client, dossier)
    view = client.get(reverse("membership:upload-view", args=[dossier.pk, upload.pk]))
    assert view.content.startswith(b"%PDF")
    staff = back_office(dossier)
    accept = reverse("admin:membership_application_accept_piece", args=[dossier.pk, upload.pk])
    dossier.refresh_from_db()
    staff.post(accept, {"version": dossier.version})
    upload.refresh_from_db()
    assert upload.review == "accepted"


@pytest.mark.process
def test_refused_afterwards_it_is_missing_again_and_the_company_is_told(
    clamd, holder, django_capture_on_commit_callbacks
):
    dossier = ApplicationFactory(awaiting=True)
    client = holder(dossier)
    add_pieces(dossier, pieces.RIB, pieces.BORDEREAU, accepted=True)
    clamd.stop()
    send(client, dossier, BAD, "kbis.jpg")
    dossier.refresh_from_db()
    assert dossier.queue == Queue.CHECK
    upload = answered(Upload.objects.get(kind="kbis"), clamd, django_capture_on_commit_callbacks)

    dossier.refresh_from_db()
    assert dossier.queue == Queue.COMPANY
    assert pieces.KBIS in {piece.kind for piece in pieces.missing(dossier)}
    shown = page(client, dossier)
    assert "programme malveillant (Test.Marker" in shown
    assert "Document refusé" in shown  # what happened
    mail = Message.objects.about(dossier).get(dedupe_key=f"file-refused:{upload.pk}")
    assert mail.to == dossier.mail_to
    assert mail.secret  # the button to the dossier
    assert "C’est à vous d’agir" in " ".join(mail.content["paragraphs"])
    assert "kbis.jpg" not in str(mail.content)
    staff = back_office(dossier)
    assert "programme malveillant" in staff.get(staff.page).content.decode()


@pytest.mark.process
def test_refused_in_a_draft_it_can_be_taken_off_and_the_step_asks_for_another(
    clamd, holder, django_capture_on_commit_callbacks
):
    dossier = ApplicationFactory(confirmed_steps=[step.slug for step in WIZARD.steps[:5]])
    client = holder(dossier)
    clamd.stop()
    send(client, dossier, BAD, "kbis.jpg")
    assert "En cours de vérification" in page(client, dossier)
    upload = answered(Upload.objects.get(), clamd, django_capture_on_commit_callbacks)
    shown = page(client, dossier)
    assert "programme malveillant" in shown
    assert "Pas encore joint&nbsp;: Extrait Kbis" in shown
    assert Message.objects.about(dossier).filter(dedupe_key=f"file-refused:{upload.pk}").exists()
    client.post(reverse("membership:upload-remove", args=[dossier.pk, upload.pk]))
    assert not Upload.objects.exists()


def test_the_one_pdf_has_those_that_open(holder):
    dossier = ApplicationFactory(awaiting=True)
    add_pieces(dossier, pieces.RIB)
    held_file(dossier, pieces.KBIS)
    merged = holder(dossier).get(reverse("membership:upload-merged", args=[dossier.pk]))
    assert [text.split()[0] for text in texts_of(merged.content)] == ["rib"]


def test_a_dossier_deleted_with_a_held_file_leaves_nothing(tmp_path, django_capture_on_commit_callbacks):
    dossier = ApplicationFactory()
    held_file(dossier, pieces.KBIS)
    with django_capture_on_commit_callbacks(execute=True):
        drafts.purge(dossier)
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
