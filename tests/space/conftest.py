from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from membership.models import Member
from tests.factories_space import browser, make_manager, make_member

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday, ten o'clock in Paris


@pytest.fixture
def clock():
    with time_machine.travel(NOW) as traveller:
        yield traveller


@pytest.fixture
def member(db: None) -> Member:
    return make_member()


@pytest.fixture
def manager(member: Member) -> User:
    return make_manager(member)


@pytest.fixture
def client(manager: User) -> Client:
    """The browser of the person who manages `member`'s space."""
    return browser(manager)
