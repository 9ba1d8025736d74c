"""Real worker processes: they send what the web wrote, survive a kill -9 and a broker that is away."""

from __future__ import annotations

import contextlib
import os
import random
import signal
from collections import defaultdict
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

from notifications import sender, wake
from notifications.mail import Mail
from notifications.models import Message
from notifications.outbox import enqueue
from notifications.wake import nudge
from tests.harness.processes import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.process]
State = Message.State


def enqueue_many(dossier, count: int, attachments=()) -> list[Message]:
    with transaction.atomic():
        return [
            enqueue(
                Mail(f"a{number}@exemple.fr", "Objet", "Titre", attachments=attachments),
                about=dossier,
                dedupe_key=f"k{number}",
            )
            for number in range(count)
        ]


def all_sent() -> bool:
    return not Message.objects.exclude(state=State.SENT).exists()


@pytest.mark.req("M-09")
@pytest.mark.usefixtures("patient")
def test_a_worker_sends_what_a_commit_announced(post, worker, smtp_server, bordereau):
    worker(EMAIL_URL=smtp_server.url)
    post("a@exemple.fr", attachments=[bordereau("PA-1")])
    [received] = smtp_server.wait_for(1)
    assert received.attachments["PA-1.pdf"].startswith(b"%PDF")
    wait_until(all_sent)


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.fault("G7")
def test_ten_kills_lose_nothing_and_duplicates_share_their_message_id(
    dossier, worker, smtp_server, redis_server, broker_at
):
    """Nine times its child processes, once the whole worker, each while it sends."""
    broker_at(redis_server.url)
    env = {"pool": "prefork", "BROKER_URL": redis_server.url, "EMAIL_URL": smtp_server.url}
    messages = enqueue_many(dossier, 300)
    dice = random.Random(7)
    running = worker(**env)
    for kill in range(10):
        nudge()
        # A moment in the middle of the work, another one each time.
        smtp_server.wait_for(len(smtp_server.messages) + dice.randint(1, 12))
        if kill == 5:
            running.kill()
            running = worker(**env)
        else:
            for child in children(running.pid):
                with contextlib.suppress(ProcessLookupError):  # it ended meanwhile
                    os.kill(child, signal.SIGKILL)
        assert not all_sent()

    def finished() -> bool:
        if Message.objects.filter(state__in=Message.WAITING).exists():
            nudge()  # one may be lost, and there is no sweep here
            return False
        # What the dead held comes back after its lease, whose end the sweep is told here.
        if sender.release_stale(timezone.now() + timedelta(seconds=sender.lease_seconds() + 60)):
            nudge()
        return all_sent()

    nudge()
    wait_until(finished, timeout=60)
    received = defaultdict(list)
    for mail in smtp_server.messages:
        received[mail.recipients[0]].append(mail.message["Message-ID"])
    twice = {address for address, ids in received.items() if len(ids) > 1}
    assert set(received) == {message.to for message in messages}
    assert all(len(set(ids)) == 1 for ids in received.values())
    # Staff can see each mail that somebody may have got twice.
    assert twice <= set(Message.objects.filter(ambiguous=True).values_list("to", flat=True))


@pytest.mark.fault("G4", "G5", "G8")
def test_two_beats_and_two_workers_send_each_mail_whose_nudge_was_lost_once(
    dossier, worker, beat, smtp_server, redis_server, broker_at, broken_tcp, bordereau
):
    broker_at(f"redis://127.0.0.1:{broken_tcp('refuse').port}")
    messages = enqueue_many(dossier, 100, [bordereau("PA-1")])
    env = {"BROKER_URL": redis_server.url, "EMAIL_URL": smtp_server.url, "OUTBOX_SWEEP_SECONDS": "0.5"}
    workers = [worker(**env), worker(**env)]
    for _ in range(2):
        beat(**env)
    smtp_server.wait_for(len(messages), timeout=60)
    wait_until(all_sent)
    addresses = [received.recipients[0] for received in smtp_server.messages]
    assert sorted(addresses) == sorted(message.to for message in messages)
    assert set(Message.objects.values_list("attempts", "ambiguous")) == {(1, False)}
    for process in workers:
        wait_until(lambda process=process: "succeeded" in process.output)


@pytest.mark.fault("G5")
@pytest.mark.timeout(30, func_only=True)  # a publish without time-outs of its own is frozen for longer
@pytest.mark.parametrize("mode", ["refuse", "hang", "drop"])
def test_a_broker_that_is_away_neither_fails_nor_holds_up_the_request(post, broker_at, broken_tcp, mode):
    broker = broken_tcp(mode)
    broker_at(f"redis://127.0.0.1:{broker.port}")
    message = post("a@exemple.fr")
    message.refresh_from_db()
    assert message.state == State.QUEUED
    # One try, of at most two steps (connect, then ask), each cut after TIMEOUT: well under the two seconds of G5.
    expected = 0 if mode == "refuse" else 1
    wait_until(lambda: broker.connections == expected)
    assert 2 * wake.TIMEOUT < 1


@pytest.mark.fault("G5")
def test_redis_hung_down_and_back_everything_is_sent_in_the_end(post, worker, smtp_server, redis_server, broker_at):
    broker_at(redis_server.url)
    running = worker(BROKER_URL=redis_server.url, EMAIL_URL=smtp_server.url)
    post("before@exemple.fr")
    wait_until(lambda: smtp_server.messages or nudge())

    redis_server.hang()
    post("hung@exemple.fr")
    redis_server.resume()

    redis_server.stop()
    post("down@exemple.fr")
    redis_server.start()
    post("after@exemple.fr")  # the worker has found Redis again, and what was left goes with it
    wait_until(lambda: all_sent() or nudge())
    assert all(smtp_server.to(f"{who}@exemple.fr") for who in ("hung", "down", "after"))
    assert len(smtp_server.messages) == 4
    assert running.alive
