"""What every page must pass in a real browser; used with the `new_page` fixture (see tests/README.md).

page, seen = watched(new_page(320))
page.goto(live_site.url)
check_page(page)
assert seen == []
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from urllib.parse import quote

from django.test import Client
from playwright.sync_api import ConsoleMessage, Page

from accounts.models import User
from tests.factories import sign_in

NODE_MODULES = Path(__file__).resolve().parent.parent / "node_modules"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
MIN_TARGET = 24  # pixels (WCAG 2.2, 2.5.8)


def watched(page: Page) -> tuple[Page, list[str]]:
    """The page and a list that fills with policy violations and script errors, wherever it goes."""
    seen: list[str] = []

    def console(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "violates the following" in message.text:
            seen.append(message.text)

    page.on("console", console)
    page.on("pageerror", lambda error: seen.append(str(error)))
    return page, seen


def let_in(page: Page, site: str, user: User) -> None:
    """Log `user` in without the two steps on screen, which tests/accounts/test_browser.py proves."""
    client = Client()
    sign_in(client, user)
    page.context.add_cookies(
        [{"name": name, "value": morsel.value, "url": site} for name, morsel in client.cookies.items()]
    )


def axe(page: Page) -> list[str]:
    """What axe-core finds wrong. Works under the strict policy: nothing is inserted in the page."""
    page.wait_for_load_state()  # without its style sheets it would be judged by what nobody sees
    if not page.evaluate("'axe' in window"):  # still there from another width
        page.evaluate((NODE_MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate(
        # Without `preload`: it would insert style sheets, which the policy rightly refuses.
        """tags => axe.run(document, {runOnly: tags, preload: false, resultTypes: ["violations"]})
            .then(result => result.violations.flatMap(
                violation => violation.nodes.map(node => `${violation.id}: ${node.html.slice(0, 200)}`)))""",
        AXE_TAGS,
    )
    return list(found)


def side_scroll(page: Page) -> int:
    """By how many pixels the page is wider than the window, once its stylesheets have come."""
    page.wait_for_load_state()
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def small_targets(page: Page) -> list[str]:
    """Buttons and fields that are less than 24 px high or wide."""
    controls = ":is(button, input:not([type=hidden]), select, textarea, summary, .btn):not([aria-hidden=true])"
    return list(
        page.evaluate(
            """([controls, least]) => [...document.querySelectorAll(controls)]
                .filter(node => node.checkVisibility())
                .map(node => [node, node.getBoundingClientRect()])
                .filter(([, box]) => box.width < least || box.height < least)
                .map(([node, box]) => `${node.outerHTML.slice(0, 120)} ${box.width}×${box.height}`)""",
            [controls, MIN_TARGET],
        )
    )


def invalid_html(pages: dict[str, str], folder: Path) -> list[str]:
    """What the Nu HTML checker says of pages, given by name. Its start is slow: check many at once."""
    for name, html in pages.items():
        (folder / f"{quote(name, safe='')}.html").write_text(html, encoding="utf-8")
    jar = NODE_MODULES / "vnu-jar" / "build" / "dist" / "vnu.jar"
    command = ["java", "-jar", str(jar), "--format", "gnu", "--lang", "fr", *map(str, folder.glob("*.html"))]
    return subprocess.run(command, capture_output=True, text=True).stderr.splitlines()


def check_page(page: Page) -> None:
    """axe finds nothing, nothing scrolls sideways, nothing is too small to hit."""
    assert axe(page) == [], page.url
    assert side_scroll(page) == 0, page.url
    assert small_targets(page) == [], page.url
