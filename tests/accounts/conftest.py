"""Logging in as people do: the password, then the code that the outbox holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from redis import Redis

from accounts.models import User
from notifications.models import Message
from tests.factories import PASSWORD, UserFactory

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
WRONG_PASSWORD = "Ce-n-est-pas-2026-lui"


class Clock:
    """The time of the test. Redis ends its keys by its own clock, so `shift` takes the same time off their lives."""

    def __init__(self, coordinates: time_machine.Coordinates) -> None:
        self.coordinates = coordinates

    def shift(self, by: float | timedelta) -> None:
        """Forward by so many seconds."""
        seconds = by.total_seconds() if isinstance(by, timedelta) else by
        self.coordinates.shift(seconds)
        store = caches["default"]
        if isinstance(store, RedisCache):
            _age(store._cache.get_client(), seconds)


def _age(redis: Redis, seconds: float) -> None:
    for key in redis.scan_iter():
        left = redis.pttl(key)
        if left >= 0:  # -1: it never ends; an end in the past deletes it
            redis.pexpire(key, left - int(seconds * 1000))


@pytest.fixture
def clock() -> Iterator[Clock]:
    with time_machine.travel(NOW, tick=False) as coordinates:
        yield Clock(coordinates)


@pytest.fixture
def user(db: None) -> User:
    return UserFactory(email="claire@morel.example", first_name="Claire", last_name="Morel")


@pytest.fixture
def sms(settings) -> None:
    """A gateway is configured; nothing is sent as long as no worker runs."""
    settings.SMS_URL = "http://127.0.0.1:9/sms"


def give_password(client: Client, user: User | str, password: str = PASSWORD, **extra: str) -> HttpResponse:
    email = user if isinstance(user, str) else user.email
    headers = extra.pop("headers", {})
    return client.post(reverse("accounts:login"), {"email": email, "password": password, **extra}, headers=headers)


def last_code(to: str) -> str:
    """The code of the last message to somebody, read where a worker would find it."""
    messages = Message.objects.filter(to=to, dedupe_key__startswith="code:")
    assert messages, f"no code was sent to {to}"
    # By device and number: with a clock that stands still, many have the same time.
    message = max(messages, key=lambda one: [int(part) for part in one.dedupe_key.split(":")[1:]])
    found = re.search(r"\b\d{6}\b", message.secret or "")
    assert found, "no code in it"
    return found[0]


def codes_sent(**filters: str) -> int:
    return Message.objects.filter(content__private=True, dedupe_key__startswith="code:", **filters).count()


def give_code(client: Client, code: str, **extra: str) -> HttpResponse:
    return client.post(reverse("accounts:factor"), {"otp": code, **extra})


def other(code: str) -> str:
    """A code that is not `code`."""
    return f"{(int(code) + 1) % 10**6:06d}"


def halfway(user: User, **headers: str) -> Client:
    """A browser where the password was given, and the code sent."""
    client = Client(headers=headers)
    assert give_password(client, user)["Location"].startswith(reverse("accounts:factor"))
    assert client.get(reverse("accounts:factor")).status_code == 200
    return client


def logged_in(user: User, **extra: str) -> Client:
    """A browser where both steps were passed."""
    client = halfway(user)
    assert give_code(client, last_code(user.email), **extra).status_code == 302
    return client


def is_in(client: Client) -> bool:
    """Whether this browser may see a private page."""
    return client.get(reverse("accounts:security")).status_code == 200
