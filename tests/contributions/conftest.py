from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from contributions.forms import SimulationForm
from contributions.models import Declaration
from core.wizard import FINGERPRINT
from tests.factories import EmployeeFactory, MemberFactory, UserFactory, give_access, sign_in
from tests.factories_contributions import CampaignFactory, DeclarationFactory

NOW = datetime(2027, 1, 12, 9, 0, tzinfo=UTC)
LAST_YEAR = datetime(2026, 1, 20, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _simulation_is_written() -> None:
    """It is written once a process: the page that does it would have its form in the context too, before its own."""
    SimulationForm.blank()


@pytest.fixture
def clock():
    """Tuesday 12 January 2027, ten o'clock in Paris: the campaign is open, the deadline is 28 February."""
    with time_machine.travel(NOW) as traveller:
        yield traveller


@pytest.fixture
def campaign(db, clock):
    return CampaignFactory(year=2027)


@pytest.fixture
def member(db, clock):
    return MemberFactory(left_on=None)


def people(member: Any, **categories: int) -> list[Any]:
    """`people(member, SI=2, SIR=1)`: employees there since 2020."""
    return [
        EmployeeFactory(establishment=member.establishment, monitoring=category, hired_on=date(2020, 3, 1))
        for category, count in categories.items()
        for _ in range(count)
    ]


@pytest.fixture
def declarer(member) -> SimpleNamespace:
    """Somebody who declares for `member`: `.user`, `.client`."""
    return logged_in(member, "declares")


def logged_in(member: Any, *rights: str, user: User | None = None, **options: Any) -> SimpleNamespace:
    user = user or UserFactory()
    give_access(user, member, *(rights or ("",)))
    client = Client(**options)
    sign_in(client, user)
    return SimpleNamespace(user=user, client=client)


def url(name: str, declaration: Declaration, *args: Any) -> str:
    return reverse(f"contributions:{name}", args=[declaration.member_id, declaration.pk, *args])


SIGNER = {
    "signer_last_name": "Morel",
    "signer_first_name": "Claire",
    "signer_function": "Gérante",
    "signer_email": "claire.morel@morel.example",
    "certified": "on",
}


def press(client: Client, declaration: Declaration, step: str, action: str = "next", **typed: str) -> Any:
    """Press a button of a step as a browser does: with what the page held and what was typed since."""
    page = client.get(url("step", declaration, step))
    held = {FINGERPRINT: page.context["fingerprint"]} if page.context else {}
    if page.context and hasattr(page.context["form"], "shown"):
        held["shown"] = page.context["form"].shown
    return client.post(url("step", declaration, step), {**held, **typed, "action": action})


@pytest.fixture
def declare(campaign, member) -> Callable[..., Declaration]:
    """`declare(SI=2)`: last year's declaration of `member` validated with these, and this year's draft."""

    def make(**categories: int) -> Declaration:
        people(member, **categories)
        with time_machine.travel(LAST_YEAR):
            CampaignFactory(year=2026)
            DeclarationFactory(validated=True, member=member, campaign__year=2026)
        return DeclarationFactory(member=member, campaign=campaign)

    return make


@pytest.fixture
def draft(campaign, member) -> Declaration:
    people(member, SI=2, SIR=1)
    return DeclarationFactory(campaign=campaign, member=member)
