"""The client of the virus scanner, against a real clamd and against peers that are not well: E4."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

import pytest
from django.core.checks import run_checks

from core import alerts, scanner
from core.logs import JsonFormatter
from core.models import Finding
from documents import intake
from tests.documents import samples
from tests.documents.samples import EICAR, MARKER, pdf_bytes, photo, received, zipped
from tests.factories import UserFactory
from tests.harness.processes import wait_until

pytestmark = [pytest.mark.django_db, pytest.mark.fault("E4")]

WHOLE = 18 + len(EICAR)  # bytes of a command to scan it: its name, two lengths and itself
DEEP = zipped("deep.zip", zipped("eicar.com", EICAR))


@pytest.mark.process
def test_the_scanner_is_asked_over_tcp_and_by_its_socket(clamd, scanner_url) -> None:
    for url in (clamd.url, clamd.socket_url):
        scanner_url(url)
        assert scanner.answers()
        assert scanner.check(pdf_bytes("Kbis")) is True
        assert scanner.check(samples.heavy_pdf(9 * 1024 * 1024)) is True  # as large as is taken, in several pieces
        with pytest.raises(scanner.MalwareFound) as found:
            scanner.check(EICAR)
        assert found.value.signature == "Test.Eicar.UNOFFICIAL"


@pytest.mark.process
@pytest.mark.parametrize(
    ("data", "structurally_fine"),
    [
        pytest.param(EICAR, False, id="alone"),
        pytest.param(zipped("eicar.com", EICAR), False, id="zipped"),
        pytest.param(DEEP, False, id="zipped twice"),
        pytest.param(zipped("word/document.xml", EICAR), False, id="as a Word document"),
        pytest.param(samples.with_attachment(stored=True), False, id="attached to a PDF"),
        pytest.param(pdf_bytes("ok", MARKER.decode()), True, id="in a page of a PDF"),
        pytest.param(photo(comment=MARKER), True, id="in the comment of a photo"),
        pytest.param(photo() + EICAR, True, id="after a photo"),
    ],
)
def test_what_the_scanner_knows_does_not_come_in(clamd, settings, data: bytes, structurally_fine: bool) -> None:
    with pytest.raises(scanner.MalwareFound, match=r"programme malveillant \(Test\.") as found:
        intake.clean(received(data, "kbis.pdf"), may_wait=True)
    assert "envoyez un autre exemplaire" in str(found.value)
    finding = Finding.objects.get()
    assert (finding.signature, finding.size) == (found.value.signature, len(data))
    if structurally_fine:
        settings.SCANNER_URL = ""
        assert intake.clean(received(data)).pages  # it is the scanner alone that knows


@pytest.mark.process
def test_what_the_scanner_does_not_see_is_refused_for_what_it_is(clamd) -> None:
    """It does not see into a compressed attachment, so that no attachment is taken (E3)."""
    assert scanner.check(samples.with_attachment()) is True
    with pytest.raises(intake.UploadRefused, match="autre fichier joint"):
        intake.clean(received(samples.with_attachment()))


def _down(clamd, broken_tcp, talker, scanner_url, how: str) -> None:
    """Make the scanner unwell."""
    if how == "stopped":
        clamd.stop()
        return
    if how == "hung":
        clamd.hang()
        return
    peer = {
        "refuses": lambda: broken_tcp("refuse"),
        "accepts and says nothing": lambda: broken_tcp("hang"),
        "cuts at once": lambda: broken_tcp("drop"),
        "dies while it is sent to": lambda: talker([], read=100_000),
        "dies before the end of its answer": lambda: talker([b"stream: OK"], read=WHOLE),
        "answers something else": lambda: talker([b"HTTP/1.1 200 OK\r\n\r\n\0"], read=WHOLE),
        "answers nothing": lambda: talker([b"\0"], read=WHOLE),
        "says more than OK": lambda: talker([b"stream: OK but\0"], read=WHOLE),
        "has an error": lambda: talker([b"INSTREAM size limit exceeded. ERROR\0"], read=WHOLE),
        "never ends": lambda: talker(b"stream: OK" for _ in range(10_000)),
        "talks without end": lambda: talker([b"x" * 1_000_000]),
    }[how]()
    scanner_url(f"clamd://127.0.0.1:{peer.port}")


@pytest.fixture
def unwell(clamd, broken_tcp, talker, scanner_url, monkeypatch) -> Callable[[str], None]:
    monkeypatch.setattr(scanner, "SECONDS", 0.5)
    monkeypatch.setattr(scanner, "PING_SECONDS", 0.5)
    return lambda how: _down(clamd, broken_tcp, talker, scanner_url, how)


HOW = [
    *("stopped", "hung", "refuses", "accepts and says nothing", "cuts at once", "dies while it is sent to"),
    *("dies before the end of its answer", "answers something else", "answers nothing", "says more than OK"),
    *("has an error", "never ends", "talks without end"),
]


@pytest.mark.process
@pytest.mark.parametrize("how", HOW)
def test_a_scanner_that_is_not_well_has_said_nothing(unwell, how: str) -> None:
    unwell(how)
    for data in (EICAR, samples.heavy_pdf(2 * 1024 * 1024)):
        with pytest.raises(scanner.NoAnswer):
            scanner.check(data)
    assert not scanner.answers()
    assert not Finding.objects.exists()


@pytest.mark.process
def test_what_is_larger_than_the_scanner_takes_is_not_clean(clamd) -> None:
    with pytest.raises(scanner.NoAnswer):
        scanner.check(bytes(13 * 1024 * 1024))  # StreamMaxLength is 12


@pytest.mark.process
def test_a_host_name_that_is_not_there(scanner_url) -> None:
    scanner_url("clamd://scanner.invalid:3310")
    with pytest.raises(scanner.NoAnswer):
        scanner.check(b"x")


def test_a_socket_that_is_not_there(scanner_url, tmp_path) -> None:
    scanner_url(f"clamd://{tmp_path}/none.ctl")
    with pytest.raises(scanner.NoAnswer):
        scanner.check(b"x")


def test_after_a_failure_pages_do_not_wait_for_the_scanner_again(broken_tcp, scanner_url, monkeypatch) -> None:
    """Twenty files of one form would wait twenty times."""
    monkeypatch.setattr(scanner, "REST", 600.0)
    monkeypatch.setattr(scanner, "SECONDS", 0.2)
    peer = broken_tcp("hang")
    scanner_url(f"clamd://127.0.0.1:{peer.port}")
    for _ in range(5):
        with pytest.raises(scanner.NoAnswer):
            scanner.check(b"x")
    wait_until(lambda: peer.connections == 1)


@pytest.mark.process
def test_a_scanner_that_is_back_is_asked_at_once(clamd, monkeypatch) -> None:
    monkeypatch.setattr(scanner, "_away_until", float("inf"))
    with pytest.raises(scanner.NoAnswer):
        scanner.check(EICAR)
    assert scanner.answers()
    with pytest.raises(scanner.MalwareFound):
        scanner.check(EICAR)


def test_the_name_of_a_signature_is_nothing_but_a_name(talker, scanner_url) -> None:
    peer = talker([b"stream: <b>Win.Test\r\n\xe9 x</b> FOUND\0".replace(b"\r\n", b" ")], read=19)
    scanner_url(f"clamd://127.0.0.1:{peer.port}")
    with pytest.raises(scanner.MalwareFound) as found:
        scanner.check(b"x")
    assert found.value.signature == "bWin.Testx/b"


def test_without_a_scanner_nothing_is_said_to_be_scanned(settings) -> None:
    assert settings.SCANNER_URL == ""
    assert scanner.check(EICAR) is False
    assert intake.clean(received(pdf_bytes())).scanned is False


@pytest.mark.process
def test_the_log_says_what_was_found_and_nobodys_name(clamd, caplog) -> None:
    with caplog.at_level(logging.WARNING), pytest.raises(scanner.MalwareFound):
        intake.clean(received(EICAR, "Claire Morel.pdf"), subject=UserFactory(email="claire.morel@exemple.fr"))
    [line] = [json.loads(JsonFormatter().format(record)) for record in caplog.records if record.name == "core.scanner"]
    assert line["signature"] == "Test.Eicar.UNOFFICIAL"
    assert not any(word in json.dumps(line).lower() for word in ("claire", "morel"))


def test_staff_are_told_at_the_top_of_their_home_page(client) -> None:
    manager, nobody = UserFactory(manager=True), UserFactory()
    Finding.note("Win.Test", size=1, sha256="0" * 64)
    [alert] = [alert for alert in alerts.may_see(manager) if alert.slug == "malware"]
    assert alert.rows().count() == 1
    assert alert.words(1) == "1 fichier malveillant refusé ces 7 derniers jours"
    assert "malware" not in {alert.slug for alert in alerts.may_see(nobody)}


def test_a_deployment_without_a_scanner_is_warned(settings) -> None:
    settings.DEMO = False

    def warned() -> bool:
        return "core.W001" in {message.id for message in run_checks(include_deployment_checks=True)}

    assert warned()
    settings.SCANNER_URL = "clamd://scanner:3310"
    assert not warned()
