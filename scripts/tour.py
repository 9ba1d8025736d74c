#!/usr/bin/env python
"""Takes the pictures of the README's tour from a running demonstration: scripts/tour.py http://127.0.0.1:8000

Run it with the environment of that demonstration (ENV_FILE, VAR_DIR), in the tests' virtual environment.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("GUICHET_DEMO", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ["SITE_URL"] = sys.argv[1].rstrip("/") if len(sys.argv) > 1 else "http://127.0.0.1:8000"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps a loop in the thread

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.db.models import Count, QuerySet  # noqa: E402
from PIL import Image  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

from demo import mailbox  # noqa: E402
from demo.operator import PASSWORD  # noqa: E402
from documents.models import Document  # noqa: E402
from membership.links import dossier_url  # noqa: E402
from membership.models import Application  # noqa: E402
from membership.states import State  # noqa: E402
from tests.harness.browser import CHROMIUM_ARGS, chromium  # noqa: E402

TOUR = ROOT / "docs" / "tour"


EMPLOYER = "marc.delattre@residence-les-tilleuls.example"
LARGE = "isabelle.ferrand@plastiques-du-hurepoix.example"
WIDE, PHONE = (1280, 860), (390, 780)


def main() -> None:
    TOUR.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGS)
        _membership(browser)
        _space(browser)
        _back_office(browser)
        browser.close()
    _first_page("proforma", Document.objects.filter(kind="proforma"))
    _first_page("invoice", Document.objects.filter(kind="facture", version=2))


def _membership(browser: Browser) -> None:
    draft = _draft()
    _shoot(_at(browser, draft, "etape/salaries/"), "employees")
    _shoot(_at(browser, _waiting()), "dossier")


def _space(browser: Browser) -> None:
    """The home of a member and the steps of his declaration, wide and on a phone; the list of a large one."""
    page = _logged_in(browser, EMPLOYER)
    _shoot(page, "space")
    home = page.url
    page.goto(f"{home}cotiser/")
    page.get_by_role("button", name="+ ces informations sont correctes").or_(
        page.get_by_role("link", name="Continuer")
    ).first.click()
    page.goto(re.sub(r"etape/[a-z]+/", "etape/salaries/", page.url))
    _shoot(page, "declaration")
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    _shoot(page, "phone")
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    page.get_by_role("button", name="Suivant").click()
    _shoot(page, "contribution")
    large = _logged_in(browser, LARGE)
    large.goto(f"{large.url}salaries/")
    _shoot(large, "staff-list")


def _back_office(browser: Browser) -> None:
    staff = _logged_in(browser, "gestion@guichet.example", "/admin/")
    _shoot(staff, "queue")
    staff.goto(f"{settings.SITE_URL}/admin/membership/application/{_waiting().pk}/change/")
    _shoot(staff, "backoffice")
    staff.goto(f"{settings.SITE_URL}/admin/contributions/campaign/en-cours/")
    _shoot(staff, "campaign")


def _waiting() -> Application:
    return Application.objects.filter(state=State.AWAITING).latest("submitted_at")


def _draft() -> Application:
    """A draft that has people in step 5."""
    drafts = Application.objects.filter(state=State.DRAFT).annotate(people=Count("establishment__employees"))
    return drafts.order_by("-people").first() or sys.exit("No draft to show: make the demonstration data again.")


def _at(browser: Browser, dossier: Application, path: str = "") -> Page:
    """A page of the dossier, in a browser that opened its link."""
    page = _page(browser)
    page.goto(dossier_url(dossier))
    page.goto(f"{settings.SITE_URL}/adhesion/{dossier.pk}/{path}")
    return page


def _page(browser: Browser) -> Page:
    return browser.new_page(viewport={"width": WIDE[0], "height": WIDE[1]}, locale="fr-FR")


def _logged_in(browser: Browser, email: str, where: str = "/connexion/") -> Page:
    """Password, then the code that comes to the mailbox."""
    page, before = _page(browser), set(mailbox.names())
    page.goto(f"{settings.SITE_URL}{where}")
    page.fill("[name=email]", email)
    page.fill("[name=password]", PASSWORD)
    page.click("main button.main")
    page.fill("[name=otp]", _code(email, before))
    page.click("main button.main")
    page.wait_for_load_state()
    return page


def _code(email: str, before: set[str]) -> str:
    for _ in range(300):
        for name in set(mailbox.names()) - before:
            mail = mailbox.find(name)
            if mail and mail.to == email and (found := re.search(r"\b\d{6}\b", mail.text)):
                return found[0]
        time.sleep(0.1)
    sys.exit(f"No code came for {email}: is the worker of the demonstration running?")


def _shoot(page: Page, name: str) -> None:
    path = TOUR / f"{name}.png"
    page.wait_for_load_state("networkidle")
    page.screenshot(path=path)
    _shrink(path)


def _first_page(name: str, documents: QuerySet[Document]) -> None:
    """The first page of the last of these that is rendered."""
    document = documents.filter(state=Document.State.READY).latest("created_at")
    with document.file.open() as file:
        command = ["pdftoppm", "-r", "90", "-png", "-singlefile", "-", str(TOUR / name)]
        subprocess.run(command, input=file.read(), check=True)
    _shrink(TOUR / f"{name}.png")


def _shrink(path: Path) -> None:
    """256 colours are plenty for a screen of text, and a third of the weight."""
    Image.open(path).convert("RGB").quantize(256).save(path, optimize=True)


if __name__ == "__main__":
    main()
