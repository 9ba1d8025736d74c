"""« Mes demandes » and « Mes documents » in a real browser: what is typed is kept, nothing needs JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import User
from space.models import MemberRequest
from space.models.requests import RequestMessage
from space.request_states import State
from tests.browser import watched
from tests.factories import UserFactory, pdf_file, sign_in
from tests.factories_requests import (
    make_employer,
    make_theme,
)
from tests.harness.processes import wait_until
from tests.harness.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def media(settings) -> None:
    """The site's own process stores the files: where it does, not in a folder of the test's."""


def signed_in(site: Site, page: Page, user: User) -> Page:
    client = Client()
    sign_in(client, user)
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": site.url}])
    return page


@pytest.mark.req("B-01")
def test_what_is_typed_is_kept_without_a_click(live_site: Site, new_page: Callable[..., Page]):
    user, member = make_employer()
    make_theme("facture")
    page, seen = watched(signed_in(live_site, new_page(), user))
    page.goto(live_site.url + reverse("space:request-new", args=[member.pk]))
    page.get_by_label("Objet").fill("Une question")
    page.get_by_label("Votre demande").press_sequentially("Elle est longue à écrire")
    expect(page.get_by_text(re.compile(r"Brouillon enregistré à \d+ h \d\d"))).to_be_visible()
    # It is saved two seconds after the last key: on a slow machine once before, half typed.
    wait_until(lambda: RequestMessage.objects.filter(text="Elle est longue à écrire").exists())
    page.goto(live_site.url + reverse("space:requests", args=[member.pk]))
    page.get_by_role("link", name="Reprendre « Une question »").click()
    expect(page.get_by_label("Votre demande")).to_have_value("Elle est longue à écrire")
    assert seen == []


@pytest.mark.req("A-42", "B-05", "B-23")
@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (320, False)])
def test_from_the_request_to_the_last_word(
    live_site: Site, new_page: Callable[..., Page], tmp_path: Path, width: int, javascript: bool
):
    user, member = make_employer()
    make_theme("facture")
    paper = tmp_path / "facture.pdf"
    paper.write_bytes(pdf_file().read())
    false = tmp_path / "faux.pdf"
    false.write_bytes(b"MZ")
    page = signed_in(live_site, new_page(width, javascript=javascript), user)
    page.goto(live_site.url + reverse("space:requests", args=[member.pk]))
    page.get_by_role("link", name="Envoyer une demande").first.click()
    page.get_by_label("Thème").select_option("Facture")
    page.get_by_label("Objet").fill("Montant à vérifier")
    page.get_by_label("Votre demande").fill("Deux salariés sont partis.")
    page.get_by_label(re.compile("Joindre des fichiers")).set_input_files([paper, false])
    page.get_by_role("button", name="Envoyer ma demande").click()
    expect(page.get_by_role("alert")).to_contain_text("faux.pdf")
    expect(page.get_by_label("Votre demande")).to_have_value("Deux salariés sont partis.")
    page.get_by_role("button", name="Envoyer ma demande").click()
    expect(page.get_by_role("heading", name="Votre demande est envoyée")).to_be_visible()
    page.get_by_role("link", name="Suivre cette demande").click()
    expect(page.get_by_role("link", name=re.compile("facture.pdf"))).to_be_visible()

    made = MemberRequest.objects.get()
    clerk = UserFactory(manager=True)
    desk = signed_in(live_site, new_page(width, javascript=javascript), clerk)
    desk.goto(live_site.url + reverse("admin:space_memberrequest_changelist"))
    desk.get_by_role("link", name="Montant à vérifier").click()
    desk.get_by_label("Votre réponse").fill("Leurs dates de départ ?")
    desk.get_by_role("button", name="Demander une précision").click()
    expect(desk.get_by_text("La précision est demandée")).to_be_visible()

    page.reload()
    page.get_by_label("Votre message").fill("Fin mars.")
    page.get_by_role("button", name="Envoyer mon message").click()
    expect(page.get_by_text("Votre message est envoyé")).to_be_visible()
    desk.reload()
    desk.get_by_label("Votre réponse").fill("C’est corrigé.")
    desk.get_by_role("button", name="Répondre et clôturer").click()
    expect(desk.get_by_text("La réponse est envoyée et la demande clôturée")).to_be_visible()
    page.reload()
    expect(page.get_by_text("C’est corrigé.")).to_be_visible()
    made.refresh_from_db()
    assert made.state == State.CLOSED
