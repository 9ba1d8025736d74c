"""Twenty times « renvoyer »: what an SMTP server and an SMS gateway really get, from a real worker (B11)."""

from __future__ import annotations

import pytest
from django.test import Client

from notifications.models import Message
from notifications.wake import nudge
from tests.accounts.conftest import give_password
from tests.accounts.test_reset import ask
from tests.factories import UserFactory
from tests.harness.processes import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.process, pytest.mark.fault("B11")]
FACTOR = "/connexion/code/"
TIMES = 20


def ask_for_a_code(user, **headers: str) -> None:
    """From a browser of its own, so that the minute between two codes of one browser holds nobody up."""
    client = Client(headers=headers)
    give_password(client, user)
    client.get(FACTOR)


def all_sent() -> bool:
    """Nothing waits any more: what has not come will not come. A nudge that a busy machine lost is given again."""
    nudge()
    return not Message.objects.exclude(state=Message.State.SENT).exists()


def test_a_mailbox_gets_no_more_mails_than_the_caps_of_its_account_and_of_its_address(worker, smtp_server):
    claire, paul = UserFactory(email="claire@morel.example"), UserFactory(email="paul@morel.example")
    worker(EMAIL_URL=smtp_server.url)
    for _ in range(TIMES):
        ask_for_a_code(claire)
        ask(paul.email)
    ask_for_a_code(paul)
    wait_until(all_sent)
    codes = smtp_server.to(claire.email)
    assert len(codes) == 10, "codes for an account, in an hour"
    assert len({mail.text for mail in codes}) == 10, "each another one: none came twice"
    assert len(smtp_server.to(paul.email)) == 5 + 1, "links for an address, and his code: Claire's count is not his"
    assert len(smtp_server.messages) == 16


def test_one_place_gets_no_more_than_its_cap_whoever_it_writes_to(worker, smtp_server):
    worker(EMAIL_URL=smtp_server.url)
    for number, user in enumerate(UserFactory.create_batch(65)):
        ask_for_a_code(user, **{"X-Forwarded-For": f"10.0.0.{number}"})
    wait_until(all_sent)
    assert len(smtp_server.messages) == 60
    assert len({recipient for mail in smtp_server.messages for recipient in mail.recipients}) == 60


def test_one_number_gets_no_more_sms_than_its_cap_whoever_asks(worker, smtp_server, http_server, settings):
    settings.SMS_URL = http_server.url  # in this process, which offers the way
    worker(EMAIL_URL=smtp_server.url, SMS_URL=http_server.url)
    for user in UserFactory.create_batch(4, phone="+33612345678"):
        for _ in range(TIMES // 4):
            ask_for_a_code(user)
    wait_until(all_sent)
    assert [request.json()["to"] for request in http_server.asked] == ["+33612345678"] * 5
