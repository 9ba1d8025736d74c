"""A request by message, done by staff from its own page, in a real browser."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from membership.models import Member
from space import changes
from space.company import Company
from tests.browser import check_page, let_in, watched
from tests.factories import UserFactory
from tests.factories_space import access_of, make_manager, make_member

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.req("A-06", "B-23")]


@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (320, False)])
def test_a_new_billing_address_is_entered_from_the_request_that_asks_for_it(live_site, new_page, width, javascript):
    member = make_member()
    asked = Company(access_of(make_manager(member), member))
    change = changes.request_change(asked, {}, "Facturez au 1 quai Neuf, 91000 Évry.", asked.actor)
    page, seen = watched(new_page(width, javascript=javascript))
    let_in(page, live_site.url, UserFactory(manager=True))
    page.goto(live_site.url + reverse("admin:space_changerequest_change", args=[change.pk]))
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Modifier les adresses").click()
    form, broken = watched(opened.value)
    form.wait_for_load_state()  # the postcode is listened to from then on
    billing = form.locator(".address", has=form.get_by_role("group", name="Adresse de facturation"))
    billing.get_by_label("Une autre adresse").check()
    billing.get_by_label("Numéro et voie").fill("1 quai Neuf")
    billing.get_by_label("Code postal").fill("91000")
    if javascript:
        expect(billing.get_by_label("Commune").locator("option")).to_have_text(["Évry-Courcouronnes"])
        check_page(form)
    form.get_by_role("button", name="Enregistrer").click()
    expect(form.get_by_text("Les adresses sont enregistrées.")).to_be_visible()
    expect(form.get_by_text(re.compile("→ 1 quai Neuf, 91000 Évry-Courcouronnes"))).to_be_visible()
    page.get_by_label("J’ai corrigé la fiche comme le message le demande").check()
    page.get_by_role("button", name="Noter comme appliquée").click()
    expect(page.get_by_text("la personne en est prévenue par courriel")).to_be_visible()
    assert Member.objects.get().establishment.billing_lines() == ["1 quai Neuf", "91000 Évry-Courcouronnes"]
    assert seen == broken == []
