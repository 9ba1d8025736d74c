"""A walk through many pages with one browser: each page is loaded once and judged at both widths.

`SCREENSHOTS=/tmp/pictures` keeps a picture of each page at each width, to look at.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from playwright.sync_api import Page, Response, TimeoutError

from tests.browser import axe, invalid_html, side_scroll, small_targets, watched
from tests.harness.site import Site
from tests.quality.scene import Scene
from tests.quality.sights import Sight

LOGGED_OUT = "/deconnexion/faite/"  # nobody's any more
WIDTHS = (1280, 320)  # 320 is also what 1280 becomes at 400 % zoom


def unsafe(headers: dict[str, str], *, private: bool) -> list[str]:
    """What an answer's headers allow that they should not. `headers` has its names in lower case."""
    policy, caching = headers.get("content-security-policy", ""), headers.get("cache-control", "")
    demands = {
        f"its policy is weak: {policy}": "default-src 'none'" in policy and "unsafe" not in policy,
        "may be framed": "frame-ancestors 'none'" in policy and headers.get("x-frame-options") == "DENY",
        "lets the browser guess its type": headers.get("x-content-type-options") == "nosniff",
        "may be kept by the browser": not private or "no-store" in caching,
    }
    return [fault for fault, met in demands.items() if not met]


class Crawl:
    """What is wrong, page by page: a list that stays empty."""

    def __init__(self, site: Site, scene: Scene, new_page: Callable[..., Page], folder: Path) -> None:
        self.site, self.scene, self.new_page, self.folder = site, scene, new_page, folder
        self.found: list[str] = []
        self.sources: dict[str, str] = {}
        self.tabs: dict[str, tuple[Page, list[str]]] = {}

    def walk(self, sights: Iterable[Sight]) -> list[str]:
        """Judge each page; returns every fault, to be read at once."""
        for number, sight in enumerate(sights):
            page, seen = self._tab(sight.who)
            try:
                response = self._arrive(page, sight)
            except TimeoutError as lost:
                self._note(sight, [f"is not reached: {lost.message}"])
                continue
            if response.status != sight.status:
                self._note(sight, [f"answers {response.status}, not {sight.status}"])
            private = bool(sight.who) and not response.url.endswith(LOGGED_OUT)
            self._note(sight, unsafe(response.headers, private=private))
            self.sources[f"{number} {sight.name[:60]}"] = response.text()
            self._judge(page, sight)
            self._note(sight, seen)
            seen.clear()
        self.found += invalid_html(self.sources, self.folder)
        return self.found

    def _tab(self, who: str) -> tuple[Page, list[str]]:
        """One browser tab for each person."""
        if who not in self.tabs:
            page, seen = watched(self.new_page(WIDTHS[0]))
            page.context.add_cookies([{**cookie, "url": self.site.url} for cookie in self.scene.cookies(who)])
            self.tabs[who] = page, seen
        return self.tabs[who]

    def _arrive(self, page: Page, sight: Sight) -> Response:
        page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        response = page.goto(self.site.url + sight.path.format(**self.scene.places))
        if sight.press:
            for name, text in sight.fill.items():
                self._type(page, name, text.format(**self.scene.places))
            if sight.reopened:
                self.scene.reopen(sight.reopened)
            with page.expect_navigation() as answer:
                page.get_by_role("button", name=sight.press, exact=True).first.click()
            response = answer.value
        assert response is not None
        return response

    def _type(self, page: Page, name: str, text: str) -> None:
        field = page.locator(f"[name={name}]:not([type=hidden])").first
        if field.get_attribute("type") in ("radio", "checkbox"):
            page.locator(f'[name={name}][value="{text}"]').check()
        else:
            field.fill(text)

    def _judge(self, page: Page, sight: Sight) -> None:
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            faults = [*axe(page), *small_targets(page)]
            if beyond := side_scroll(page):
                faults.append(f"scrolls sideways by {beyond} px")
            self._note(sight, faults, f" at {width}")
            if folder := os.environ.get("SCREENSHOTS"):
                name = re.sub(r"\W+", "-", sight.name)[:90]
                page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)

    def _note(self, sight: Sight, faults: Iterable[str], where: str = "") -> None:
        self.found += [f"{sight.name}{where}: {fault}" for fault in faults]
