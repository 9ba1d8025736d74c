from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from core.models import AccessLink
from membership.models import Application
from membership.models.application import LINK
from tests.factories import make_operator

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday


@pytest.fixture
def operator(db) -> SimpleNamespace:
    """The zone, the centres, the doctors and this year's tariff."""
    return make_operator()


@pytest.fixture
def clock():
    """Monday 23 November 2026, ten o'clock in Paris; `clock.shift(...)` and `clock.move_to(...)` go on from there."""
    with time_machine.travel(NOW) as traveller:
        yield traveller


@pytest.fixture
def holder() -> Callable[..., Client]:
    """`holder(dossier)`: the browser of somebody who opened the personal link of these dossiers."""

    def make(*dossiers: Application, **options: bool) -> Client:
        client = Client(**options)
        for dossier in dossiers:
            _, token = AccessLink.issue(dossier, LINK, timedelta(days=90))
            client.get(reverse("membership:open", args=[token]))
        return client

    return make
