"""First view of every page in a browser: at most 60 kB compressed besides the fonts, 12 requests, no third party."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, sync_playwright

from benchmarks.harness import Result, our_site
from benchmarks.pages import Visit, visits
from tests.harness.browser import CHROMIUM_ARGS, chromium

LIMIT_BYTES = 60_000
LIMIT_REQUESTS = 12


@dataclass
class Weight:
    """What one first view transfers."""

    name: str
    bytes: int = 0
    requests: int = 0
    foreign: set[str] = field(default_factory=set)
    answer: str = ""  # when it is not the expected one

    @property
    def ok(self) -> bool:
        light = self.bytes <= LIMIT_BYTES and self.requests <= LIMIT_REQUESTS
        return light and not self.foreign and not self.answer


def weigh(browser: Browser, base: str, visit: Visit) -> Weight:
    """Open the page in a fresh browser context and add up what comes over the wire."""
    weight = Weight(visit.name)
    fonts: set[str] = set()
    context = browser.new_context(locale="fr-FR")
    context.add_cookies([{"name": name, "value": value, "url": base} for name, value in visit.cookies.items()])
    page = context.new_page()
    network = context.new_cdp_session(page)
    network.send("Network.enable")

    def asked(event: dict) -> None:
        url = event["request"]["url"]
        if url.startswith("data:"):
            return
        weight.requests += 1
        if urlsplit(url).netloc != urlsplit(base).netloc:
            weight.foreign.add(urlsplit(url).netloc)

    def answered(event: dict) -> None:
        if event["type"] == "Font":
            fonts.add(event["requestId"])

    def finished(event: dict) -> None:
        if event["requestId"] not in fonts:
            weight.bytes += int(event["encodedDataLength"])

    network.on("Network.requestWillBeSent", asked)
    network.on("Network.responseReceived", answered)
    network.on("Network.loadingFinished", finished)
    response = page.goto(base + visit.path, wait_until="networkidle")
    if response is None or response.status != visit.status or urlsplit(page.url).path != visit.path.split("?")[0]:
        weight.answer = f"{response and response.status} at {page.url}"
    context.close()
    return weight


def measure() -> Result:
    """The heaviest page counts."""
    pages = visits()
    with our_site() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGS)
        weights = [weigh(browser, site.url, visit) for visit in pages]
        browser.close()
    by_weight = sorted(weights, key=lambda weight: -weight.bytes)
    detail: dict[str, object] = {
        "pages": len(weights),
        "heaviest": {weight.name: weight.bytes for weight in by_weight[:3]},
        "median_bytes": by_weight[len(by_weight) // 2].bytes,
        "most_requests": max(weight.requests for weight in weights),
        "third_parties": sorted(set().union(*(weight.foreign for weight in weights))),
    }
    if wrong := [weight for weight in weights if not weight.ok]:
        detail["wrong"] = {
            weight.name: weight.answer or f"{weight.bytes} bytes, {weight.requests} requests" for weight in wrong
        }
    return Result("page_weight", by_weight[0].bytes / LIMIT_BYTES, 1.0, detail, ok=not wrong)
