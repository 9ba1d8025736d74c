"""A mandate signed in a real browser, wide and on a phone without JavaScript; then the money, in the back office."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import User
from billing import mandates
from billing.models import CollectionFile
from tests.browser import check_page, watched
from tests.factories import MemberFactory, UserFactory, give_access, sign_in
from tests.factories_sepa import last_code, make_collection
from tests.harness.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def come_in(site: Site, page: Page, user: User) -> None:
    client = Client()
    sign_in(client, user)
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": site.url}])


@pytest.mark.req("D-18", "C-05", "B-15", "B-23")
@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (320, False)])
def test_from_the_iban_to_the_file_for_the_bank(
    live_site: Site, new_page: Callable[..., Page], width: int, javascript: bool
):
    member, user = MemberFactory(left_on=None), UserFactory()
    give_access(user, member, "declares")
    page, seen = watched(new_page(width, javascript=javascript))
    check = check_page if javascript else (lambda page: None)
    come_in(live_site, page, user)
    page.goto(live_site.url + reverse("space:mandate-current", args=[member.pk]))
    check(page)
    page.get_by_role("link", name="Signer un mandat").click()
    page.get_by_role("button", name="Suivant").click()
    expect(page.get_by_text("Une réponse est à corriger")).to_be_visible()
    check(page)
    page.get_by_label("IBAN").fill("FR76 3000 6000 0112 3456 7890 189")
    page.get_by_role("button", name="Suivant").click()
    expect(page.get_by_role("heading", name="Lire le mandat")).to_be_visible()
    page.wait_for_load_state()
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("radio", name=re.compile("Par courriel")).check()
    check(page)
    page.get_by_role("button", name="Recevoir le code").click()
    expect(page.get_by_role("heading", name="Signer")).to_be_visible()
    check(page)
    page.get_by_label("Code reçu").fill(last_code())
    page.get_by_role("button", name="Signer", exact=True).click()
    expect(page.get_by_role("heading", name="Votre mandat est signé")).to_be_visible()
    check(page)
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    collection = make_collection(mandates.in_force(member), "1382.76")
    come_in(live_site, page, UserFactory(accountant=True))
    page.goto(live_site.url + reverse("admin:billing_collection_days"))
    check(page)
    page.get_by_role("button", name="Préparer le fichier").click()
    expect(page.get_by_text(re.compile("1 prélèvement, 1.382,76"))).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("Télécharger")).click()
    file = CollectionFile.objects.get()
    assert download.value.suggested_filename == f"{file.reference}.xml"
    for url in (
        reverse("admin:billing_mandate_changelist"),
        reverse("admin:billing_mandate_change", args=[collection.mandate_id]),
        reverse("admin:billing_collection_changelist"),
        reverse("admin:billing_collection_change", args=[collection.pk]),
        reverse("admin:billing_collection_return", args=[collection.pk]),
        reverse("admin:billing_collection_returns"),
        reverse("admin:billing_collectionfile_change", args=[file.pk]),
    ):
        page.goto(live_site.url + url)
        check(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, url
    assert seen == []
