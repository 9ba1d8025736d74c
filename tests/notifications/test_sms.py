"""SMS through a real local HTTP gateway."""

from __future__ import annotations

import httpx
import pytest
from django.db import transaction

from notifications import sender, sms
from notifications.mail import Sms
from notifications.models import Message
from notifications.outbox import enqueue
from notifications.sms import SmsUnavailable, sms_available

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault("G13")]
State = Message.State
CODE = Sms("06 12 34 56 78", "Votre code est 481516", private=True)


@pytest.fixture
def gateway(http_server, settings, monkeypatch):
    settings.SMS_URL, settings.SMS_TOKEN = f"{http_server.url}/sms", "jeton"
    monkeypatch.setattr(sms, "TIMEOUT", httpx.Timeout(10))
    return http_server


def sent(message: Message) -> Message:
    sender.drain()
    message.refresh_from_db()
    return message


def test_an_sms_is_posted_with_its_token_and_its_row_as_its_id(post, gateway):
    gateway.answer(202)
    message = sent(post(CODE))
    [asked] = gateway.asked
    assert (asked.method, asked.path, asked.headers["Authorization"]) == ("POST", "/sms", "Bearer jeton")
    assert asked.json() == {"to": "+33612345678", "text": "Votre code est 481516", "id": str(message.pk)}
    assert (message.state, message.secret) == (State.SENT, None)


def test_an_sms_keeps_to_its_own_alphabet(post, gateway):
    """One character outside of GSM 03.38, and a part holds 70 of them instead of 160."""
    gateway.answer(202)
    sent(post(Sms("06 12 34 56 78", "Val d’Orge : reste 1\u202f240,00\u00a0EUR. Quoi ? Appelez\u00a0!"), key="k"))
    [asked] = gateway.asked
    assert asked.json()["text"] == "Val d'Orge : reste 1 240,00 EUR. Quoi ? Appelez !"


@pytest.mark.parametrize("status", [500, 503, 429, 401])
def test_a_gateway_in_trouble_is_tried_again_with_the_same_id(post, gateway, status, caplog):
    gateway.answer(status)
    message = sent(post(CODE))
    assert (message.state, message.ambiguous) == (State.RETRY, False)
    assert str(status) in message.error
    Message.objects.update(next_attempt_at=message.created_at)
    assert sent(message).state == State.SENT
    assert len({asked.json()["id"] for asked in gateway.asked}) == 1
    assert "481516" not in caplog.text + message.error


def test_a_gateway_that_hangs_may_have_sent_it(post, gateway, caplog, monkeypatch):
    monkeypatch.setattr(sms, "TIMEOUT", httpx.Timeout(0.5))
    gateway.hang()
    message = sent(post(CODE))
    assert (message.state, message.ambiguous) == (State.RETRY, True)
    assert "481516" not in caplog.text + message.error


@pytest.mark.parametrize("status", [400, 422])
def test_a_refused_number_is_a_failure_for_staff(post, gateway, status):
    gateway.answer(status)
    message = sent(post(CODE))
    assert message.state == State.FAILED
    assert str(status) in message.error


def test_a_gateway_that_is_down_is_asked_once_a_round(post, settings, broken_tcp):
    settings.SMS_URL = f"http://127.0.0.1:{broken_tcp('refuse').port}/"
    messages = [post(CODE, key=f"k{number}") for number in range(3)]
    sender.drain()
    assert sorted(Message.objects.values_list("attempts", flat=True)) == [0, 0, 1]
    assert len(messages) == 3


def test_without_a_gateway_no_sms_is_promised(dossier, settings, monkeypatch):
    settings.SMS_URL = ""
    monkeypatch.setattr(sms, "_deliver", None)
    assert not sms_available()
    with pytest.raises(SmsUnavailable), transaction.atomic():
        enqueue(CODE, about=dossier, dedupe_key="k")
    assert not Message.objects.exists()
