"""The pages that `page_weight` opens: those that the tests of quality know, which is every page of the site."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.test import override_settings

from tests.quality.pages import EVERY_PAGE
from tests.quality.scene import Scene
from tests.quality.sights import Sight


@dataclass(frozen=True)
class Visit:
    """One page, the answer it gives, and the cookies to open it with."""

    name: str
    path: str
    status: int = 200
    cookies: dict[str, str] = field(default_factory=dict)


def visits() -> list[Visit]:
    """All that an address shows; what only a button leads to wears the same clothes."""
    scene = Scene()
    sights = [sight for sight in EVERY_PAGE if not sight.press]
    with override_settings(ALLOWED_HOSTS=["*"]):
        cookies = {who: _cookies(scene, who) for who in {sight.who for sight in sights}}
    return [_visit(scene, sight, cookies[sight.who]) for sight in sights]


def _cookies(scene: Scene, who: str) -> dict[str, str]:
    return {cookie["name"]: cookie["value"] for cookie in scene.cookies(who)}


def _visit(scene: Scene, sight: Sight, cookies: dict[str, str]) -> Visit:
    return Visit(sight.name, sight.path.format(**scene.places), sight.status, cookies)
