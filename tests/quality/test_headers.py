"""What the browser is told: as deployed behind a proxy that ends TLS, and as a browser obeys it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http.cookies import Morsel, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from core.dates import french_date
from core.models import AccessLink
from membership.models.application import LINK
from tests.accounts.conftest import last_code
from tests.browser import let_in
from tests.factories import PASSWORD, ApplicationFactory, UserFactory, make_operator
from tests.harness.site import Site
from tests.quality.crawl import unsafe
from tests.quality.scene import DAY

HOST = "guichet.example"


@pytest.fixture
def deployed(live_gunicorn: Callable[..., Site]) -> Iterator[httpx.Client]:
    """The site with the settings of a deployment, seen from its proxy."""
    site = live_gunicorn(
        GUICHET_DEMO="0", SITE_URL=f"https://{HOST}", TRUSTED_PROXIES="1", EMAIL_URL="smtp://127.0.0.1:9"
    )
    told = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}
    with httpx.Client(base_url=site.url, headers=told, timeout=30) as client:
        yield client


@pytest.fixture
def trap() -> Iterator[Callable[[str], str]]:
    """`trap(url)` is the address of somebody else's page that frames `url`."""

    class Framing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f'<link rel="icon" href="data:,"><iframe src="{self.path[2:]}"></iframe>'.encode())

        def log_message(self, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Framing)
    Thread(target=server.serve_forever, daemon=True).start()
    yield lambda url: f"http://127.0.0.1:{server.server_port}/?{url}"
    server.shutdown()
    server.server_close()


def cookies(answer: httpx.Response) -> dict[str, Morsel]:
    """The cookies that an answer sets."""
    jar: SimpleCookie = SimpleCookie()
    for line in answer.headers.get_list("set-cookie"):
        jar.load(line)
    return dict(jar)


def pass_the_second_step(client: httpx.Client, held: dict[str, Morsel], email: str) -> httpx.Response:
    """Type the code, and have the browser remembered."""
    sent = "; ".join(f"{name}={cookie.value}" for name, cookie in held.items())
    page = client.get("/connexion/code/", headers={"Cookie": sent})
    csrf = (cookies(page) | held)["__Host-csrf"].value
    return client.post(
        "/connexion/code/",
        data={"otp": last_code(email), "remember": "on", "csrfmiddlewaretoken": csrf},
        headers={"Cookie": f"{sent}; __Host-csrf={csrf}", "Origin": f"https://{HOST}"},
    )


@pytest.mark.process
@pytest.mark.fault("D4")
def test_cookies_and_headers_of_a_deployment(deployed: httpx.Client) -> None:
    user = UserFactory()
    dossier = ApplicationFactory()
    _, token = AccessLink.issue(dossier, LINK, DAY)

    opened = deployed.get(reverse("membership:open", args=[token]))
    form = deployed.get("/connexion/")
    csrf = cookies(form)["__Host-csrf"]
    logged_in = deployed.post(
        "/connexion/",
        data={"email": user.email, "password": PASSWORD, "csrfmiddlewaretoken": csrf.value},
        headers={"Cookie": f"__Host-csrf={csrf.value}", "Origin": f"https://{HOST}"},
    )
    assert logged_in.status_code == 302
    passed = pass_the_second_step(deployed, cookies(logged_in), user.email)
    found = cookies(opened) | cookies(form) | cookies(logged_in) | cookies(passed)
    assert set(found) == {"__Host-acces", "__Host-csrf", "__Host-session", "__Host-navigateur"}
    for name, cookie in found.items():
        assert cookie["secure"], name
        assert cookie["httponly"], name
        assert cookie["samesite"] == "Lax", name
        assert (cookie["path"], cookie["domain"]) == ("/", ""), name

    public = ("/adhesion/", "/connexion/", "/connexion/oubli/", "/espace/creer-acces/", "/verifier/")
    for path in (*public, "/nulle-part/", "/adhesion/reprendre/inconnu/", "/verifier/0000-0000-0000/"):
        headers = deployed.get(path).headers
        assert unsafe(dict(headers), private=False) == [], path
        assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains; preload"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"


@pytest.mark.process
@pytest.mark.fault("D4", "D6")
def test_a_deployment_speaks_https_under_its_own_name_only(deployed: httpx.Client) -> None:
    plain = deployed.get("/adhesion/", headers={"X-Forwarded-Proto": "http"})
    assert (plain.status_code, plain.headers["location"]) == (301, f"https://{HOST}/adhesion/")
    assert deployed.get("/adhesion/", headers={"Host": "evil.example"}).status_code == 400
    # What a demonstration shows is not there.
    assert {deployed.get(path).status_code for path in ("/boite/", "/galerie/")} == {404}


@pytest.mark.browser
@pytest.mark.fault("D2")
@pytest.mark.parametrize("path", ["/adhesion/", "/connexion/", "/espace/creer-acces/", "/verifier/", "/nulle-part/"])
def test_a_page_refuses_to_be_framed(
    live_site: Site, new_page: Callable[..., Page], trap: Callable[[str], str], path: str
) -> None:
    page = new_page()
    refused: list[str | None] = []
    page.on("requestfailed", lambda request: refused.append(request.failure))
    with page.expect_event("requestfailed"):
        page.goto(trap(f"{live_site.url}{path}"))
    page.frames[1].wait_for_url("chrome-error://chromewebdata/")
    assert refused == ["net::ERR_BLOCKED_BY_RESPONSE"]


@pytest.mark.browser
@pytest.mark.fault("D7")
def test_after_logging_out_the_back_button_shows_nothing(live_site: Site, new_page: Callable[..., Page]) -> None:
    dossier = ApplicationFactory(submitted=True)
    user = UserFactory(manager=True)
    page = new_page()
    let_in(page, live_site.url, user)
    page.goto(live_site.url + reverse("admin:membership_application_change", args=[dossier.pk]))
    expect(page.get_by_text("claire.morel@morel.example").first).to_be_visible()
    page.locator("#logout-form button").click()
    expect(page.locator("#logout-form")).to_have_count(0)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bienvenue")
    assert "morel" not in page.content().lower()


@pytest.mark.browser
@pytest.mark.fault("H2")
def test_a_wrong_clock_in_the_browser_changes_nothing(live_site: Site, browser: Browser) -> None:
    make_operator()
    dossier = ApplicationFactory(awaiting=True)
    dossier.answer_by = dossier.answer_by or dossier.due_on
    dossier.save()
    _, token = AccessLink.issue(dossier, LINK, DAY)
    page = browser.new_page(timezone_id="Pacific/Auckland")
    page.clock.set_fixed_time("2031-03-01T12:00:00")
    page.goto(live_site.url + reverse("membership:open", args=[token]))
    assert page.evaluate("new Date().getFullYear()") == 2031
    day = french_date(dossier.answer_by).rpartition(" ")[0]
    expect(page.get_by_text(f"jusqu’au {day}").first).to_be_visible()
    expect(page.get_by_text("terminé depuis")).to_have_count(0)
    page.close()
