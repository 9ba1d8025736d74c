"""What became of a file that was sent stands where the person looks, and an error takes the focus (B-04, B-23)."""

from __future__ import annotations

import html
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from membership.links import new_link
from membership.models import Application
from tests.factories import ApplicationFactory, make_operator, pdf_file
from tests.reading import read_page

pytestmark = pytest.mark.req("B-04", "B-23")

ALERT = 'role="alert" tabindex="-1" autofocus'
NO_FILE = "Choisissez au moins un fichier à envoyer."
STEPS = ["eligibilite", "etablissement", "contacts", "adresses", "salaries"]


def unreadable() -> SimpleUploadedFile:
    return SimpleUploadedFile("notes.txt", b"bonjour", content_type="text/plain")


def send(client: Client, dossier: Application, **data: object) -> tuple[str, str]:
    """Where the answer leads, and that page."""
    answer = client.post(reverse("membership:upload-add", args=[dossier.pk]), data)
    page = client.get(answer["Location"].partition("#")[0])
    return answer["Location"], html.unescape(read_page(page))


@pytest.mark.django_db
@pytest.mark.parametrize("stage", ["draft", "awaiting"])
@pytest.mark.parametrize(
    ("data", "words", "field"),
    [
        ({"kind": "kbis"}, NO_FILE, "files"),
        ({"kind": "kbis", "files": unreadable}, "« notes.txt » : ", "files"),
        ({"files": unreadable}, "Dites quel document vous envoyez", "kind"),
    ],
)
def test_an_error_is_told_by_the_form_and_takes_the_focus(operator, holder, stage, data, words, field):
    dossier = ApplicationFactory(until=stage, confirmed_steps=STEPS)
    client = holder(dossier)
    given = {name: value() if callable(value) else value for name, value in data.items()}
    location, page = send(client, dossier, **given)
    assert "#" not in location, "browsers give no focus to an error of a page whose address names a place"
    assert "<title>Erreur : " in page
    assert page.count(ALERT) == 1
    summary = page[page.index(ALERT) : page.index("</ul>", page.index(ALERT))]
    assert words in summary
    target = summary.partition('href="#')[2].partition('"')[0]
    assert target.startswith(field)
    assert f'id="{target}"' in page, "the error leads to its field"
    assert f'class="why" id="{field}-error"' in page
    assert words in page[page.index(f'id="{field}-error"') :]
    again = client.get(urlsplit(location).path).content.decode()
    assert ALERT not in again, "told once"
    assert "<title>Erreur" not in again


@pytest.mark.django_db
def test_what_was_taken_is_told_among_the_documents(operator, holder):
    dossier = ApplicationFactory(awaiting=True)
    location, page = send(holder(dossier), dossier, kind="rib", files=pdf_file("rib.pdf"))
    assert location.endswith("?document=rib#documents")
    said = page.index("« rib.pdf » est ajouté (1 page).")
    assert page.index('id="documents"') < said < page.index('<ul class="files">')
    assert page.count("est ajouté") == 1
    assert ALERT not in page


@pytest.mark.django_db
def test_of_several_files_each_is_told_in_its_place(operator, holder):
    dossier = ApplicationFactory(awaiting=True)
    location, page = send(holder(dossier), dossier, kind="rib", files=[pdf_file("rib.pdf"), unreadable()])
    assert "#" not in location
    assert page.index('id="documents"') < page.index("« notes.txt » : ") < page.index("« rib.pdf » est ajouté")


@pytest.mark.django_db
def test_what_is_not_about_documents_stays_at_the_top(operator, holder):
    dossier = ApplicationFactory(awaiting=True)
    client = holder(dossier)
    client.post(reverse("membership:thread", args=[dossier.pk]), {"message": "Bonjour", "key": "k" * 32})
    page = client.get(reverse("membership:dossier", args=[dossier.pk])).content.decode()
    assert page.index('class="notice') < page.index("<h1>"), "the message that was sent"


@pytest.mark.browser
@pytest.mark.parametrize("javascript", [True, False])
def test_the_focus_and_the_eye_are_on_what_happened(transactional_db, live_site, new_page, javascript):
    make_operator()
    page = new_page(320, javascript=javascript)
    for dossier in (ApplicationFactory(awaiting=True), ApplicationFactory(confirmed_steps=STEPS)):
        _, address = new_link(dossier)
        page.goto(live_site.url + urlsplit(address).path)
        if dossier.is_draft:
            page.goto(live_site.url + reverse("membership:step", args=[dossier.pk, "documents"]))
        page.get_by_role("radio", name="RIB de l’entreprise").check()
        page.get_by_role("button", name="Ajouter ces fichiers").click()
        alert = page.get_by_role("alert").filter(has_text=NO_FILE)
        expect(alert).to_be_in_viewport(ratio=0.5)
        page.locator("#erreurs:focus").wait_for()
        pdf = {"name": "rib.pdf", "mimeType": "application/pdf", "buffer": pdf_file().read()}
        page.get_by_role("radio", name="RIB de l’entreprise").check()
        page.get_by_label("Fichiers").set_input_files(pdf)
        page.get_by_role("button", name="Ajouter ces fichiers").click()
        notice = page.get_by_role("status").filter(has_text="« rib.pdf » est ajouté")
        expect(notice).to_be_in_viewport(ratio=0.5)
