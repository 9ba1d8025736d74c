"""Staff validate for an employer in a real browser: the list, the amount, the page they come back to."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from contributions.models import Declaration
from core.dates import today
from tests.browser import let_in, watched
from tests.contributions.conftest import people
from tests.contributions.test_browser import look
from tests.factories import MemberFactory, UserFactory, pdf_file
from tests.factories_campaign import make_campaign, opened
from tests.factories_contributions import CampaignFactory, DeclarationFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.req("C-04", "C-05", "C-06")
@pytest.mark.parametrize("width", [1280, 320])
def test_the_paper_of_an_employer_becomes_a_validated_declaration(live_site, new_page, width):
    member = MemberFactory(left_on=None)
    people(member, SI=2, SIR=1)
    campaign = CampaignFactory(deadline=today() + timedelta(days=30))
    declaration = DeclarationFactory(member=member, campaign=campaign)
    page, seen = watched(new_page(width))
    let_in(page, live_site.url, UserFactory(manager=True))
    page.goto(live_site.url + reverse("admin:contributions_declaration_change", args=[declaration.pk]))
    page.get_by_role("link", name="Changer la liste").click()
    look(page, "liste-du-service")
    page.get_by_role("link", name="Ajouter un salarié").first.click()
    look(page, "salarie-du-service")
    page.go_back()
    page.get_by_role("link", name=re.compile("La liste est juste")).click()
    expect(page.get_by_text("Ce qui sera facturé")).to_be_visible()
    page.wait_for_load_state()
    amounts = page.locator("section[aria-labelledby=montant]")
    assert amounts.evaluate("card => card.scrollWidth <= card.clientWidth"), "no amount is cut"
    look(page, "valider-pour")
    page.get_by_role("button", name="Valider pour l’employeur").click()
    look(page, "valider-pour-erreurs")
    page.get_by_label("Sur papier").check()
    page.get_by_label("Reçue le").fill(f"{today():%d/%m/%Y}")
    page.get_by_label("Nom", exact=True).fill("Morel")
    page.get_by_label("Prénom").fill("Claire")
    page.get_by_label("Fonction dans l’entreprise").fill("Gérante")
    page.get_by_label("Virement").check()
    scan = pdf_file("bulletin.pdf", f"bulletin {width}")
    page.get_by_label("Papier numérisé").set_input_files(
        {"name": "bulletin.pdf", "mimeType": "application/pdf", "buffer": scan.read()}
    )
    page.get_by_role("button", name="Valider pour l’employeur").click()
    expect(page.get_by_text("La déclaration est validée.")).to_be_visible()
    expect(page.get_by_text("Saisie par le service", exact=True)).to_be_visible()
    look(page, "valide-pour")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not seen
    assert Declaration.objects.get().came_by == "paper"


@pytest.mark.req("B-21")
@pytest.mark.parametrize("width", [1280, 320])
def test_completing_a_campaign_names_whom_it_adds(live_site, new_page, width):
    MemberFactory(left_on=None)
    campaign = opened(make_campaign())
    MemberFactory(left_on=None, joined_on=date(today().year - 1, 12, 15))
    page, seen = watched(new_page(width))
    let_in(page, live_site.url, UserFactory(manager=True))
    page.goto(live_site.url + reverse("admin:contributions_campaign_board", args=[campaign.pk]))
    page.get_by_role("link", name="Compléter la campagne").click()
    look(page, "completer")
    page.get_by_role("button", name="Ajouter 1 déclaration").click()
    expect(page.get_by_text("1 déclaration est ajoutée à la campagne.")).to_be_visible()
    assert not seen
