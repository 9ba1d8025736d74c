"""The space in a real browser: the menu on a phone without JavaScript, an accountant on two companies."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.browser import check_page, watched
from tests.factories import UserFactory, give_access
from tests.factories_space import browser, make_manager, make_member

pytestmark = [pytest.mark.browser, pytest.mark.req("B-23")]


def log_in(page: Page, user: User, site: Any) -> None:
    """Give the page the cookies of somebody who has logged in."""
    kept = browser(user).cookies.items()
    page.context.add_cookies([{"name": name, "value": cookie.value, "url": site.url} for name, cookie in kept])


@pytest.mark.req("A-04", "B-06")
@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (320, False)])
def test_a_manager_invites_from_the_menu(live_site, new_page, width, javascript):
    member = make_member()
    page, seen = watched(new_page(width, javascript=javascript))
    log_in(page, make_manager(member), live_site)
    page.goto(live_site.url + reverse("space:companies"))
    menu = page.get_by_role("navigation", name="Espace adhérent")
    if width == 320:
        menu.locator("summary").click()
    menu.get_by_role("link", name="Accès", exact=True).click()
    page.get_by_role("link", name="Inviter une personne").click()
    page.get_by_label("Prénom").fill("Paul")
    page.get_by_label("Nom", exact=True).fill("Compta")
    page.get_by_role("button", name="Envoyer l’invitation").click()
    expect(page.get_by_role("alert")).to_contain_text("adresse électronique")
    page.get_by_label("Adresse électronique").fill("compta@cabinet.example")
    page.get_by_label("Déclarer et régler les cotisations").check()
    page.get_by_role("button", name="Envoyer l’invitation").click()
    expect(page.get_by_role("status")).to_contain_text("L’invitation part à l’adresse compta@cabinet.example")
    expect(page.get_by_role("row", name="Paul Compta")).to_contain_text("déclarer et régler les cotisations")
    if javascript:
        check_page(page)
    assert seen == []


@pytest.mark.req("A-03")
def test_an_accountant_goes_from_one_company_to_the_other(live_site, new_page):
    accountant = UserFactory()
    members = [make_member(), make_member()]
    for member in members:
        give_access(accountant, member, "declares")
    page, seen = watched(new_page(320))
    log_in(page, accountant, live_site)
    page.goto(live_site.url + reverse("space:companies"))
    check_page(page)
    for member in members:
        page.get_by_label("Chercher une entreprise").fill(member.siret)
        page.get_by_role("button", name="Chercher").click()
        page.get_by_role("link", name=str(member.establishment)).click()
        expect(page.get_by_role("navigation", name="Espace adhérent")).to_contain_text(member.number)
        check_page(page)
        page.get_by_role("link", name="Changer d’entreprise").click()
    assert seen == []


@pytest.mark.req("B-01")
@pytest.mark.fault("D7")
def test_going_back_to_a_refused_form_finds_it_as_typed(live_site, new_page):
    """Not « Confirm Form Resubmission »: the browser fetches the page, the server has what was typed."""
    member = make_member()
    page, seen = watched(new_page(1280))
    log_in(page, make_manager(member), live_site)
    page.goto(live_site.url + reverse("space:company-change", args=[member.pk]))
    page.get_by_label("Téléphone").fill("01")
    page.get_by_label("Autre chose à changer").fill("Nous avons déménagé")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("link", name="Accueil", exact=True).click()
    expect(page.get_by_role("heading", name="Bienvenue")).to_be_visible()
    page.go_back()
    expect(page.get_by_label("Autre chose à changer")).to_have_value("Nous avons déménagé")
    expect(page.get_by_label("Téléphone")).to_have_value("01")
    assert [line for line in seen if "422" not in line] == []
