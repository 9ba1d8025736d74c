"""In the demonstration the code is read in the mailbox page."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from demo.mailbox import folder
from tests.factories import PASSWORD, UserFactory
from tests.harness.processes import wait_until
from tests.harness.site import Celery, Site


@pytest.mark.browser
@pytest.mark.process
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("phone", ["", "+33612345678"])
def test_the_code_is_in_the_mailbox_page(
    live_site: Site,
    worker: Callable[..., Celery],
    beat: Callable[..., Celery],
    new_page: Callable[..., Page],
    phone: str,
):
    for left in folder().glob("*"):
        left.unlink()
    worker()
    beat(OUTBOX_SWEEP_SECONDS="1")
    user = UserFactory(manager=True, phone=phone)
    page = new_page()
    page.goto(f"{live_site.url}/admin/")
    page.get_by_label("Identifiant (adresse électronique)").fill(user.email)
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Connexion").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tapez le code que vous recevez")
    wait_until(lambda: list(folder().glob("*.eml")))
    mailbox = page.context.new_page()
    mailbox.goto(f"{live_site.url}/boite/")
    mailbox.get_by_role("link", name=re.compile("code|SMS", re.IGNORECASE)).first.click()
    mailbox.wait_for_load_state()
    code = re.search(r"\b\d{6}\b", mailbox.locator("main").inner_text() + _framed(mailbox))
    assert code
    page.get_by_label("Code à six chiffres").fill(code[0])
    page.get_by_role("button", name="Valider").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Travail en cours")


def _framed(page: Page) -> str:
    return " ".join(frame.locator("body").inner_text() for frame in page.frames[1:])
