"""The one door: the same for everybody, silent about who has an account, closed after too many tries."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth import hashers
from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from core.models import AccessLink
from notifications.models import Message
from tests.accounts.conftest import (
    WRONG_PASSWORD,
    give_code,
    give_password,
    halfway,
    is_in,
    last_code,
    logged_in,
)
from tests.factories import PASSWORD, UserFactory, sign_in
from tests.harness.hashers import QuickHasher

pytestmark = pytest.mark.django_db
LOGIN = "/connexion/"


def bare(page: str, *typed: str) -> str:
    """A page without what differs from one showing to the next: the form's token, and what was typed."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", page)
    for text in typed:
        page = page.replace(text, "")
    return page


# --- One door -----------------------------------------------------------------------------------------------------


@pytest.mark.req("X-02", "X-03", "A-02")
def test_the_page_asks_for_the_address_and_the_password():
    page = Client().get(LOGIN).content.decode()
    for words in ("<h1>Bienvenue</h1>", "Identifiant", "Mot de passe", "Connexion", "Mot de passe oublié"):
        assert words in page


@pytest.mark.fault("B2")
def test_the_back_office_has_no_door_of_its_own():
    answer = Client().get("/admin/")
    assert answer["Location"] == f"{LOGIN}?next=/admin/"
    answer = Client().get("/admin/login/?next=/admin/core/")
    assert answer["Location"] == f"{LOGIN}?next=/admin/core/"
    user = UserFactory(superuser=True)
    client = Client()
    client.post("/admin/login/", {"username": user.email, "password": PASSWORD})
    assert "_auth_user_id" not in client.session


@pytest.mark.fault("B15")
def test_the_back_office_has_no_other_way_to_change_a_password():
    client = logged_in(UserFactory(superuser=True))
    assert client.get("/admin/password_change/")["Location"] == reverse("accounts:security")
    client.post("/admin/password_change/", {"old_password": PASSWORD, "new_password1": "x", "new_password2": "x"})
    assert client.get("/admin/password_change/done/")["Location"] == reverse("accounts:security")


def test_an_employer_with_an_account_does_not_enter_the_back_office(user):
    client = logged_in(user)
    assert client.get("/admin/").status_code == 403


@pytest.mark.parametrize(("traits", "page"), [({"reader": True}, "/admin/"), ({}, "/espace/")])
def test_everybody_arrives_at_home(traits, page):
    user = UserFactory(**traits)
    answer = give_code(halfway(user), last_code(user.email))
    assert answer["Location"] == page


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
def test_login_leads_nowhere_but_to_this_site(user, elsewhere):
    client = Client()
    assert "evil" not in bare(client.get(LOGIN, {"next": elsewhere}).content.decode())
    assert give_password(client, user, next=elsewhere)["Location"] == reverse("accounts:factor")
    client.get(reverse("accounts:factor"), {"next": elsewhere})
    assert give_code(client, last_code(user.email), next=elsewhere)["Location"] == "/espace/"
    assert client.get(LOGIN, {"next": elsewhere})["Location"] == "/espace/", "nor for who is in already"


@pytest.mark.fault("D5", "B8")
def test_login_leads_back_to_the_page_that_asked():
    user, client, wanted = UserFactory(reader=True), Client(), "/admin/?vue=toutes"
    page = client.get(wanted, follow=True)
    assert f'name="next" value="{wanted}"' in page.content.decode()
    answer = give_password(client, user, next=wanted)
    page = client.get(answer["Location"])
    assert f'name="next" value="{wanted}"' in page.content.decode()
    assert give_code(client, last_code(user.email), next=wanted)["Location"] == wanted


def test_who_sends_a_form_after_the_end_of_the_session_comes_back_to_the_form(user):
    client = Client()
    form = f"http://testserver{reverse('accounts:change-email')}?x=1"
    answer = client.post(reverse("accounts:change-email"), {"email": "a@b.fr"}, headers={"Referer": form})
    assert answer["Location"] == f"{LOGIN}?next=/compte/securite/adresse/%3Fx%3D1"
    answer = client.post(reverse("accounts:change-email"), {}, headers={"Referer": "http://evil.example/x"})
    assert "evil" not in answer["Location"]


# --- Silence ------------------------------------------------------------------------------------------------------


@pytest.mark.fault("B1")
def test_an_unknown_address_a_wrong_password_and_a_closed_account_get_the_same_answer(user):
    UserFactory(email="ancien@morel.example", is_active=False)
    User.objects.create_user("invitee@morel.example")  # has not chosen a password yet
    answers = []
    for email in ("claire@morel.example", "personne@morel.example", "ancien@morel.example", "invitee@morel.example"):
        password = PASSWORD if email == "ancien@morel.example" else WRONG_PASSWORD
        answer = give_password(Client(), email, password)
        answers.append((answer.status_code, bare(answer.content.decode(), email)))
    assert answers[0][0] == 422
    assert len(set(answers)) == 1
    assert WRONG_PASSWORD not in answers[0][1]


@pytest.fixture
def hashes(monkeypatch) -> list[int]:
    """The rounds of each password hash that is made."""
    made: list[int] = []
    real = hashers.pbkdf2

    def pbkdf2(password: str, salt: str, iterations: int, **kwargs: object) -> bytes:
        made.append(iterations)
        return real(password, salt, iterations, **kwargs)

    monkeypatch.setattr(hashers, "pbkdf2", pbkdf2)
    return made


@pytest.mark.fault("B1")
def test_one_hash_is_made_whoever_it_is(user, hashes):
    """What takes the time is the hash: known or not, right or wrong, there is one (no test measures a time)."""
    UserFactory(email="ancien@morel.example", is_active=False)
    User.objects.create_user("invitee@morel.example")
    hashes.clear()
    for email in ("claire@morel.example", "personne@morel.example", "ancien@morel.example", "invitee@morel.example"):
        give_password(Client(), email, WRONG_PASSWORD)
        assert len(hashes) == 1, email
        assert hashes.pop() == QuickHasher.iterations, "of the same length"
    give_password(Client(), user)
    assert len(hashes) == 1


@pytest.mark.fault("B1")
def test_known_and_unknown_cost_the_same_queries(user):
    def asked(email: str) -> list[str]:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            give_password(Client(), email, WRONG_PASSWORD)
        return [re.sub(r"'[^']*'", "?", query["sql"]) for query in queries]

    assert asked("claire@morel.example") == asked("personne@morel.example")


@pytest.mark.parametrize("remembered", [False, True])
def test_logging_in_costs_one_hash_and_six_queries(user, hashes, remembered):
    browser = logged_in(user, remember="on")
    client = Client()
    if remembered:
        client.cookies = browser.cookies
        del client.cookies["session"]
    hashes.clear()
    with CaptureQueriesContext(connection) as queries:
        answer = give_password(client, user)
    assert answer.status_code == 302
    assert (answer["Location"] == "/espace/") is remembered
    told = [query["sql"] for query in queries if not re.match("(RELEASE )?SAVEPOINT|BEGIN|COMMIT", query["sql"])]
    assert len(told) <= 6, "\n".join(told)
    assert len(hashes) == 1


# --- Too many tries -----------------------------------------------------------------------------------------------


@pytest.mark.fault("B2", "B3")
@pytest.mark.parametrize("known", [True, False])
def test_six_wrong_passwords_close_the_account_whatever_the_header_says(user, known):
    email, client = user.email if known else "personne@morel.example", Client()
    for number in range(6):
        address = email.upper() if number % 2 else email
        answer = give_password(client, address, f"faux-{number}", headers={"X-Forwarded-For": f"10.0.0.{number}"})
        assert answer.status_code == 422
    answer = give_password(Client(REMOTE_ADDR="203.0.113.7"), email, headers={"X-Forwarded-For": "10.9.9.9"})
    assert answer.status_code == 429
    assert "Trop d’essais" in answer.content.decode()
    assert reverse("accounts:forgotten") in answer.content.decode()
    other_person = UserFactory()
    assert give_password(Client(), other_person).status_code == 302


@pytest.mark.fault("B2", "B3")
def test_thirty_wrong_passwords_close_the_door_to_an_address(user):
    for number in range(30):
        answer = give_password(
            Client(), f"essai{number}@morel.example", "x", headers={"X-Forwarded-For": f"10.0.0.{number}"}
        )
        assert answer.status_code == 422
    assert give_password(Client(), user, headers={"X-Forwarded-For": "10.9.9.9"}).status_code == 429
    assert give_password(Client(REMOTE_ADDR="203.0.113.7"), user).status_code == 302


def test_good_logins_are_not_counted(user):
    for _ in range(35):
        assert give_password(Client(), user).status_code == 302
    for _ in range(5):
        give_password(Client(), user, WRONG_PASSWORD)
    assert give_password(Client(), user).status_code == 302
    assert give_password(Client(), user, WRONG_PASSWORD).status_code == 422, "the count begins again"


@pytest.mark.fault("B2")
def test_a_quarter_of_an_hour_opens_the_door_again(user, clock):
    for _ in range(7):
        give_password(Client(), user, WRONG_PASSWORD)
    clock.shift(899)
    assert give_password(Client(), user).status_code == 429
    clock.shift(2)
    assert give_password(Client(), user).status_code == 302


# --- The session --------------------------------------------------------------------------------------------------


@pytest.mark.fault("B14")
def test_the_session_key_changes_at_each_step_and_dies_with_the_logout(user):
    client = Client()
    keys = []
    for step in (
        lambda: give_password(client, user),
        lambda: give_code(client, last_code(user.email)),
    ):
        step()
        client.get(reverse("accounts:factor"))
        keys.append(client.session.session_key)
    assert keys[0] != keys[1]
    assert not Session.objects.filter(pk=keys[0]).exists(), "the half-open session is gone"
    give_password(client, user)
    assert client.session.session_key != keys[1], "a new login is a new session"
    thief = Client()
    client = logged_in(user)
    thief.cookies["session"] = client.cookies["session"].value
    assert is_in(thief)
    answer = client.post(reverse("accounts:logout"))
    assert "Vous êtes déconnecté" in client.get(answer["Location"]).content.decode()
    assert not is_in(thief)
    assert not is_in(client)


@pytest.mark.fault("B14")
def test_a_session_laid_out_by_somebody_else_is_not_taken_over(user):
    """A thief who plants his own session in a browser does not find its owner logged in there."""
    stranger = logged_in(UserFactory())
    planted = stranger.cookies["session"].value
    victim = Client()
    victim.cookies["session"] = planted
    give_password(victim, user)
    assert victim.cookies["session"].value != planted
    assert not is_in(stranger)


@pytest.mark.fault("A10")
def test_logging_out_is_a_post(user):
    client = logged_in(user)
    assert client.get(reverse("accounts:logout")).status_code == 405
    assert is_in(client)
    assert Client().post(reverse("accounts:logout")).status_code == 302
    staff = logged_in(UserFactory(superuser=True))
    assert staff.post(reverse("admin:logout"))["Location"] == reverse("accounts:logged-out")
    assert not is_in(staff)


def test_who_is_asking_is_read_with_the_device_that_let_him_in(client, user):
    sign_in(client, user)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(reverse("accounts:security")).status_code == 200
    [who] = [
        query["sql"] for query in queries if 'FROM "accounts_user"' in query["sql"] or "codedevice" in query["sql"]
    ]
    assert '"accounts_codedevice"' in who
    assert '"accounts_user"' in who


@pytest.mark.fault("A9")
def test_somebody_disabled_is_out_at_the_next_click(user):
    one, two = logged_in(user), halfway(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    for client in (one, two):
        answer = client.get(reverse("accounts:security"))
        assert answer["Location"].startswith(LOGIN)
        assert client.get(reverse("accounts:factor"))["Location"].startswith(LOGIN)
    assert give_password(Client(), user).status_code == 422


@pytest.mark.fault("D7")
def test_no_page_that_names_somebody_is_kept_by_the_browser(user):
    client = logged_in(user)
    for page in (reverse("accounts:security"), "/adhesion/", reverse("accounts:forgotten")):
        answer = client.get(page)
        assert "Claire Morel" in answer.content.decode()
        assert "no-store" in answer["Cache-Control"], page
    assert "no-store" not in client.get("/brand.css")["Cache-Control"]
    assert "no-store" not in Client().get("/adhesion/").get("Cache-Control", "")


def test_the_address_is_known_whatever_its_capitals():
    user = UserFactory(reader=True, email="Nadia.Benali@Guichet.example")
    assert user.email == "nadia.benali@guichet.example"
    assert give_password(Client(), "NADIA.benali@guichet.example").status_code == 302
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("NADIA.BENALI@GUICHET.EXAMPLE")


@pytest.mark.fault("F4")
@pytest.mark.parametrize("email", ["", "a", "a@b.fr\x00", "é" * 300 + "@b.fr", "a@b.fr\r\nBcc: x@y.fr", "a@b.fr" * 200])
def test_what_is_no_address_is_said_beside_the_field(email):
    answer = give_password(Client(), email)
    assert answer.status_code == 422
    assert answer.context["form"].errors["email"]


@pytest.mark.fault("D6")
@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "", "a b"])
def test_an_unknown_host_is_refused_in_french(host):
    answer = Client().get("/adhesion/", HTTP_HOST=host)
    assert answer.status_code == 400
    assert 'lang="fr"' in answer.content.decode()


@pytest.mark.fault("D1")
def test_without_the_page_token_nobody_logs_in_and_the_password_is_not_offered_again(user):
    client = Client(enforce_csrf_checks=True)
    typed = {"email": user.email, "password": PASSWORD}
    answer = client.post(LOGIN, typed, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 403
    assert user.email in answer.content.decode()
    assert PASSWORD not in answer.content.decode()
    answer = client.post(reverse("accounts:factor"), {"otp": "481516"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert "481516" not in answer.content.decode()


def test_nothing_is_written_by_looking_at_the_door():
    Client().get(LOGIN)
    assert not Session.objects.exists()
    assert not AccessLink.objects.exists()
    assert not Message.objects.exists()
