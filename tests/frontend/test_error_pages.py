"""Error pages: in French, with a number to call, and nothing typed is lost."""

from __future__ import annotations

import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client, RequestFactory

from core import views

FORM = "/galerie/pages/etape/"
TYPED = {"name": 'Ateliers "Morel" <b>', "note": "première ligne\r\nseconde", "action": "next"}
SAME = {"Sec-Fetch-Site": "same-origin"}


def hidden(page: str) -> dict[str, str]:
    pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    return {html.unescape(name): html.unescape(value) for name, value in pairs}


@pytest.fixture
def strict(db: None) -> Client:
    return Client(enforce_csrf_checks=True)


@pytest.mark.fault("D1")
@pytest.mark.req("B-01")
def test_a_form_with_a_dead_token_is_offered_again_as_typed(strict: Client) -> None:
    answer = strict.post(FORM, {**TYPED, "csrfmiddlewaretoken": "x" * 64}, headers=SAME)
    assert answer.status_code == 403
    page = answer.content.decode()
    assert "Renvoyer ma saisie" in page
    assert "no-store" in answer["Cache-Control"]
    again = hidden(page)
    assert {name: again[name] for name in TYPED} == TYPED
    assert f'action="{FORM}"' in page

    sent = strict.post(FORM, again, headers=SAME)
    assert sent.status_code == 200
    assert html.escape(TYPED["name"], quote=True) in sent.content.decode().replace("&#x27;", "'")


@pytest.mark.fault("D1")
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Referer": "https://evil.example/testserver"},
        {"Origin": "null"},
        {},
    ],
)
def test_a_form_forged_elsewhere_is_never_offered_again(strict: Client, headers: dict[str, str]) -> None:
    answer = strict.post(FORM, TYPED, headers=headers)
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "Renvoyer ma saisie" not in page
    assert "Ateliers" not in page
    assert "actualisez-la" in page


@pytest.mark.fault("D1")
@pytest.mark.parametrize("headers", [{"Origin": "http://testserver"}, {"Referer": "http://testserver/galerie/"}])
def test_older_browsers_are_known_by_origin_or_referer(strict: Client, headers: dict[str, str]) -> None:
    assert "Renvoyer ma saisie" in strict.post(FORM, TYPED, headers=headers).content.decode()


@pytest.mark.fault("D1")
def test_passwords_and_codes_never_come_back_and_files_are_asked_again(strict: Client) -> None:
    data = {**TYPED, "new_password1": "Secret-2026!", "mot_de_passe": "Secret-2026!", "otp": "987654"}
    data["kbis"] = SimpleUploadedFile("kbis.pdf", b"%PDF-1.7 Secret-2026!")
    page = strict.post(FORM, data, headers=SAME).content.decode()
    assert "Secret-2026!" not in page
    assert "987654" not in page
    assert "choisir une nouvelle fois" in page
    assert "Ateliers" in page


@pytest.mark.fault("D1")
def test_the_back_office_starts_afresh(strict: Client) -> None:
    answer = strict.post("/admin/login/", TYPED, headers=SAME)
    assert answer.status_code == 403
    assert "Renvoyer ma saisie" not in answer.content.decode()


@pytest.mark.parametrize("name", ["400", "403", "404", "413", "500", "503", "csrf"])
def test_every_error_page_says_whom_to_call(client: Client, db: None, name: str) -> None:
    answer = client.get(f"/galerie/pages/{name}/")
    page = answer.content.decode()
    assert answer.status_code == (403 if name == "csrf" else int(name))
    assert 'href="tel:+33123456789"' in page
    assert "01 23 45 67 89" in page
    assert '<html lang="fr">' in page


@pytest.mark.django_db
def test_an_unknown_address_is_a_french_page(client: Client) -> None:
    answer = client.get("/nulle-part/")
    assert answer.status_code == 404
    assert "Cette page n’existe pas" in answer.content.decode()


@pytest.mark.fault("G10")
@pytest.mark.parametrize(("view", "status"), [(views.server_error, 500), (views.unavailable, 503)])
def test_pages_for_a_broken_machine_need_no_database_and_keep_what_was_typed(view, status: int) -> None:
    """No `db` fixture: a query, from a session or a context processor, would be refused."""
    answer = view(RequestFactory().post(FORM, TYPED, headers=SAME))
    page = answer.content.decode()
    assert answer.status_code == status
    assert "01 23 45 67 89" in page
    assert hidden(page)["name"] == TYPED["name"]
    assert hidden(page)["csrfmiddlewaretoken"]
    assert "Renvoyer" not in view(RequestFactory().get(FORM)).content.decode()


@pytest.mark.fault("G10")
@pytest.mark.django_db
def test_a_database_that_does_not_answer_is_told_in_french(client: Client, monkeypatch) -> None:
    client.raise_request_exception = False

    def down(*args: object, **kwargs: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(views, "communes_by_postcode", down)
    answer = client.get("/communes/", {"postcode": "91220"})
    assert answer.status_code == 503
    assert answer["Retry-After"] == "60"
    assert "momentanément indisponible" in answer.content.decode()
