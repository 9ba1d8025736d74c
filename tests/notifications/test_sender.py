"""Sending against an SMTP server that misbehaves: what comes again, what is given up, what is said of it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from django.db import connection
from django.utils import timezone

from notifications import sender
from notifications.mail import Sms
from notifications.models import Message
from tests.harness.processes import free_port
from tests.harness.smtp import DROP, HANG, TAKE_AND_DROP

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault("G6")]
State = Message.State


def our_logs(caplog: pytest.LogCaptureFixture) -> str:
    """What we log, without what the SMTP server of the test says."""
    return "\n".join(str(vars(record)) for record in caplog.records if record.name.startswith("notifications"))


def due_now() -> None:
    """As if the time to wait had passed."""
    Message.objects.filter(state=State.RETRY).update(next_attempt_at=timezone.now())


def test_a_mail_with_its_pdf_is_sent_and_marked(post, smtp, bordereau):
    message = post("a@exemple.fr", attachments=[bordereau("PA-2026-000127")])
    sender.drain()
    message.refresh_from_db()
    [received] = smtp.messages
    assert (message.state, message.attempts, message.error, message.ambiguous) == (State.SENT, 1, "", False)
    assert message.sent_at is not None
    assert received.message["Message-ID"] == message.message_id
    assert received.message["Auto-Submitted"] == "auto-generated"
    assert received.attachments["PA-2026-000127.pdf"].startswith(b"%PDF")


@pytest.mark.parametrize(
    ("reply", "at", "ambiguous"),
    [
        ("451 4.3.0 Mailbox busy", "RCPT", False),
        ("421 4.7.0 Come back", "RCPT", False),
        ("451 4.3.0 Greylisted", "DATA", False),
        ("421 4.7.0 Come back", "DATA", False),
        (DROP, "RCPT", False),
        (HANG, "RCPT", False),
        (DROP, "DATA", True),
        (HANG, "DATA", True),
        (TAKE_AND_DROP, "DATA", True),
    ],
)
def test_a_temporary_failure_comes_again_whole_and_under_the_same_id(
    post, smtp, bordereau, reply, at, ambiguous, settings
):
    settings.EMAIL_TIMEOUT = 1 if reply == HANG else 30
    smtp.answer(reply, to="a@exemple.fr", at=at)
    message = post("a@exemple.fr", attachments=[bordereau("PA-1")])
    other = post("b@exemple.fr")
    sender.drain()
    message.refresh_from_db()
    other.refresh_from_db()
    assert (message.state, message.ambiguous) == (State.RETRY, ambiguous)
    assert message.error
    assert message.next_attempt_at > timezone.now()
    assert other.state == State.SENT  # nobody else is kept waiting
    due_now()
    sender.drain()
    message.refresh_from_db()
    assert (message.state, message.attempts, message.ambiguous) == (State.SENT, 2, ambiguous)
    received = smtp.to("a@exemple.fr")
    assert len(received) == (2 if reply == TAKE_AND_DROP else 1)
    assert {each.message["Message-ID"] for each in received} == {message.message_id}
    assert all(each.attachments["PA-1.pdf"].endswith(b"%%EOF\n") for each in received)


@pytest.mark.parametrize(("reply", "at"), [("550 5.1.1 No such user", "RCPT"), ("554 5.7.1 Refused", "DATA")])
def test_a_permanent_failure_is_shown_to_staff_and_logged_without_personal_data(post, smtp, reply, at, caplog):
    smtp.answer(reply, to="jeanne.morel@exemple.fr", at=at)
    message = post("jeanne.morel@exemple.fr", greeting="Bonjour Jeanne Morel,")
    sender.drain()
    message.refresh_from_db()
    assert message.state == State.FAILED
    assert reply[:3] in message.error
    [record] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert record.message_pk == message.pk
    assert "morel" not in our_logs(caplog).lower()
    due_now()
    sender.drain()
    assert len(smtp.attempts) == (1 if at == "RCPT" else 2)


def test_the_delay_grows_over_two_days_then_staff_are_told(post, smtp, caplog):
    total = sum(sender.DELAYS)
    assert sorted(sender.DELAYS) == sender.DELAYS
    assert timedelta(days=2) <= timedelta(seconds=total) <= timedelta(days=2.5)
    smtp.answer(*["451 4.3.0 Later"] * 20, to="a@exemple.fr")
    message = post("a@exemple.fr")
    waits = []
    while not waits or message.state == State.RETRY:
        before = timezone.now()
        sender.drain()
        message.refresh_from_db()
        if message.state == State.RETRY:
            waits.append(round((message.next_attempt_at - before).total_seconds() / 60))
        due_now()
    assert waits == [round(delay / 60) for delay in sender.DELAYS]
    assert message.state == State.FAILED
    assert "Abandon après 17 essais" in message.error
    assert "451" in message.error
    assert "ERROR" in [record.levelname for record in caplog.records]


def test_a_server_that_is_down_costs_one_attempt_and_holds_up_no_sms(post, smtp, http_server, settings):
    settings.SMS_URL = http_server.url
    smtp.stop()
    mails = [post(f"a{number}@exemple.fr") for number in range(5)]
    sms = post(Sms("0612345678", "Bonjour"), key="sms")
    sender.drain()
    sms.refresh_from_db()
    assert sms.state == State.SENT
    assert sorted(Message.objects.filter(channel="mail").values_list("attempts", flat=True)) == [0, 0, 0, 0, 1]
    smtp.start()
    due_now()
    sender.drain()
    assert len(smtp.messages) == len(mails)


class Strict:
    """A server that takes three mails a connection, then hangs up, as many do."""

    def __init__(self) -> None:
        self.mails: list[tuple[object, str]] = []

    async def handle_DATA(self, server, session, envelope) -> str:
        self.mails.append((session.peer, envelope.rcpt_tos[0]))
        if sum(peer == session.peer for peer, _ in self.mails) == 3:
            server.transport.write(b"250 OK\r\n")
            server.transport.close()
        return "250 OK"


def test_one_connection_serves_many_mails_and_is_opened_again_when_it_breaks(post, settings):
    handler, port = Strict(), free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        for number in range(8):
            post(f"a{number}@exemple.fr")
        sender.drain()
    finally:
        controller.stop()
    assert len(handler.mails) == len({address for _, address in handler.mails}) == 8
    assert len({peer for peer, _ in handler.mails}) == 3
    assert set(Message.objects.values_list("state", "attempts", "ambiguous")) == {(State.SENT, 1, False)}


@pytest.mark.fault("G12")
def test_a_pdf_that_cannot_be_made_yet_delays_its_mail_alone(post, smtp, bordereau, settings, tmp_path):
    media = settings.MEDIA_ROOT
    (tmp_path / "file").touch()
    settings.MEDIA_ROOT = tmp_path / "file" / "folder"  # cannot be made: writing fails
    message = post("a@exemple.fr", attachments=[bordereau("PA-1")])
    other = post("b@exemple.fr")
    sender.drain()
    message.refresh_from_db()
    other.refresh_from_db()
    assert (message.state, other.state) == (State.RETRY, State.SENT)
    assert "pièce jointe" in message.error
    settings.MEDIA_ROOT = media
    due_now()
    sender.drain()
    [received] = smtp.to("a@exemple.fr")
    assert received.attachments["PA-1.pdf"].startswith(b"%PDF")


def test_a_lost_file_or_a_bug_in_one_message_stops_no_other(post, smtp, bordereau, settings, caplog):
    document = bordereau("PA-1")
    post("a@exemple.fr", key="first", attachments=[document])
    sender.drain()
    document.refresh_from_db()
    Path(document.file.path).unlink()
    broken = post("a@exemple.fr", key="second", attachments=[document])
    malformed = post("c@exemple.fr")
    Message.objects.filter(pk=malformed.pk).update(content={})
    post("b@exemple.fr")
    sender.drain()
    broken.refresh_from_db()
    assert broken.state == State.RETRY
    assert len(smtp.to("b@exemple.fr")) == 1
    assert "exemple.fr" not in our_logs(caplog)


# --- Several at once ------------------------------------------------------------------------------------------------


@pytest.mark.fault("G4")
def test_workers_that_drain_together_send_each_row_once(post, smtp):
    messages = [post(f"a{number}@exemple.fr") for number in range(40)]
    start = threading.Barrier(4)

    def work(_: int) -> None:
        start.wait()
        try:
            sender.drain()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert sorted(received.recipients[0] for received in smtp.messages) == sorted(m.to for m in messages)
    assert set(Message.objects.values_list("state", "attempts")) == {(State.SENT, 1)}


@pytest.mark.fault("G4")
def test_a_row_read_before_another_worker_took_it_is_left_alone(post, smtp):
    message = post("a@exemple.fr")
    seen = Message.objects.prefetch_related("attached__document").get(pk=message.pk)
    sender.drain()
    assert list(sender._claimed([seen])) == []
    assert len(smtp.messages) == 1


@pytest.mark.fault("G7", "G8")
def test_a_dead_workers_row_is_taken_back_once_after_its_lease(post, smtp):
    message = post("a@exemple.fr")
    [claimed] = sender._claimed([message])  # and here the worker dies
    assert sender.release_stale() == 0
    later = timezone.now() + timedelta(seconds=sender.lease_seconds() + 1)
    start = threading.Barrier(2)

    def sweep(_: int) -> int:
        start.wait()
        try:
            return sender.release_stale(later)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(sweep, range(2))) == 1
    sender.drain()
    claimed.refresh_from_db()
    assert (claimed.state, claimed.ambiguous, claimed.attempts) == (State.SENT, True, 2)
    assert len(smtp.messages) == 1


@pytest.mark.fault("G7")
def test_a_row_that_kills_its_workers_is_given_up_in_the_end(post):
    message = post("a@exemple.fr")
    Message.objects.filter(pk=message.pk).update(
        state=State.SENDING, claimed_at=timezone.now(), next_attempt_at=None, attempts=len(sender.DELAYS) + 1
    )
    sender.release_stale(timezone.now() + timedelta(days=1))
    message.refresh_from_db()
    assert (message.state, message.ambiguous) == (State.FAILED, True)


@pytest.mark.fault("G7")
def test_a_slow_worker_that_lost_its_lease_still_marks_what_it_sent(post, smtp):
    message = post("a@exemple.fr")
    [claimed] = sender._claimed([message])
    sender.release_stale(timezone.now() + timedelta(seconds=sender.lease_seconds() + 1))
    sender._mark_sent(claimed)  # it had been sent after all
    sender.drain()
    assert smtp.messages == []
    message.refresh_from_db()
    assert message.state == State.SENT


def test_a_long_queue_wakes_one_more_worker_and_a_short_one_none(post, smtp, queue):
    for number in range(sender.BATCH + 1):
        post(f"a{number}@exemple.fr")
    waiting = queue()
    sender.drain()
    assert queue() == waiting + 1
    post("last@exemple.fr")
    waiting = queue()
    sender.drain()
    assert queue() == waiting
    assert len(smtp.messages) == sender.BATCH + 2


def test_a_mail_costs_few_queries_however_many_wait(post, smtp, django_assert_max_num_queries):
    for number in range(30):
        post(f"a{number}@exemple.fr")
    looks = 30 // sender.BATCH + 2  # for what is urgent, what is due and its attachments
    with django_assert_max_num_queries(2 * 30 + 3 * looks):
        sender.drain()


@pytest.mark.fault("G5")
def test_a_code_leaves_before_all_that_was_queued_before_it(post, smtp):
    for number in range(2 * sender.BATCH):
        post(f"lettre{number}@exemple.fr")
    post("code@exemple.fr", private_code="481516")
    sender.drain()
    assert len(smtp.messages) == 2 * sender.BATCH + 1
    assert smtp.messages[0].message["To"] == "code@exemple.fr"
