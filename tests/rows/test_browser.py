"""The list's pages in a real browser: accessible, valid, no sideways scrolling, and all of it without JavaScript."""

from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from core.models import AccessLink, PendingRow
from membership.people import EMPLOYEES
from tests.browser import check_page, invalid_html, watched
from tests.factories import ApplicationFactory, EmployeeFactory
from tests.rows.conftest import CAMILLE, HEADERS, HUGO
from tests.sheets import files

pytestmark = [pytest.mark.browser, pytest.mark.req("M-06", "B-07", "B-23")]


@pytest.mark.fault("D3")
@pytest.mark.parametrize(("width", "javascript"), [(320, False), (320, True)])
def test_a_list_from_a_file_to_the_last_correction(live_site, new_page, tmp_path, width, javascript):
    dossier = ApplicationFactory(employees=0, confirmed_steps=["eligibilite", "etablissement", "contacts", "adresses"])
    _, token = AccessLink.issue(dossier, "dossier", timedelta(days=1))
    workbook = tmp_path / "liste.xlsx"
    workbook.write_bytes(files.xlsx([[*HEADERS, "Matricule"], [*CAMILLE, "1"], [*HUGO, "2"]]))
    page, seen = watched(new_page(width, javascript=javascript))

    pages = {}

    def check():
        page.wait_for_load_state()
        pages[str(len(pages))] = page.content()
        if javascript:
            check_page(page)

    page.goto(live_site.url + reverse("membership:open", args=[token]))
    page.goto(live_site.url + EMPLOYEES.page_url(dossier))
    check()
    page.get_by_role("link", name="Coller ou importer une liste").click()
    check()
    page.get_by_role("button", name="Vérifier la liste").click()
    expect(page.get_by_role("alert")).to_contain_text("ollez des lignes")
    check()
    page.get_by_label("Ou un fichier").set_input_files(workbook)
    page.get_by_role("button", name="Vérifier la liste").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vérifiez avant d’importer")
    expect(page.get_by_role("region", name="Lignes à corriger")).to_contain_text("28/02/2026")
    check()
    page.get_by_role("button", name="Importer et corriger ici").click()
    expect(page.get_by_role("status")).to_contain_text("1 salarié ajouté. 1 ligne est à corriger ci-dessous.")
    check()
    page.get_by_role("link", name="Corriger Petit Hugo").click()
    expect(page.get_by_label("Date d’embauche")).to_have_value("31/02/2026")
    check()
    page.get_by_label("Date d’embauche").fill("28/02/2026")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_text("2 salariés").last).to_be_visible()
    page.get_by_role("link", name="Retirer Lefèvre Camille").click()
    check()
    page.get_by_role("button", name="Retirer le salarié").click()
    expect(page.get_by_role("status")).to_contain_text("Le salarié a été retiré de la liste.")
    page.get_by_role("link", name="Ajouter un salarié").click()
    check()
    assert seen == []
    assert javascript or invalid_html(pages, tmp_path) == []
    assert dossier.establishment.employees.get().last_name == "Petit"
    assert not PendingRow.objects.exists()


def test_a_long_list_is_searched(live_site, new_page):
    dossier = ApplicationFactory(employees=60, confirmed_steps=["eligibilite", "etablissement", "contacts", "adresses"])
    EmployeeFactory(establishment=dossier.establishment, last_name="Ébène", first_name="Zoé")
    _, token = AccessLink.issue(dossier, "dossier", timedelta(days=1))
    page, seen = watched(new_page(1280))
    page.goto(live_site.url + reverse("membership:open", args=[token]))
    page.goto(live_site.url + EMPLOYEES.page_url(dossier))
    check_page(page)
    page.get_by_label("Chercher dans la liste").fill("ebene zoe")
    page.get_by_role("button", name="Chercher").click()
    expect(page.get_by_role("link", name="Modifier")).to_have_count(1)
    check_page(page)
    assert seen == []
