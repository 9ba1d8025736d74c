"""What a mail says, and what typed text can never do to it."""

from __future__ import annotations

import re

import pytest
from django.db import connection

from notifications import sender
from notifications.mail import SUBJECT_LENGTH, Mail, PostalLetter, Sms, as_html, as_text
from notifications.models import Message

pytestmark = pytest.mark.django_db(transaction=True)

EVIL = "{{7*7}} {% load x %} <script>alert('x')</script> '; DROP TABLE x; -- & <b>"


@pytest.mark.fault("F2")
def test_typed_text_arrives_literally(post, smtp):
    post(
        "a@exemple.fr",
        greeting=EVIL,
        paragraphs=[EVIL],
        facts=[(EVIL, EVIL)],
        button=(EVIL, "https://exemple.fr/?a=1&b=<2>"),
        after=[EVIL],
    )
    sender.drain()
    [received] = smtp.to("a@exemple.fr")
    assert received.text.count(EVIL) == 6
    assert "49" not in received.text
    assert "<script" not in received.html
    assert "<b>" not in received.html
    assert received.html.count("{{7*7}} {% load x %} &lt;script&gt;") == 6
    assert 'href="https://exemple.fr/?a=1&amp;b=&lt;2&gt;"' in received.html


@pytest.mark.fault("F3")
def test_a_line_break_in_the_subject_or_a_name_makes_no_header(post, smtp):
    mail = Mail(
        "a@exemple.fr",
        "Dossier Morel\r\nBcc: voleur@exemple.net\r\n\r\nCorps",
        "Titre\nBcc: voleur@exemple.net",
        greeting="Bonjour Morel\r\nBcc: voleur@exemple.net,",
    )
    post(mail)
    sender.drain()
    [received] = smtp.messages
    assert received.recipients == ["a@exemple.fr"]
    assert received.message["Bcc"] is None
    assert received.message["Subject"] == "Dossier Morel Bcc: voleur@exemple.net Corps"


@pytest.mark.fault("F3")
@pytest.mark.parametrize(
    "address",
    ["a@exemple.fr\r\nBcc: b@exemple.net", "a@exemple.fr, b@exemple.net", "", "a@exemple.fr\0", "Nom <a@exemple.fr>"],
)
def test_an_address_that_hides_another_is_refused_without_stopping_the_dossier(post, smtp, address, caplog):
    message = post(Mail(address, "Objet", "Titre"), key="k")
    if message.state == Message.State.QUEUED:  # what was hidden is gone, one plain address is left
        assert message.to == "a@exemple.fr"
        return
    assert message.state == Message.State.FAILED
    assert "Adresse refusée" in message.error
    assert [record.levelname for record in caplog.records if record.name.startswith("notifications")] == ["ERROR"]
    assert "exemple" not in caplog.text
    sender.drain()
    assert smtp.attempts == []


@pytest.mark.fault("F4")
def test_any_text_can_be_stored_and_sent(post, smtp):
    text = "NUL\0 👨‍👩‍👧 مرحبا e\u0301 \u202egnp.exe \ud800 " + "x" * 10_000
    post("a@exemple.fr", paragraphs=[text], greeting=text, facts=[(text, text)])
    sender.drain()
    [received] = smtp.messages
    assert "👨‍👩‍👧 مرحبا é gnp.exe" in received.text
    assert "\u202e" not in received.html + received.text


@pytest.mark.req("M-09")
def test_text_and_html_say_the_same(post):
    message = post(
        "a@exemple.fr",
        greeting="Bonjour Madame Morel,",
        paragraphs=["Nous vérifions votre demande."],
        facts=[("Référence", "PA-2026-000127")],
        button=("Suivre mon dossier", "https://guichet.example/d/1"),
        after=["À bientôt."],
    )
    plain = re.sub(r"<[^>]+>", " ", as_html(message))
    for part in [
        "Votre demande est reçue",
        "Bonjour Madame Morel,",
        "Nous vérifions votre demande.",
        "Référence",
        "PA-2026-000127",
        "Suivre mon dossier",
        "https://guichet.example/d/1",
        "À bientôt.",
        "Santé Travail Val d’Orge",
        "01 23 45 67 89",
        "du lundi au vendredi, de 9\u00a0h à 12\u00a0h et de 14\u00a0h à 17\u00a0h",
    ]:
        assert part in as_text(message)
        assert part in plain
    assert "<img" not in as_html(message)  # readable with pictures off: there are none


def test_no_line_begins_with_a_mark(post):
    message = post(
        "a@exemple.fr", paragraphs=["Une erreur ? Appelez-nous !", "À régler : 3 €"], facts=[("Motif", "b ;")]
    )
    for told in (as_text(message), as_html(message)):
        assert "erreur\u00a0? Appelez-nous\u00a0!" in told
        assert "régler\u00a0: 3" in told
        assert not re.search(r"\w [:;?!](\s|<|$)", told)


def test_quotes_and_percentages_stay_in_one_piece(post):
    message = post("a@exemple.fr", paragraphs=["Ouvrez « Mes salariés » : la TVA est de 20 % du montant."])
    for told in (as_text(message), as_html(message)):
        assert "«\u00a0Mes salariés\u00a0»\u00a0:" in told
        assert "de 20\u00a0% du montant" in told


@pytest.mark.parametrize("what", [Mail, PostalLetter])
def test_a_subject_stays_in_one_piece(what):
    subject = f"Rappel : « Kbis » à 20 % ?\n{'x' * 300}"
    to = {"to": "a@exemple.fr", "title": "Rappel"} if what is Mail else {"address": ["Ateliers Morel"]}
    stored = what(subject=subject, **to).columns()["subject_line"]
    assert stored.startswith("Rappel\u00a0: «\u00a0Kbis\u00a0» à 20\u00a0%\u00a0? xxx")
    assert len(stored) == SUBJECT_LENGTH


def test_a_subject_arrives_as_it_was_written(post, smtp):
    post(Mail("a@exemple.fr", "Et l’extrait « Kbis » ?", "Rappel"))
    sender.drain()
    [received] = smtp.messages
    assert received.message["Subject"] == "Et l’extrait «\u00a0Kbis\u00a0»\u00a0?"


@pytest.mark.fault("D6")
def test_what_names_the_site_comes_from_the_settings(post, settings):
    settings.SITE_URL = "https://guichet.exemple.fr"
    message = post("a@exemple.fr")
    assert message.message_id == f"<{message.pk}@guichet.exemple.fr>"


@pytest.mark.fault("C5", "H4")
def test_a_personal_link_is_unreadable_at_rest_and_wiped_once_sent(post, smtp):
    url = "https://guichet.example/l/tres-secret"
    message = post("a@exemple.fr", button=("Ouvrir", url), private_button=True)
    assert "tres-secret" not in _raw_row(message)
    assert "tres-secret" not in as_text(message, show_secret=False)
    sender.drain()
    [received] = smtp.messages
    assert url in received.text
    assert url in received.html
    message.refresh_from_db()
    assert message.secret is None
    assert "tres-secret" not in as_text(message)


@pytest.mark.fault("H4")
def test_a_private_sms_is_unreadable_at_rest(post):
    message = post(Sms("06 12 34 56 78", "Votre code est 481516", private=True), key="k")
    assert message.to == "+33612345678"
    assert "481516" not in _raw_row(message)


def _raw_row(message: Message) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM notifications_message")
        return str(cursor.fetchall())
