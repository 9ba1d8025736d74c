#!/usr/bin/env python
"""Takes the pictures of the README's tour from a running demonstration: scripts/tour.py http://127.0.0.1:8000

Run it with the environment of that demonstration (ENV_FILE, VAR_DIR), in the tests' virtual environment.
"""

from __future__ import annotations

import os
import subprocess
import sys
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
from django.db.models import Count  # noqa: E402
from PIL import Image  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

from demo.operator import PASSWORD  # noqa: E402
from documents.models import Document  # noqa: E402
from membership.links import dossier_url  # noqa: E402
from membership.models import Application  # noqa: E402
from membership.states import State  # noqa: E402
from tests.harness.browser import CHROMIUM_ARGS, chromium  # noqa: E402

TOUR = ROOT / "docs" / "tour"


def main() -> None:
    TOUR.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGS)
        draft, waiting = _draft(), Application.objects.filter(state=State.AWAITING).latest("submitted_at")
        _shoot(_at(browser, draft, "etape/salaries/"), "employees")
        _shoot(_at(browser, draft, "etape/salaries/", width=390, height=780), "phone")
        _shoot(_at(browser, waiting), "dossier")
        staff = _staff(browser)
        _shoot(staff, "queue")
        staff.goto(f"{settings.SITE_URL}/admin/membership/application/{waiting.pk}/change/")
        _shoot(staff, "backoffice")
        browser.close()
    _proforma()


def _draft() -> Application:
    """A draft that has people in step 5."""
    drafts = Application.objects.filter(state=State.DRAFT).annotate(people=Count("establishment__employees"))
    return drafts.order_by("-people").first() or sys.exit("No draft to show: make the demonstration data again.")


def _at(browser: Browser, dossier: Application, path: str = "", *, width: int = 1280, height: int = 860) -> Page:
    """A page of the dossier, in a browser that opened its link."""
    page = browser.new_page(viewport={"width": width, "height": height}, locale="fr-FR")
    page.goto(dossier_url(dossier))
    page.goto(f"{settings.SITE_URL}/adhesion/{dossier.pk}/{path}")
    return page


def _staff(browser: Browser) -> Page:
    page = browser.new_page(viewport={"width": 1280, "height": 860}, locale="fr-FR")
    page.goto(f"{settings.SITE_URL}/admin/")
    page.fill("[name=username]", "gestion@guichet.example")
    page.fill("[name=password]", PASSWORD)
    page.click("[type=submit]")
    return page


def _shoot(page: Page, name: str) -> None:
    path = TOUR / f"{name}.png"
    page.wait_for_load_state("networkidle")
    page.screenshot(path=path)
    _shrink(path)


def _proforma() -> None:
    """The first page of an issued proforma."""
    document = Document.objects.filter(kind="proforma", state=Document.State.READY).latest("created_at")
    with document.file.open() as file:
        command = ["pdftoppm", "-r", "90", "-png", "-singlefile", "-", str(TOUR / "proforma")]
        subprocess.run(command, input=file.read(), check=True)
    _shrink(TOUR / "proforma.png")


def _shrink(path: Path) -> None:
    """256 colours are plenty for a screen of text, and a third of the weight."""
    Image.open(path).convert("RGB").quantize(256).save(path, optimize=True)


if __name__ == "__main__":
    main()
