"""Every page in a real browser: accessible, valid, policy kept, nothing too wide or too small, at 1280 and 320 px."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.harness.site import Site
from tests.quality.crawl import Crawl
from tests.quality.pages import BACK_OFFICE, EMPLOYERS, PUBLIC, SPACE
from tests.quality.scene import Scene

# Every URL is also asked on both engines, without a browser, by the access matrix. A group of its own: with all other
# tests that have a browser, one worker would still be at it long after the others.
pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.xdist_group("pages"), pytest.mark.timeout(900)]


@pytest.fixture
def crawl(live_site: Site, new_page: Callable[..., Page], tmp_path: Path) -> Crawl:
    return Crawl(live_site, Scene(), new_page, tmp_path)


@pytest.mark.req("B-23")
@pytest.mark.fault("D3")
def test_pages_of_everybody(crawl: Crawl) -> None:
    found = crawl.walk([*PUBLIC, *EMPLOYERS])
    assert not found, "\n".join(found)


@pytest.mark.req("B-23")
@pytest.mark.fault("D3")
def test_pages_of_the_space(crawl: Crawl) -> None:
    found = crawl.walk(SPACE)
    assert not found, "\n".join(found)


@pytest.mark.req("B-23")
@pytest.mark.fault("D3")
def test_pages_of_the_back_office(crawl: Crawl) -> None:
    found = crawl.walk(BACK_OFFICE)
    assert not found, "\n".join(found)
