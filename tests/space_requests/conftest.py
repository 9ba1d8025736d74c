from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from tests.factories import UserFactory, sign_in
from tests.factories_requests import make_employer


@pytest.fixture(autouse=True)
def media(settings, tmp_path: Path) -> Path:
    """A storage of the test's own."""
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


@pytest.fixture
def employer(db: None) -> SimpleNamespace:
    """`user` of a company, its `member`, and a `client` signed in."""
    user, member = make_employer()
    client = Client()
    sign_in(client, user)
    client.get(f"/espace/{member.pk}/")  # the first visit writes down which company one works on
    return SimpleNamespace(user=user, member=member, client=client)


@pytest.fixture
def staff(db: None) -> Callable[..., Client]:
    """`staff(manager=True)`: a client signed in as somebody of the back office; `.user` is the person."""

    def make(**traits: Any) -> Client:
        client = Client()
        client.user = UserFactory(**(traits or {"manager": True}))
        sign_in(client, client.user)
        return client

    return make
