"""With the keyboard alone, and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.activation import ACTIVATION
from contributions.states import State
from core.models import AccessLink, Naf
from membership import drafts
from membership.models.application import LINK
from membership.tasks import send_links
from notifications.models import CallbackRequest, Message
from tests.accounts.conftest import last_code
from tests.browser import let_in
from tests.factories import PASSWORD, ApplicationFactory, UserFactory, make_operator, make_siret
from tests.factories_contributions import DeclarationFactory
from tests.factories_space import make_manager, make_member
from tests.harness.site import Site
from tests.quality.scene import DAY

pytestmark = [pytest.mark.browser, pytest.mark.req("B-23")]


def tab_to(page: Page, target: str) -> None:
    """Press Tab until `target` has the focus, as somebody does who uses no mouse."""
    page.wait_for_load_state()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("target => document.activeElement.matches(target)", target):
            return
    raise AssertionError(f"{target} is not reached with the Tab key")


def test_a_step_is_filled_with_the_keyboard_alone(live_site: Site, new_page: Callable[..., Page]) -> None:
    make_operator()
    Naf.objects.get_or_create(code="6201Z", defaults={"label": "Programmation informatique"})
    dossier, _ = drafts.start()
    _, token = AccessLink.issue(dossier, LINK, DAY)
    page = new_page()
    page.goto(live_site.url + reverse("membership:open", args=[token]))

    # The first thing reached leads past the header.
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()

    # A mistake: the summary takes the focus, and its link leads into the field.
    # Neither the skip link's fragment nor the summary's stays in the address, where it would draw the focus to itself.
    tab_to(page, "#id_siret")
    for _ in range(2):
        assert "#" in page.url
        page.keyboard.press("Enter")
        expect(page.locator("#erreurs")).to_be_focused()
        assert "#" not in page.url
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("#id_siret")).to_be_focused()

    page.keyboard.type(make_siret(31))
    tab_to(page, "#id_naf")
    page.keyboard.type("6201Z")
    tab_to(page, "#id_postcode")
    page.keyboard.type("91000")
    expect(page.locator("#id_commune")).to_have_value("91228")  # the only one: chosen by itself
    tab_to(page, "#id_headcount")
    page.keyboard.type("2")
    tab_to(page, "[name=agricultural]")
    page.keyboard.press("Space")
    tab_to(page, "#id_contact_email")
    page.keyboard.type("claire.morel@morel.example")
    tab_to(page, "button[value=next]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre établissement")


@pytest.mark.parametrize("javascript", [True, False])
def test_one_logs_in_and_declares_with_the_keyboard_alone(
    live_site: Site, new_page: Callable[..., Page], javascript: bool
) -> None:
    """Password, code, the four steps: no mouse, with and without JavaScript."""
    member = make_member()
    user = make_manager(member, email="claire.morel@morel.example")
    declaration = DeclarationFactory(member=member, employees=2)
    page = new_page(320, javascript=javascript)
    heading = page.get_by_role("heading", level=1)
    page.goto(live_site.url + reverse("contributions:step", args=[member.pk, declaration.pk, "declarations"]))

    tab_to(page, "#id_email")
    page.keyboard.type(user.email)
    tab_to(page, "#id_password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(heading).to_have_text("Tapez le code que vous recevez")
    tab_to(page, "#id_otp")
    page.keyboard.type(last_code(user.email))
    page.keyboard.press("Enter")

    expect(heading).to_have_text("Vos déclarations")
    go_on(page)
    expect(heading).to_have_text("Mettez à jour la liste de vos salariés au 1er janvier")
    go_on(page)
    expect(heading).to_have_text("Votre cotisation")
    tab_to(page, "[name=payment_mode]")
    page.keyboard.press("Space")
    go_on(page)
    expect(heading).to_have_text("Validation")
    go_on(page)  # the box is not ticked: the summary takes the focus, and its link leads to the field
    expect(page.locator("#erreurs")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.type("Gérante")
    tab_to(page, "[name=certified]")
    page.keyboard.press("Space")
    go_on(page)
    expect(heading).to_have_text("Votre déclaration est validée")
    declaration.refresh_from_db()
    assert (declaration.state, declaration.signer_function) == (State.VALIDATED, "Gérante")


def go_on(page: Page) -> None:
    """To the button that leads to the next step, and press it."""
    tab_to(page, "button[value=next]")
    page.keyboard.press("Enter")


def test_small_forms_need_no_javascript(live_site: Site, new_page: Callable[..., Page]) -> None:
    dossier = ApplicationFactory(submitted=True)
    user = UserFactory()
    _, token = AccessLink.issue(user, ACTIVATION, DAY)
    page = new_page(javascript=False)
    heading = page.get_by_role("heading", level=1)

    page.goto(f"{live_site.url}/adhesion/reprendre/")
    page.get_by_label("Adresse électronique").fill(dossier.contact_email)
    page.get_by_role("button", name="Recevoir mon lien").click()
    expect(heading).to_have_text("Consultez votre messagerie")
    send_links()
    assert Message.objects.filter(dedupe_key__startswith="way-back").count() == 1

    page.goto(f"{live_site.url}/rappel/")
    page.get_by_label("Votre nom").fill("Claire Morel")
    page.get_by_label("Numéro de téléphone").fill("06 12 34 56 78")
    page.get_by_role("button", name="Demander un rappel").click()
    page.wait_for_url("**/rappel/note/")
    assert CallbackRequest.objects.get().phone == "+33612345678"

    page.goto(live_site.url + reverse("accounts:open-activation", args=[token]))
    page.get_by_label("Votre mot de passe", exact=True).fill(PASSWORD)
    page.get_by_label("Confirmez votre mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Activer mon accès").click()
    expect(heading).to_have_text("Votre accès est activé")
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_the_back_office_needs_no_javascript(live_site: Site, new_page: Callable[..., Page]) -> None:
    make_operator()
    dossier = ApplicationFactory(submitted=True)
    user = UserFactory(manager=True)
    page = new_page(javascript=False)
    let_in(page, live_site.url, user)
    page.goto(f"{live_site.url}/admin/")
    page.get_by_role("link", name=str(dossier.establishment)).first.click()
    page.get_by_role("link", name="Vérifié : envoyer la proforma").click()
    page.get_by_role("button", name="Vérifié : envoyer la proforma").click()
    expect(page.get_by_text("La facture proforma et le bordereau partent par courriel.")).to_be_visible()
    dossier.refresh_from_db()
    assert dossier.proforma.number
