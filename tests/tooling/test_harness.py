"""The harness itself: servers answer and misbehave as the other tests rely on."""

import smtplib
import socket
import urllib.request
from email.message import EmailMessage

import psycopg
import pytest
import redis

from tests.harness import processes
from tests.harness.processes import answers, free_port
from tests.harness.smtp import DROP, TAKE_AND_DROP


def _mail(to: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", to, "Récépissé"
    message.set_content("Bonjour")
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="récépissé.pdf")
    return message


def _send(server, to: str) -> None:
    with smtplib.SMTP("127.0.0.1", server.port, timeout=5) as client:
        client.send_message(_mail(to))


def test_smtp_server_keeps_mails_and_gives_the_planned_answers(smtp_server):
    smtp_server.answer("451 4.3.0 Later", to="b@example.org")
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        _send(smtp_server, "b@example.org")
    _send(smtp_server, "b@example.org")
    [received] = smtp_server.wait_for(1, to="b@example.org")
    assert received.text.strip() == "Bonjour"
    assert received.attachments == {"récépissé.pdf": b"%PDF-"}


@pytest.mark.parametrize(("reply", "kept"), [(DROP, 0), (TAKE_AND_DROP, 1)])
def test_smtp_server_cuts_the_connection(smtp_server, reply, kept):
    smtp_server.answer(reply, at="DATA")
    with pytest.raises((smtplib.SMTPException, OSError)):
        _send(smtp_server, "c@example.org")
    assert len(smtp_server.messages) == kept
    _send(smtp_server, "c@example.org")


def test_broken_tcp_hangs_drops_and_refuses(broken_tcp):
    hanging = socket.create_connection(("127.0.0.1", broken_tcp("hang").port))
    hanging.settimeout(0.2)
    with pytest.raises(TimeoutError):
        hanging.recv(1)
    dropped = socket.create_connection(("127.0.0.1", broken_tcp("drop").port))
    assert dropped.recv(1) == b""
    assert not answers(broken_tcp("refuse").port)


def test_a_port_is_given_once_even_before_anyone_listens_there(monkeypatch):
    monkeypatch.setattr(processes, "PORTS", [free_port()] * 100)
    with pytest.raises(RuntimeError, match="No free port"):
        free_port()


def test_http_server_records_and_answers(http_server):
    http_server.answer(200, {"ok": True})
    with urllib.request.urlopen(f"{http_server.url}/a", data=b'{"to": "x"}') as response:
        assert response.read() == b'{"ok": true}'
    [asked] = http_server.asked
    assert (asked.method, asked.path, asked.json()) == ("POST", "/a", {"to": "x"})


@pytest.mark.process
def test_redis_server_stops_restarts_and_hangs(redis_server):
    client = redis.Redis.from_url(redis_server.url, socket_timeout=30)
    assert client.ping()
    redis_server.restart()
    assert client.ping()
    redis_server.hang()
    with pytest.raises(redis.TimeoutError):
        redis.Redis.from_url(redis_server.url, socket_timeout=0.3).ping()
    redis_server.resume()
    redis_server.stop()
    with pytest.raises(redis.ConnectionError):
        client.ping()


@pytest.mark.process
def test_postgres_server_restarts_with_its_data(postgres_server):
    url = postgres_server.create("kept")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept (n int)")
    postgres_server.restart()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    postgres_server.stop()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


@pytest.mark.browser
def test_browser_reaches_this_machine_only(new_page, http_server):
    http_server.answer(200, b"<title>Ici</title>", content_type="text/html")
    page = new_page(320)
    page.goto(http_server.url)
    assert page.title() == "Ici"
    with pytest.raises(Exception, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://guichet.example/")
