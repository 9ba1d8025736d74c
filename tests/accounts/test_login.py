"""Logging in to the back office (the second step comes with the portals)."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


def log_in(client: Client, user: User, **extra: str):
    return client.post(reverse("admin:login"), {"username": user.email, "password": PASSWORD, **extra})


@pytest.mark.fault("D5")
@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "///evil.example",
    ],
)
def test_login_leads_nowhere_but_to_this_site(elsewhere):
    answer = log_in(Client(), UserFactory(reader=True), next=elsewhere)
    assert answer.status_code == 302
    assert "evil" not in answer["Location"]
    assert "javascript" not in answer["Location"]
    assert answer["Location"].startswith("/")


@pytest.mark.fault("D5")
def test_login_leads_back_to_the_page_that_asked():
    wanted = reverse("admin:index") + "?file=check"
    assert log_in(Client(), UserFactory(reader=True), next=wanted)["Location"] == wanted


def test_an_employer_with_an_account_does_not_enter_the_back_office():
    client = Client()
    answer = log_in(client, UserFactory())
    assert answer.status_code == 200
    assert "_auth_user_id" not in client.session


@pytest.mark.fault("B14")
def test_the_session_key_changes_with_the_login():
    client = Client()
    client.get(reverse("admin:login"))
    before = client.session.session_key
    log_in(client, UserFactory(reader=True))
    assert client.session.session_key != before


def test_the_address_is_known_whatever_its_capitals():
    user = UserFactory(reader=True, email="Nadia.Benali@Guichet.example")
    assert user.email == "nadia.benali@guichet.example"
    assert Client().login(email="NADIA.benali@guichet.example", password=PASSWORD)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("NADIA.BENALI@GUICHET.EXAMPLE")


@pytest.mark.fault("D6")
@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "", "a b"])
def test_an_unknown_host_is_refused_in_french(host):
    answer = Client().get("/adhesion/", HTTP_HOST=host)
    assert answer.status_code == 400
    assert 'lang="fr"' in answer.content.decode()


@pytest.mark.fault("B2", "B3")
def test_ten_wrong_passwords_close_the_door_whatever_the_header_says():
    user, client = UserFactory(reader=True), Client()
    for number in range(10):
        data = {"username": user.email.upper(), "password": f"faux-{number}"}
        answer = client.post(reverse("admin:login"), data, headers={"X-Forwarded-For": f"10.0.0.{number}"})
        assert answer.status_code == 200
    answer = log_in(client, user)
    assert answer.status_code == 429
    assert "Trop d’essais" in answer.content.decode()
    assert log_in(Client(REMOTE_ADDR="192.0.2.9"), UserFactory(reader=True)).status_code == 302


@pytest.mark.fault("A9")
def test_somebody_disabled_is_out_at_the_next_click():
    user, client = UserFactory(manager=True), Client()
    log_in(client, user)
    assert client.get(reverse("admin:index")).status_code == 200
    User.objects.filter(pk=user.pk).update(is_active=False)
    answer = client.get(reverse("admin:index"))
    assert answer.status_code == 302
    assert reverse("admin:login") in answer["Location"]
