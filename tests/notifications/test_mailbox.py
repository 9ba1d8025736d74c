"""The demonstration's mailbox."""

from __future__ import annotations

import shutil

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from demo import mailbox
from notifications import sender
from notifications.mail import Sms

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.req("B-24")]


@pytest.fixture(autouse=True)
def _empty_mailbox(settings) -> None:
    settings.EMAIL_BACKEND = "demo.mailbox.MailboxBackend"
    shutil.rmtree(mailbox.folder(), ignore_errors=True)


@pytest.fixture
def delivered(post, bordereau) -> mailbox.Delivery:
    post(
        "a@exemple.fr",
        paragraphs=["<script>alert(1)</script>"],
        button=("Suivre mon dossier", "https://guichet.example/d/1"),
        attachments=[bordereau("PA-1")],
    )
    sender.drain()
    return mailbox.Delivery(mailbox.names()[0])


def test_mails_and_sms_are_listed_newest_first(client, delivered, post):
    post(Sms("0612345678", "Votre code est 481516", private=True), key="sms")
    sender.drain()
    page = client.get(reverse("mailbox")).content.decode()
    assert page.index("Votre code est 481516") < page.index("Votre demande")
    assert "+33612345678" in page
    sms = client.get(reverse("mailbox-detail", args=[mailbox.names()[0]])).content.decode()
    assert "481516" in sms
    assert "<iframe" not in sms


def test_the_page_shows_text_links_and_pieces(client, delivered):
    page = client.get(reverse("mailbox-detail", args=[delivered.name])).content.decode()
    assert 'href="https://guichet.example/d/1"' in page
    assert "PA-1.pdf" in page
    assert "<script>alert" not in page


@pytest.mark.fault("D2", "D3")
def test_the_html_is_framed_with_rights_of_its_own(client, delivered):
    page = client.get(reverse("mailbox-detail", args=[delivered.name]))
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    assert "unsafe" not in page["Content-Security-Policy"]
    html = client.get(reverse("mailbox-html", args=[delivered.name]))
    policy = html["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert "frame-ancestors 'self'" in policy
    assert html["X-Frame-Options"] == "SAMEORIGIN"
    assert "&lt;script&gt;alert(1)" in html.content.decode()


@pytest.mark.fault("E7")
def test_a_piece_is_downloaded_never_shown(client, delivered):
    response = client.get(reverse("mailbox-piece", args=[delivered.name, 1]))
    assert response["Content-Disposition"] == 'attachment; filename="PA-1.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF")


@pytest.mark.fault("E5")
@pytest.mark.parametrize("name", ["..", "..%2f..%2fguichet.sqlite3", "20260101T000000000000-00000000", ".x"])
def test_no_name_leads_out_of_the_folder(client, name):
    assert client.get(f"/boite/{name}/").status_code == 404
    assert client.get(f"/boite/{name}/html/").status_code == 404
    assert client.get(f"/boite/{name}/piece/1/").status_code == 404


def test_an_empty_mailbox_says_what_to_do(client):
    page = client.get(reverse("mailbox")).content.decode()
    assert "Aucun message pour le moment" in page


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 320])
def test_the_browser_shows_the_mail_without_a_violation(delivered, live_site, new_page, width):
    page = new_page(width)
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(f"{live_site.url}{reverse('mailbox')}")
    page.get_by_role("link", name="Votre demande").click()
    frame = page.frame_locator("iframe.mail")
    expect(frame.get_by_role("heading", name="Votre demande est reçue")).to_be_visible()
    button = frame.get_by_role("link", name="Suivre mon dossier")
    assert button.evaluate("node => getComputedStyle(node).backgroundColor") == "rgb(14, 90, 98)"
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert problems == []
