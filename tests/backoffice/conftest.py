from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from membership.models import Application
from tests.factories import UserFactory, make_operator, sign_in


@pytest.fixture
def operator(db: None) -> SimpleNamespace:
    return make_operator()


@pytest.fixture
def login(db: None) -> Callable[..., Client]:
    """`login(manager=True)` gives a client logged in as somebody of that group; `client.user` is the person."""

    def make(**traits: Any) -> Client:
        client = Client()
        client.user = UserFactory(**traits)
        sign_in(client, client.user)
        return client

    return make


@pytest.fixture
def manager(login: Callable[..., Client]) -> Client:
    return login(manager=True)


@pytest.fixture
def accountant(login: Callable[..., Client]) -> Client:
    return login(accountant=True)


def page(dossier: Application) -> str:
    return reverse("admin:membership_application_change", args=[dossier.pk])


def url(dossier: Application, verb: str, *more: Any) -> str:
    return reverse(f"admin:membership_application_{verb}", args=[dossier.pk, *more])


def post(client: Client, dossier: Application, verb: str, *more: Any, **data: Any) -> HttpResponse:
    """What a button does: the verb, with the version of the dossier that was on the page."""
    return client.post(url(dossier, verb, *more), {"version": dossier.version, **data})
