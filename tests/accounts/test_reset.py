"""« Mot de passe oublié »: five minutes, once, and silent about who has an account."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import TrustedBrowser, User
from core.models import AccessLink, JournalEntry
from notifications.mail import as_text
from notifications.models import Message
from tests.accounts.conftest import (
    WRONG_PASSWORD,
    give_code,
    give_password,
    is_in,
    last_code,
    logged_in,
)
from tests.accounts.test_login import bare
from tests.core.threads import at_once
from tests.factories import PASSWORD, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.req("X-03", "D-02")]
FORGOTTEN = "/connexion/oubli/"
CHOSEN = "Un-autre-mot-2027"


def ask(email: str, client: Client | None = None, **extra: str):
    return (client or Client()).post(FORGOTTEN, {"email": email}, **extra)


def link_of(email: str) -> str:
    message = Message.objects.filter(to=email, dedupe_key__startswith="reset:").order_by("-created_at").first()
    assert message
    assert message.secret
    return urlsplit(message.secret).path


def opened(path: str) -> Client:
    client = Client()
    answer = client.get(path)
    assert answer["Location"] == reverse("accounts:reset")
    return client


def choose(client: Client, password: str = CHOSEN):
    return client.post(reverse("accounts:reset"), {"password": password, "password_again": password})


def password_is(user: User, password: str) -> bool:
    user.refresh_from_db()
    return user.check_password(password)


# --- Silence ------------------------------------------------------------------------------------------------------


@pytest.mark.fault("B1")
def test_every_address_gets_the_same_page(user):
    UserFactory(email="ancien@morel.example", is_active=False)
    pages = []
    for email in ("claire@morel.example", "personne@morel.example", "ancien@morel.example"):
        client = Client()
        answer = ask(email, client)
        page = client.get(answer["Location"])
        pages.append((answer.status_code, answer["Location"], page.status_code, bare(page.content.decode(), email)))
    assert pages[0][0] == 302
    assert len(set(pages)) == 1


@pytest.mark.fault("B1")
def test_every_address_takes_the_same_steps(user):
    """Same queries in the same order: what the page does tells no more than what it says."""

    def asked(email: str) -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            ask(email)
        return [re.sub(r"'[^']*'|[0-9a-f]{32}|s\d+_x\d+", "?", query["sql"]) for query in queries]

    assert asked("claire@morel.example") == asked("personne@morel.example")


@pytest.mark.fault("B1")
def test_who_has_no_account_learns_it_in_the_mailbox_alone(user):
    ask("personne@morel.example")
    message = Message.objects.get()
    assert message.to == "personne@morel.example"
    text = as_text(message)
    assert "Aucun compte à cette adresse" in text
    assert "/connexion/nouveau/" not in text
    link = AccessLink.objects.get()
    assert not User.objects.filter(pk=link.subject_id).exists(), "and the link that was made leads nowhere"


@pytest.mark.fault("B11")
def test_mails_are_capped_for_an_address_and_for_a_place(user):
    for _ in range(8):
        assert ask("Claire@Morel.example")["Location"] == reverse("accounts:forgotten-sent")
    assert Message.objects.count() == 5
    for number in range(12):
        assert ask(f"essai{number}@morel.example").status_code == 302
    assert ask("encore@morel.example", headers={"X-Forwarded-For": "10.9.9.9"}).status_code == 429
    assert Message.objects.count() == 17


def test_what_is_no_address_is_said():
    answer = ask("claire")
    assert answer.status_code == 422
    assert "adresse électronique en entier" in answer.content.decode()


# --- The link -----------------------------------------------------------------------------------------------------


@pytest.mark.fault("B12")
@pytest.mark.parametrize(("seconds", "works"), [(299, True), (301, False)])
def test_it_lives_five_minutes(user, clock, seconds, works):
    ask(user.email)
    client = opened(link_of(user.email))
    clock.shift(seconds)
    assert choose(client).status_code == (302 if works else 410)
    assert password_is(user, CHOSEN if works else PASSWORD)


@pytest.mark.fault("B12")
def test_an_expired_one_offers_a_new_one_in_one_click(user, clock):
    ask(user.email)
    path = link_of(user.email)
    clock.shift(301)
    client = opened(path)
    page = client.get(reverse("accounts:reset"))
    assert page.status_code == 410
    assert reverse("accounts:reset-new-link") in page.content.decode()
    page = client.post(reverse("accounts:reset-new-link"))
    assert "cinq minutes" in page.content.decode()
    fresh = link_of(user.email)
    assert fresh != path
    assert choose(opened(fresh)).status_code == 302
    assert password_is(user, CHOSEN)


@pytest.mark.fault("B12", "C3")
def test_it_serves_once(user):
    ask(user.email)
    path = link_of(user.email)
    first, second = opened(path), opened(path)
    assert choose(first)["Location"] == reverse("accounts:reset-done")
    for answer in (choose(second, "Pas-le-meme-2028"), Client().get(path)):
        assert answer.status_code == 410
        assert "déjà servi" in answer.content.decode()
        assert "Un nouveau mot de passe a été choisi avec ce lien" in answer.content.decode()
        assert "Votre accès est donc actif" not in answer.content.decode()
        assert user.email not in answer.content.decode()
    assert password_is(user, CHOSEN)


@pytest.mark.fault("B12", "G1")
@pytest.mark.django_db(transaction=True)
def test_of_four_passwords_chosen_at_once_one_counts():
    user = UserFactory()
    ask(user.email)
    clients = [opened(link_of(user.email)) for _ in range(4)]
    at_once(4, lambda n: choose(clients[n], f"Mot-de-passe-{n}-2027").status_code)
    assert sum(password_is(user, f"Mot-de-passe-{n}-2027") for n in range(4)) == 1
    assert Message.objects.filter(subject_line="Votre compte a été modifié").count() == 1


@pytest.mark.fault("B12")
def test_a_newer_link_voids_the_older_ones(user):
    ask(user.email)
    older = opened(link_of(user.email))
    ask(user.email)
    assert choose(older).status_code == 410
    assert password_is(user, PASSWORD)
    assert choose(opened(link_of(user.email))).status_code == 302


@pytest.mark.fault("C1")
def test_opening_it_writes_nothing(user):
    ask(user.email)
    path = link_of(user.email)
    before = list(AccessLink.objects.values())
    for _ in range(5):
        client = opened(path)
        client.head(path)
        client.get(reverse("accounts:reset"))
    assert list(AccessLink.objects.values()) == before
    assert choose(opened(path)).status_code == 302


@pytest.mark.fault("C5", "H4")
def test_the_token_stays_out_of_addresses_pages_cookies_and_logs(user, caplog):
    ask(user.email)
    path = link_of(user.email)
    token = path.rstrip("/").rpartition("/")[2]
    client = Client()
    answer = client.get(path)
    assert token not in answer["Location"]
    assert (answer["Referrer-Policy"], "no-store" in answer["Cache-Control"]) == ("no-referrer", True)
    page = client.get(answer["Location"])
    assert token not in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert not any(token in cookie.value for cookie in client.cookies.values())
    # Django's own loggers write the path of a refused request; our formatter keeps it out (core.logs).
    assert not any(token in record.getMessage() for record in caplog.records if record.name.startswith("guichet"))
    assert token not in str(list(AccessLink.objects.values())) + str(list(Message.objects.values("content")))


@pytest.mark.fault("C4")
def test_an_altered_link_is_unknown_and_trying_is_throttled(user):
    ask(user.email)
    path = link_of(user.email)
    assert Client().get(path[:-2] + ("A/" if path[-2] != "A" else "B/")).status_code == 404
    answers = [Client().get(reverse("accounts:open-reset", args=[f"essai{n}"])).status_code for n in range(30)]
    assert answers == [404] * 29 + [429]


@pytest.mark.fault("C4")
def test_a_link_of_one_kind_does_not_open_the_other(user):
    ask(user.email)
    token = link_of(user.email).rstrip("/").rpartition("/")[2]
    assert Client().get(reverse("accounts:open-activation", args=[token])).status_code == 404
    client = opened(link_of(user.email))
    typed = {"password": CHOSEN, "password_again": CHOSEN}
    assert client.post(reverse("accounts:activate"), typed).status_code == 404


@pytest.mark.fault("A9")
def test_a_closed_account_is_not_opened_by_a_link(user):
    ask(user.email)
    client = opened(link_of(user.email))
    User.objects.update(is_active=False)
    assert choose(client).status_code == 404
    assert password_is(user, PASSWORD)


# --- What a new password does -------------------------------------------------------------------------------------


@pytest.mark.fault("B13")
def test_a_new_password_ends_every_session_and_leaves_the_second_step(user):
    before = [logged_in(user), logged_in(user, remember="on")]
    ask(user.email)
    client = opened(link_of(user.email))
    choose(client)
    assert not any(is_in(one) for one in before)
    assert not is_in(client), "the link logs nobody in"
    assert give_password(client, user, PASSWORD).status_code == 422
    assert give_password(client, user, CHOSEN)["Location"] == reverse("accounts:factor")
    client.get(reverse("accounts:factor"))
    assert not is_in(client)
    give_code(client, last_code(user.email))
    assert is_in(client)


@pytest.mark.fault("B10", "B13")
def test_a_new_password_voids_trusted_browsers(user):
    browser = logged_in(user, remember="on")
    ask(user.email)
    choose(opened(link_of(user.email)))
    assert not TrustedBrowser.objects.alive().exists()
    assert give_password(browser, user, CHOSEN)["Location"] == reverse("accounts:factor")


@pytest.mark.fault("B13")
def test_the_person_is_told(user):
    ask(user.email)
    choose(opened(link_of(user.email)))
    notice = Message.objects.get(subject_line="Votre compte a été modifié")
    assert notice.to == user.email
    assert "Le mot de passe a été réinitialisé" in as_text(notice)
    assert CHOSEN not in as_text(notice)
    assert "mot de passe" in JournalEntry.objects.about(user).get().message


@pytest.mark.fault("B2")
def test_who_is_locked_out_by_a_stranger_recovers_by_the_link(user):
    for _ in range(8):
        give_password(Client(REMOTE_ADDR="203.0.113.66"), user, WRONG_PASSWORD)
    assert give_password(Client(), user).status_code == 429
    ask(user.email)
    choose(opened(link_of(user.email)))
    assert give_password(Client(), user, CHOSEN).status_code == 302


@pytest.mark.req("X-01")
def test_who_never_activated_the_account_may_come_this_way():
    invited = User.objects.create_user("invitee@morel.example")
    ask(invited.email)
    assert choose(opened(link_of(invited.email))).status_code == 302
    assert give_password(Client(), invited, CHOSEN).status_code == 302


def test_the_rule_is_the_same_as_everywhere(user):
    ask(user.email)
    client = opened(link_of(user.email))
    answer = choose(client, "court")
    assert answer.status_code == 422
    assert "data-password-rule" in answer.content.decode()
    assert password_is(user, PASSWORD)
    assert choose(client).status_code == 302, "the link is still good"
