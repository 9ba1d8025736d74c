"""Every component, in a real browser: the gallery shows them all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from core.models import Commune, Postcode
from tests.browser import check_page, invalid_html, side_scroll, watched
from tests.harness.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.once]
PAGES = {
    "/galerie/": 200,
    "/galerie/pages/etape/": 200,
    "/galerie/pages/etape/?conflit": 200,
    "/galerie/pages/confirmation/": 200,
    "/galerie/pages/recapitulatif/": 200,
    "/galerie/pages/csrf/": 403,
    **{f"/galerie/pages/{status}/": status for status in (400, 403, 404, 500, 503)},
}
NewPage = Callable[..., Page]


@pytest.fixture
def communes(live_site: Site) -> None:
    for code, name, postcode in (
        ("91103", "Brétigny-sur-Orge", "91220"),
        ("91457", "Le Plessis-Pâté", "91220"),
        ("75056", "Paris", "75011"),
    ):
        commune = Commune.objects.create(code=code, name=name, department=code[:2])
        Postcode.objects.create(code=postcode, commune=commune)


@pytest.mark.req("B-23")
@pytest.mark.parametrize("width", [1280, 320])
def test_every_component_and_page_is_accessible(live_site: Site, new_page: NewPage, width: int) -> None:
    page, seen = watched(new_page(width))
    for path, status in PAGES.items():
        answer = page.goto(live_site.url + path)
        assert answer is not None
        assert answer.status == status
        check_page(page)
    assert seen == []


def test_every_page_is_valid_html(client: Client, db: None, tmp_path: Path) -> None:
    assert invalid_html({path: client.get(path).content.decode() for path in PAGES}, tmp_path) == []


@pytest.mark.req("B-23")
@pytest.mark.parametrize("path", ["/galerie/", "/galerie/pages/etape/"])
def test_text_can_be_twice_as_large(live_site: Site, new_page: NewPage, path: str) -> None:
    page = new_page(640)
    page.goto(live_site.url + path)
    page.evaluate("document.styleSheets[0].insertRule('html { font-size: 200% }', 0)")
    assert side_scroll(page) == 0


@pytest.mark.req("B-23")
@pytest.mark.parametrize("javascript", [True, False])
def test_the_error_summary_takes_the_focus_and_leads_to_the_field(
    live_site: Site, new_page: NewPage, javascript: bool
) -> None:
    page = new_page(javascript=javascript)
    page.goto(live_site.url + "/galerie/pages/etape/")
    page.get_by_role("button", name="Suivant").click()
    expect(page).to_have_title("Erreur : Contacts · étape 3 sur 7 · Santé Travail Val d’Orge")
    expect(page.locator("#erreurs")).to_be_focused()
    page.get_by_role("link", name="Choisissez le rôle.").click()
    expect(page.locator("#id_role_0")).to_be_in_viewport()
    assert page.url.endswith("#id_role_0")


@pytest.mark.usefixtures("communes")
class TestCommunes:
    def test_the_list_fills_while_typing(self, live_site: Site, new_page: NewPage) -> None:
        page, seen = watched(new_page())
        page.goto(live_site.url + "/galerie/pages/etape/")
        commune = page.get_by_label("Commune")
        page.get_by_label("Code postal").press_sequentially("75011")
        expect(commune).to_have_value("75056")
        page.get_by_label("Code postal").fill("91220")
        expect(commune.locator("option")).to_have_text(
            ["Choisissez la commune", "Brétigny-sur-Orge", "Le Plessis-Pâté"]
        )
        commune.select_option("Le Plessis-Pâté")
        assert seen == []

    def test_without_javascript_the_page_comes_back_with_the_list(self, live_site: Site, new_page: NewPage) -> None:
        page = new_page(javascript=False)
        page.goto(live_site.url + "/galerie/pages/etape/")
        page.get_by_label("Code postal").fill("91220")
        page.get_by_role("button", name="Suivant").click()
        expect(page.get_by_text("couvre 2 communes").first).to_be_visible()
        page.get_by_label("Commune").select_option("Le Plessis-Pâté")


def test_a_number_is_grouped_without_fighting_the_caret(live_site: Site, new_page: NewPage) -> None:
    page = new_page()
    page.goto(live_site.url + "/galerie/pages/etape/")
    siret = page.get_by_label("SIRET")
    siret.press_sequentially("73282932000074")
    expect(siret).to_have_value("732 829 320 00074")
    # Take out the fifth digit and type it again: the caret stays where the person works.
    siret.evaluate("input => input.setSelectionRange(6, 6)")
    page.keyboard.press("Backspace")
    expect(siret).to_have_value("732 893 200 0074")
    page.keyboard.type("2")
    expect(siret).to_have_value("732 829 320 00074")
    assert siret.evaluate("input => input.selectionStart") == 6
    siret.fill("SIRET 12")
    expect(siret).to_have_value("SIRET 12")


def test_a_wrong_key_is_told_while_typing(live_site: Site, new_page: NewPage) -> None:
    page = new_page()
    page.goto(live_site.url + "/galerie/pages/etape/")
    siret, note = page.get_by_label("SIRET"), page.get_by_text("ce SIRET n’existe pas")
    siret.press_sequentially("73282932000075")
    expect(note).to_be_visible()
    siret.fill("73282932000074")
    expect(note).to_be_hidden()
    siret.fill("35600000049837")  # La Poste follows a rule of its own
    expect(note).to_be_hidden()


@pytest.mark.fault("G1")
def test_a_double_click_sends_once(live_site: Site, new_page: NewPage) -> None:
    page = new_page()
    page.goto(live_site.url + "/galerie/pages/etape/")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or "") if request.method == "POST" else None)
    page.get_by_role("button", name="Suivant").dblclick()
    expect(page.locator("#erreurs")).to_be_visible()
    assert len(sent) == 1
    assert 'name="action"\r\n\r\nnext' in sent[0]


@pytest.mark.req("B-01")
def test_leaving_with_unsaved_answers_is_asked_about(live_site: Site, new_page: NewPage) -> None:
    page = new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(live_site.url + "/galerie/pages/etape/")
    page.get_by_label("Raison sociale").press_sequentially("Ateliers")
    with page.expect_event("dialog") as asked:
        page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"


@pytest.mark.req("B-25")
def test_the_help_panel_works_with_the_keyboard(live_site: Site, new_page: NewPage) -> None:
    page = new_page()
    page.goto(live_site.url + "/galerie/pages/confirmation/")
    summary = page.locator("details.help summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Appeler le 01 23 45 67 89")).to_be_visible()
    check_page(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Appeler le 01 23 45 67 89")).to_be_hidden()
    expect(summary).to_be_focused()


def test_a_first_view_is_light_and_all_ours(live_site: Site, new_page: NewPage) -> None:
    page = new_page()
    sizes: dict[str, int] = {}
    page.on("requestfinished", lambda request: sizes.update({request.url: request.sizes()["responseBodySize"]}))
    page.goto(live_site.url + "/galerie/pages/etape/")
    page.wait_for_load_state("networkidle")
    assert all(url.startswith((live_site.url, "data:")) for url in sizes)
    assert len(sizes) <= 12
    assert sum(size for url, size in sizes.items() if ".woff2" not in url) <= 60_000
