"""Logging in and changing what protects the account, in a real browser, wide and at 320 px."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from notifications.models import Message
from tests.accounts.conftest import last_code
from tests.browser import check_page, watched
from tests.factories import PASSWORD, UserFactory
from tests.harness.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CHOSEN = "Un-autre-mot-2027"
FACTOR = "Tapez le code que vous recevez"
WIDTHS = pytest.mark.parametrize(("width", "javascript"), [(1280, True), (320, True), (320, False)])


@pytest.fixture
def user(transactional_db: None) -> User:
    return UserFactory(email="claire@morel.example", first_name="Claire", last_name="Morel")


def give_password(page: Page, site: Site, user: User, password: str = PASSWORD, path: str = "/connexion/") -> None:
    page.goto(f"{site.url}{path}")
    page.get_by_label("Identifiant (adresse électronique)").fill(user.email)
    page.get_by_label("Mot de passe", exact=True).fill(password)
    page.get_by_role("button", name="Connexion").click()


def give_code(page: Page, code: str, *, remember: bool = False) -> None:
    page.get_by_label("Code à six chiffres").fill(code)
    if remember:
        page.get_by_label("Se souvenir de ce navigateur").check()
    page.get_by_role("button", name="Valider").click()


def checked(page: Page, heading: str, *, javascript: bool) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    page.wait_for_load_state()
    if javascript:
        check_page(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


@pytest.mark.req("X-04", "D-02", "X-02", "B-23")
@pytest.mark.fault("B9")
@WIDTHS
def test_a_new_browser_is_asked_for_a_code_and_a_known_one_is_not(
    live_site: Site, new_page: Callable[..., Page], user: User, width: int, javascript: bool
):
    page, seen = watched(new_page(width, javascript=javascript))
    page.goto(f"{live_site.url}/compte/securite/")
    checked(page, "Bienvenue", javascript=javascript)
    give_password(page, live_site, user, "Pas-le-bon-2026", "/connexion/?next=/compte/securite/")
    expect(page.get_by_role("alert")).to_contain_text("est incorrect")
    checked(page, "Bienvenue", javascript=javascript)
    give_password(page, live_site, user, path="/connexion/?next=/compte/securite/")
    checked(page, FACTOR, javascript=javascript)
    give_code(page, "12")
    expect(page.get_by_role("alert")).to_contain_text("pas le bon")
    give_code(page, last_code(user.email), remember=True)
    checked(page, "Sécurité de votre compte", javascript=javascript)
    expect(page.get_by_text("Ce navigateur", exact=True)).to_be_visible()
    page.get_by_role("button", name="Se déconnecter").click()
    checked(page, "Vous êtes déconnecté", javascript=javascript)

    give_password(page, live_site, user, path="/connexion/?next=/compte/securite/")
    checked(page, "Sécurité de votre compte", javascript=javascript)
    stranger = new_page(width, javascript=javascript)
    give_password(stranger, live_site, user, path="/connexion/?next=/compte/securite/")
    expect(stranger.get_by_role("heading", level=1)).to_have_text(FACTOR)

    page.get_by_role("button", name=re.compile("^Retirer Chrome")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(FACTOR)
    assert seen == []


@pytest.mark.req("X-03")
@pytest.mark.fault("B15")
@WIDTHS
def test_changes_ask_who_you_are_and_are_told(
    live_site: Site, new_page: Callable[..., Page], user: User, width: int, javascript: bool
):
    page, seen = watched(new_page(width, javascript=javascript))
    give_password(page, live_site, user, path="/connexion/?next=/compte/securite/")
    expect(page.get_by_role("heading", level=1)).to_have_text(FACTOR)
    give_code(page, last_code(user.email))
    _age_the_password(page)
    page.get_by_role("link", name="Changer d’adresse").click()
    checked(page, "Confirmez que c’est bien vous", javascript=javascript)
    page.get_by_label("Votre mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Continuer").click()
    checked(page, "Changer d’adresse électronique", javascript=javascript)
    page.get_by_label("Nouvelle adresse électronique").fill("claire@nouvelle.example")
    page.get_by_role("button", name="Recevoir le code").click()
    checked(page, FACTOR, javascript=javascript)
    give_code(page, last_code("claire@nouvelle.example"))
    expect(page.get_by_text("Votre adresse est changée")).to_be_visible()

    page.get_by_role("link", name="Changer le mot de passe").click()
    checked(page, "Changer le mot de passe", javascript=javascript)
    page.get_by_label("Votre mot de passe", exact=True).fill(CHOSEN)
    if javascript:
        expect(page.locator(".rules .kept")).to_have_count(5)
    page.get_by_label("Confirmez votre mot de passe").fill(CHOSEN)
    page.get_by_role("button", name="Changer le mot de passe").click()
    expect(page.get_by_text("Votre mot de passe est changé")).to_be_visible()

    page.get_by_role("link", name="Ajouter un téléphone").click()
    checked(page, "Ajouter un téléphone", javascript=javascript)
    page.get_by_label("Numéro de téléphone portable").fill("0612345678")
    page.get_by_role("button", name="Recevoir le code").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(FACTOR)
    give_code(page, last_code("+33612345678"))
    checked(page, "Sécurité de votre compte", javascript=javascript)
    told = Message.objects.filter(subject_line="Votre compte a été modifié").order_by("created_at")
    assert [message.to for message in told] == ["claire@morel.example", *["claire@nouvelle.example"] * 2]
    assert seen == []


def _age_the_password(page: Page) -> None:
    """As if ten minutes had gone by since the login."""
    from importlib import import_module

    from django.conf import settings

    key = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "session")
    session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    session["password_at"] -= 601
    session.save()


@pytest.mark.req("X-04")
@pytest.mark.parametrize("width", [1280, 320])
def test_an_application_is_added_and_used(live_site: Site, new_page: Callable[..., Page], user: User, width: int):
    from accounts.models import AppDevice
    from tests.accounts.test_factor import current

    page, seen = watched(new_page(width))
    give_password(page, live_site, user, path="/connexion/?next=/compte/securite/")
    expect(page.get_by_role("heading", level=1)).to_have_text(FACTOR)
    give_code(page, last_code(user.email))
    page.get_by_role("link", name="Ajouter une application").click()
    checked(page, "Ajouter une application d’authentification", javascript=True)
    assert page.get_by_role("img", name=re.compile("Code QR")).evaluate("image => image.naturalWidth") > 0
    page.get_by_label("Code à six chiffres").fill(current(AppDevice.objects.get()))
    page.get_by_role("button", name="Ajouter l’application").click()
    checked(page, "Votre application est ajoutée", javascript=True)
    codes = page.locator(".codes li").all_text_contents()
    with page.expect_download() as download:
        page.get_by_role("link", name="Enregistrer dans un fichier").click()
    assert download.value.suggested_filename == "codes-de-secours.txt"
    assert all(code in download.value.path().read_text() for code in codes)
    page.get_by_role("link", name="J’ai gardé mes codes").click()
    checked(page, "Sécurité de votre compte", javascript=True)
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vous êtes déconnecté")
    give_password(page, live_site, user)
    checked(page, "Ouvrez votre application", javascript=True)
    page.get_by_role("button", name="Utiliser un code de secours").click()
    checked(page, "Tapez un code de secours", javascript=True)
    page.get_by_label("Code de secours").fill(codes[0])
    page.get_by_role("button", name="Valider").click()
    expect(page.get_by_role("heading", level=1, name="Tapez un code de secours")).to_have_count(0)
    page.goto(f"{live_site.url}/compte/securite/")
    expect(page.get_by_text("Il en reste 9 sur 10.")).to_be_visible()
    assert seen == []


@pytest.mark.fault("D7", "B14")
@WIDTHS
def test_after_the_logout_the_back_button_shows_nothing(
    live_site: Site, new_page: Callable[..., Page], user: User, width: int, javascript: bool
):
    page = new_page(width, javascript=javascript)
    give_password(page, live_site, user, path="/connexion/?next=/compte/securite/")
    expect(page.get_by_role("heading", level=1)).to_have_text(FACTOR)
    give_code(page, last_code(user.email))
    expect(page.get_by_text("claire@morel.example")).to_be_visible()
    page.goto(f"{live_site.url}/adhesion/")
    expect(page.get_by_text("Claire Morel")).to_be_visible()
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vous êtes déconnecté")
    for _ in range(4):
        page.go_back()
        assert "claire@morel.example" not in page.content()
        assert "Claire Morel" not in page.content()


@pytest.mark.req("X-03")
@pytest.mark.fault("B12", "C5")
@pytest.mark.parametrize("width", [1280, 320])
def test_a_forgotten_password(live_site: Site, new_page: Callable[..., Page], user: User, width: int):
    page, seen = watched(new_page(width))
    page.goto(f"{live_site.url}/connexion/")
    page.get_by_role("link", name="Mot de passe oublié").click()
    checked(page, "Mot de passe oublié", javascript=True)
    page.get_by_label("Adresse électronique").fill(user.email)
    page.get_by_role("button", name="Recevoir le lien").click()
    checked(page, "Consultez votre messagerie", javascript=True)
    message = Message.objects.get(to=user.email)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.headers.get("referer", "")))
    page.goto(message.secret)
    checked(page, "Choisir un nouveau mot de passe", javascript=True)
    token = message.secret.rstrip("/").rpartition("/")[2]
    assert token not in page.url + page.content() + " ".join(asked)
    assert token not in live_site.log
    page.get_by_label("Votre mot de passe", exact=True).fill(CHOSEN)
    page.get_by_label("Confirmez votre mot de passe").fill(CHOSEN)
    page.get_by_role("button", name="Changer le mot de passe").click()
    checked(page, "Votre mot de passe est changé", javascript=True)
    page.get_by_role("link", name="Me connecter").click()
    give_password(page, live_site, user, CHOSEN)
    checked(page, FACTOR, javascript=True)
    assert seen == []
