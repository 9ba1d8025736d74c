"""The back office in a real browser: without JavaScript, on a phone, by its words."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from membership.models import Application, Payment
from membership.states import State
from tests.backoffice.conftest import page as page_of
from tests.browser import let_in
from tests.factories import ApplicationFactory, UserFactory, add_pieces, make_operator, pay
from tests.factories_contributions import CampaignFactory, DeclarationFactory
from tests.factories_space import make_member
from tests.harness.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def logged_in(site: Site, page: Page, **traits: bool) -> Page:
    user = UserFactory(**traits)
    let_in(page, site.url, user)
    page.goto(f"{site.url}/admin/")
    expect(page.get_by_role("heading", name="Travail en cours")).to_be_visible()
    return page


@pytest.mark.req("B-21", "B-04", "B-23", "M-17", "M-24")
@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (320, False)])
def test_from_the_queue_to_the_member(live_site: Site, new_page: Callable[..., Page], width: int, javascript: bool):
    make_operator()
    dossier = ApplicationFactory(awaiting=True, establishment__name="Menuiserie Morel")
    pay(dossier)
    add_pieces(dossier)
    page = logged_in(live_site, new_page(width, javascript=javascript), manager=True)
    page.get_by_role("checkbox", name=re.compile("Menuiserie Morel")).check()
    page.get_by_role("button", name="Confier").click()
    expect(page.get_by_text(re.compile("1 dossier confié à"))).to_be_visible()
    page.get_by_role("link", name="Menuiserie Morel").click()
    expect(page.get_by_text("À nous : vérifier les pièces reçues")).to_be_visible()
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.get_by_role("link", name="Enregistrer un règlement")).to_have_count(0)
    page.get_by_text("Refuser : RIB").click()
    page.get_by_role("textbox", name=re.compile("Pourquoi")).and_(page.locator(":visible")).fill("Illisible")
    page.get_by_role("button", name="Refuser ce document").and_(page.locator(":visible")).click()
    expect(page.get_by_text("Document refusé : l’entreprise en est prévenue")).to_be_visible()
    for _ in range(3):
        page.get_by_role("button", name=re.compile("^Accepter : ")).first.click()
        expect(page.get_by_text("Document accepté.", exact=True)).to_be_visible()
    page.get_by_role("link", name="Accepter le dossier").click()
    expect(page.get_by_text("L’équipe qui suivra l’entreprise")).to_be_visible()
    page.get_by_role("button", name="Accepter le dossier").click()
    expect(page.get_by_text("l’entreprise est adhérente")).to_be_visible()
    assert Application.objects.get().state == State.ACCEPTED
    assert Payment.objects.get().state == Payment.State.CASHED


@pytest.mark.fault("D3")
@pytest.mark.req("B-23")
def test_the_pages_fit_a_phone_and_break_no_policy(live_site: Site, new_page: Callable[..., Page]):
    make_operator()
    long_name = "Établissements Lenoir-Vasseur-Montmorency-Saintonge <b>et</b> associés " + "x" * 60
    dossier = ApplicationFactory(refund=True, establishment__name=long_name)
    ApplicationFactory(establishment__name="", contact_email=f"{'x' * 40}@morel.example")
    page = new_page(320)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    logged_in(live_site, page, superuser=True)
    for path in (
        "/admin/",
        "/admin/?vue=remboursements",
        "/admin/?q=introuvable",
        "/admin/?etat=draft",
        page_of(dossier),
        page_of(dossier).replace("change", "rembourser"),
        "/admin/membership/zonecommune/ajouter/",
    ):
        page.goto(live_site.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
    assert said == []


@pytest.mark.req("B-23")
@pytest.mark.fault("D3")
def test_a_wide_list_on_a_phone_keeps_names_whole_and_in_sight(live_site: Site, new_page: Callable[..., Page]):
    """The first column stays when the list is scrolled, and is never cut between two letters of a word."""
    member = make_member(establishment__name="Plastiques du Hurepoix")
    DeclarationFactory(member=member, campaign=CampaignFactory())
    page = logged_in(live_site, new_page(320), manager=True)
    page.goto(f"{live_site.url}/admin/contributions/declaration/")
    name = page.get_by_role("rowheader", name="Plastiques du Hurepoix")
    before = name.bounding_box()
    page.locator("#changelist-form .results").evaluate("list => list.scrollLeft = 400")
    after = name.bounding_box()
    assert before
    assert after
    assert after["x"] == pytest.approx(before["x"], abs=1)
    lines = name.get_by_role("link").evaluate("link => link.getClientRects().length")
    assert lines == 2  # « Plastiques du », « Hurepoix »
