"""Logs: one JSON object a line, and nothing in it that a person typed, is or holds."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

import pytest
from celery import shared_task
from django.test import Client
from django.urls import reverse

from core.journal import Actor, record
from tests.factories import ApplicationFactory

TOKEN = "Jeton-secret-que-personne-ne-doit-lire-0123456789"
IBAN = "FR7630006000011234567890189"
logger = logging.getLogger("guichet.tests")


@pytest.mark.fault("F5")
@pytest.mark.django_db
def test_a_line_end_in_a_header_makes_no_second_line(log_lines):
    Client().get(
        "/sante/vivant/",
        HTTP_USER_AGENT='curl\r\n{"level": "CRITICAL", "event": "forged"}\n',
        HTTP_REFERER="http://x/\n\nforged",
    )
    assert log_lines.text.count("\n") == 1
    assert "forged" not in log_lines.text
    assert log_lines.entries[0]["route"] == "sante/vivant/"


@pytest.mark.fault("F5")
def test_a_line_end_in_an_extra_stays_inside_its_line(log_lines):
    logger.warning("something\nodd", extra={"row": "a\nb\u2028c\x85d"})
    assert len(log_lines.text.split("\n")) == 2  # the line and its end
    assert log_lines.entries[0]["row"] == "a\nb\u2028c\x85d"


@pytest.mark.fault("C5", "H4")
@pytest.mark.django_db
def test_the_access_log_names_the_route_and_never_the_path_the_query_or_the_body(log_lines):
    client = Client()
    client.get(reverse("membership:open", args=[TOKEN]), {"siret": IBAN})
    client.post(reverse("membership:way-back"), {"email": "claire.morel@morel.example"})
    client.get(f"/{TOKEN}/", {"q": IBAN})
    shown = [(entry.get("method"), entry.get("route"), entry.get("status")) for entry in log_lines.entries]
    assert ("GET", "adhesion/reprendre/<str:token>/", 404) in shown
    assert ("POST", "adhesion/reprendre/", 302) in shown
    assert ("GET", "-", 404) in shown
    for secret in (TOKEN, IBAN, "morel"):
        assert secret not in log_lines.text


@pytest.mark.fault("H4")
@pytest.mark.django_db
def test_an_exception_is_told_by_type_and_place_without_its_values(log_lines):
    try:
        raise ValueError(f"IBAN {IBAN} of Claire Morel")
    except ValueError:
        logger.exception("payment not read")
    entry = log_lines.entries[0]
    assert entry["error"] == "ValueError"
    assert "test_logs.py" in entry["where"]
    assert entry["event"] == "payment not read"
    assert IBAN not in log_lines.text
    assert "Morel" not in log_lines.text


@pytest.mark.fault("H4")
@pytest.mark.django_db
def test_a_page_that_breaks_logs_neither_its_path_nor_what_was_typed(log_lines, monkeypatch):
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError(f"broken with {IBAN}")

    monkeypatch.setattr("membership.entry_views.hit", broken)
    answer = Client(raise_request_exception=False).post(
        f"{reverse('membership:way-back')}?jeton={TOKEN}", {"email": "claire.morel@morel.example"}
    )
    assert answer.status_code == 500
    assert "RuntimeError" in {entry.get("error") for entry in log_lines.entries}
    for secret in (TOKEN, IBAN, "morel"):
        assert secret not in log_lines.text
        assert secret not in answer.content.decode().replace("claire.morel@morel.example", ""), "only the typed text"


@pytest.mark.fault("H4")
@pytest.mark.django_db
def test_the_journal_is_not_a_log(log_lines):
    dossier = ApplicationFactory()
    record(dossier, by=Actor("Claire Morel"), message="Document envoyé.", reason="Texte libre")
    assert log_lines.text == ""


def test_a_line_tells_when_how_bad_and_where(log_lines):
    logger.error("outbox stalled", extra={"rows": 3, "ok": False, "request": object(), "params": IBAN})
    entry = json.loads(log_lines.text)
    assert entry["level"] == "ERROR"
    assert entry["logger"] == "guichet.tests"
    assert (entry["rows"], entry["ok"]) == (3, False)
    assert datetime.fromisoformat(entry["at"]).tzinfo == UTC
    assert IBAN not in log_lines.text


def test_an_unknown_method_is_not_written_as_it_came(log_lines):
    Client().generic("EVIL\nX", "/sante/vivant/")
    assert log_lines.entries[-1]["method"] == "OTHER"


@pytest.mark.fault("H4")
def test_what_the_server_says_of_itself_is_told_and_no_address(log_lines):
    server = logging.getLogger("gunicorn.error")
    server.setLevel(logging.INFO)
    server.info("Listening at: %s (%s)", "http://127.0.0.1:8000", 7)
    server.critical("WORKER TIMEOUT (pid:%s)", 7)
    server.error("Error handling request %s %s", "GET", f"/admin/export.csv?q={IBAN}")
    server.warning("Nothing to add, 100% of it")
    assert [entry["event"] for entry in log_lines.entries] == [
        "Listening at: http://127.0.0.1:8000 (7)",
        "WORKER TIMEOUT (pid:7)",
        "Error handling request - -",
        "Nothing to add, 100% of it",
    ]


@pytest.mark.fault("H4")
def test_a_task_that_breaks_logs_its_name_and_not_what_its_exception_says(log_lines):
    @shared_task(name="guichet.tests.broken")
    def broken(iban: str) -> None:
        raise ValueError(f"IBAN {iban} of Claire Morel")

    assert broken.apply(args=[IBAN], throw=False).failed()
    (entry,) = [entry for entry in log_lines.entries if entry["logger"] == "celery.app.trace"]
    assert entry["event"].startswith("Task guichet.tests.broken[")
    assert entry["event"].endswith(" raised unexpected")
    assert entry["error"] == "ValueError"
    assert IBAN not in log_lines.text
    assert "Morel" not in log_lines.text


@pytest.mark.fault("H4")
def test_a_task_that_is_done_logs_its_name_and_not_what_it_gives(log_lines):
    @shared_task(name="guichet.tests.fine")
    def fine() -> str:
        return IBAN

    assert fine.apply().get() == IBAN
    (entry,) = [entry for entry in log_lines.entries if entry["logger"] == "celery.app.trace"]
    assert "guichet.tests.fine" in entry["event"]
    assert " succeeded in " in entry["event"]
    assert IBAN not in log_lines.text
