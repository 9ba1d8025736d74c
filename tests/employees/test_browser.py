"""« Mes salariés » in a real browser: from the list to a departure and back, on a phone and without JavaScript."""

from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from core.dates import today
from tests.browser import check_page, watched
from tests.employees.conftest import somebody
from tests.factories import EmployeeFactory, MemberFactory

pytestmark = [pytest.mark.browser, pytest.mark.req("M-21", "A-26", "A-32", "C-04")]


@pytest.mark.fault("D3")
@pytest.mark.parametrize(("width", "javascript"), [(320, False), (1280, True)])
def test_leaving_and_coming_back(live_site, new_page, transactional_db, width, javascript):
    member = MemberFactory(left_on=None, establishment__name="Menuiserie Morel")
    for name in ("Abel", "Lefèvre-Grandchamp de la Tour", "Roy"):
        EmployeeFactory(establishment=member.establishment, last_name=name)
    client = somebody(member, first_name="Claire", last_name="Morel")
    page, seen = watched(new_page(width, javascript=javascript))
    cookies = [{"name": name, "value": it.value, "url": live_site.url} for name, it in client.cookies.items()]
    page.context.add_cookies(cookies)

    def check():
        if javascript:
            check_page(page)

    page.goto(live_site.url + reverse("space:employees", args=[member.pk]))
    check()
    page.get_by_label("Rechercher par Nom Prénom").fill("grandchamp lefevre")
    page.get_by_label("Type de suivi").select_option("")
    page.get_by_role("button", name="Rechercher").click()
    expect(page.get_by_role("rowheader")).to_have_text(["Lefèvre-Grandchamp de la Tour Camille"])
    page.get_by_role("link", name="Lefèvre-Grandchamp de la Tour Camille", exact=True).click()
    check()
    page.get_by_role("link", name="Enregistrer une sortie").click()
    page.get_by_role("button", name="Enregistrer la sortie").click()
    expect(page.get_by_role("alert")).to_contain_text("Indiquez le dernier jour de travail")
    check()
    page.get_by_label("Dernier jour de travail").fill(f"{today() - timedelta(days=1):%d/%m/%Y}")
    page.get_by_role("button", name="Enregistrer la sortie").click()
    expect(page.get_by_role("status")).to_contain_text("La sortie est enregistrée.")
    expect(page.get_by_label("Rechercher par Nom Prénom")).to_have_value("grandchamp lefevre")
    check()
    page.get_by_role("link", name="Sortis").click()
    page.get_by_role("link", name="Réintégrer").click()
    check()
    page.get_by_label("Il est sorti de la liste par erreur").check()
    page.get_by_role("button", name="Réintégrer").click()
    expect(page.get_by_role("status")).to_contain_text("de nouveau dans la liste")
    assert member.establishment.employees.get(last_name__startswith="Lef").left_on is None
    assert not seen


def test_a_long_name_or_job_wraps_and_pushes_nothing_out(live_site, new_page, transactional_db):
    member = MemberFactory(left_on=None)
    EmployeeFactory(establishment=member.establishment, last_name="W" * 80, job_title="Technicien" * 10)
    EmployeeFactory(establishment=member.establishment, last_name="Roy", job_title="Technicienne de maintenance")
    client = somebody(member)
    page = new_page(1280)
    cookies = [{"name": name, "value": it.value, "url": live_site.url} for name, it in client.cookies.items()]
    page.context.add_cookies(cookies)
    page.goto(live_site.url + reverse("space:employees", args=[member.pk]))
    assert page.locator(".scroll").evaluate("box => box.scrollWidth <= box.clientWidth")
