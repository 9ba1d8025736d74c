"""The link by which a new person chooses his password: single use, dated, never spent by being opened."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from accounts.activation import LIFETIME, activation_url, invite, send_new_link
from accounts.models import User
from core.models import AccessLink
from notifications.models import Message
from tests.browser import check_page
from tests.core.threads import at_once
from tests.factories import PASSWORD, UserFactory, sign_in
from tests.membership.conftest import clock  # noqa: F401, the fixture

pytestmark = [pytest.mark.django_db, pytest.mark.req("D-02", "M-20")]
CHOSEN = "Un-autre-mot-2027"


@pytest.fixture
def user() -> User:
    return User.objects.create_user("claire@morel.example", first_name="Claire", last_name="Morel")


def path_of(user: User) -> str:
    return urlsplit(activation_url(user)).path


def opened(path: str, **options: bool) -> Client:
    client = Client(**options)
    answer = client.get(path)
    assert answer.status_code == 302, answer.status_code
    assert answer["Location"] == reverse("accounts:activate")
    return client


def choose(client: Client, password: str = CHOSEN, again: str | None = None):
    typed = {"password": password, "password_again": password if again is None else again}
    return client.post(reverse("accounts:activate"), typed)


def can_log_in(user: User, password: str = CHOSEN) -> bool:
    return Client().login(email=user.email, password=password)


def test_the_link_leads_to_a_password_and_no_further(user):
    client = opened(path_of(user))
    page = client.get(reverse("accounts:activate")).content.decode()
    assert "claire@morel.example" in page
    answer = choose(client)
    assert answer["Location"] == reverse("accounts:activated")
    assert client.get(answer["Location"]).status_code == 200
    assert can_log_in(user)
    assert "_auth_user_id" not in client.session, "the link does not log in"


@pytest.mark.parametrize(
    ("typed", "told"),
    [(("court", "court"), "Une réponse est à corriger"), (("", ""), "2 réponses sont à corriger")],
    ids=["several rules broken by one answer", "two answers"],
)
def test_the_summary_counts_answers_and_not_what_is_wrong_with_each(user, typed, told):
    page = choose(opened(path_of(user)), *typed)
    assert told in page.content.decode()
    assert len(page.context["form"].problems) > 1


@pytest.mark.fault("C1")
def test_opening_it_spends_and_writes_nothing(user):
    path = path_of(user)
    before = list(AccessLink.objects.values()), list(User.objects.values())
    for _ in range(5):
        client = opened(path)
        client.head(path)
        client.get(reverse("accounts:activate"))
    assert (list(AccessLink.objects.values()), list(User.objects.values())) == before
    assert choose(opened(path)).status_code == 302


@pytest.mark.fault("C3")
def test_a_spent_link_says_why_and_shows_nothing(user):
    path = path_of(user)
    first, second = opened(path), opened(path)
    choose(first)
    for answer in (Client().get(path), choose(second, "Pas-le-meme-2028"), second.get(reverse("accounts:activate"))):
        page = answer.content.decode()
        assert answer.status_code == 410
        assert "déjà servi" in page
        assert "identifiant" in page
        assert "claire@morel.example" not in page
    assert can_log_in(user)


@pytest.mark.fault("C2")
def test_it_serves_fourteen_days_and_then_offers_a_new_one_in_one_click(user, clock):  # noqa: F811
    path = path_of(user)
    clock.shift(LIFETIME - timedelta(minutes=1))
    assert opened(path).get(reverse("accounts:activate")).status_code == 200
    clock.shift(timedelta(minutes=2))
    client = opened(path)
    page = client.get(reverse("accounts:activate"))
    assert page.status_code == 410
    assert reverse("accounts:new-link") in page.content.decode()
    assert choose(client).status_code == 410
    assert not can_log_in(user)

    assert client.post(reverse("accounts:new-link")).status_code == 200
    mail = Message.objects.get()
    assert mail.to == "claire@morel.example"
    fresh = urlsplit(mail.secret).path
    assert choose(opened(fresh)).status_code == 302
    assert can_log_in(user)


@pytest.mark.fault("B12")
def test_an_older_link_is_void_after_a_newer_one(user):
    older = path_of(user)
    client = opened(older)
    send_new_link(user)
    assert choose(client).status_code == 410
    assert not can_log_in(user)


@pytest.mark.fault("B11")
def test_new_links_are_not_sent_without_end(user):
    client = opened(path_of(user))
    for _ in range(6):
        assert client.post(reverse("accounts:new-link")).status_code == 200
    assert Message.objects.count() == 3


def test_a_browser_without_a_link_gets_nothing():
    client = Client()
    assert client.get(reverse("accounts:activate")).status_code == 404
    assert choose(client).status_code == 404
    assert client.post(reverse("accounts:new-link")).status_code == 200
    assert not Message.objects.exists()


@pytest.mark.fault("C4")
def test_an_altered_link_is_unknown_and_trying_is_throttled(user):
    path = path_of(user)
    assert Client().get(path[:-2] + ("A/" if path[-2] != "A" else "B/")).status_code == 404
    answers = [Client().get(reverse("accounts:open-activation", args=[f"essai{n}"])).status_code for n in range(30)]
    assert answers == [404] * 29 + [429]
    assert opened(path)


@pytest.mark.fault("C5")
def test_the_token_stays_out_of_addresses_pages_and_cookies(user):
    path = path_of(user)
    token = path.rstrip("/").rpartition("/")[2]
    client = Client()
    answer = client.get(path)
    assert token not in answer["Location"]
    assert (answer["Referrer-Policy"], "no-store" in answer["Cache-Control"]) == ("no-referrer", True)
    page = client.get(answer["Location"])
    assert token not in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert not any(token in cookie.value for cookie in client.cookies.values())


@pytest.mark.fault("A9")
def test_a_disabled_account_is_not_activated(user):
    client = opened(path_of(user))
    User.objects.update(is_active=False)
    assert choose(client).status_code == 404
    user.refresh_from_db()
    assert not user.has_usable_password()


@pytest.mark.fault("A6")
def test_no_extra_field_makes_a_member_of_staff(user):
    client = opened(path_of(user))
    typed = {
        "password": CHOSEN,
        "password_again": CHOSEN,
        "is_staff": "1",
        "is_superuser": "on",
        "email": "evil@example.org",
    }
    client.post(reverse("accounts:activate"), typed)
    user.refresh_from_db()
    assert (user.is_staff, user.is_superuser, user.email) == (False, False, "claire@morel.example")


@pytest.mark.fault("D1")
def test_without_the_page_token_no_password_is_set_nor_offered_again(user):
    client = opened(path_of(user), enforce_csrf_checks=True)
    typed = {"password": CHOSEN, "password_again": CHOSEN}
    answer = client.post(reverse("accounts:activate"), typed, HTTP_SEC_FETCH_SITE="same-origin")
    assert answer.status_code == 403
    assert CHOSEN not in answer.content.decode()
    user.refresh_from_db()
    assert not user.has_usable_password()


@pytest.mark.fault("G1")
@pytest.mark.django_db(transaction=True)
def test_of_four_passwords_chosen_at_once_one_counts():
    user = User.objects.create_user("claire@morel.example")
    path = path_of(user)
    clients = [opened(path) for _ in range(4)]
    at_once(4, lambda n: choose(clients[n], f"Mot-de-passe-{n}-2027").status_code)
    user.refresh_from_db()
    assert sum(can_log_in(user, f"Mot-de-passe-{n}-2027") for n in range(4)) == 1
    assert AccessLink.objects.get().spent_at is not None


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", "Indiquez"),
        ("Court-1a", "12"),
        ("tout-en-minuscules-1", "majuscule"),
        ("TOUT-EN-MAJUSCULES-1", "minuscule"),
        ("Sans-aucun-chiffre", "chiffre"),
        ("SansSpecial2027abc", "caractère spécial"),
        ("Claire@morel.example1", "Il ressemble trop à votre adresse électronique."),
    ],
)
def test_the_password_rule_is_said_beside_the_field(user, password, why):
    client = opened(path_of(user))
    answer = choose(client, password)
    assert answer.status_code == 422
    assert why in " ".join(answer.context["form"].errors["password"])
    if password:
        assert password not in answer.content.decode(), "a password is never put back into a page"
    user.refresh_from_db()
    assert not user.has_usable_password()
    assert choose(client).status_code == 302, "the link is still good"


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_rules_are_ticked_while_typing_and_the_password_can_be_read(live_site, new_page):
    page = new_page(320)
    page.goto(live_site.url + path_of(User.objects.create_user("claire@morel.example")))
    field, kept = page.get_by_label("Votre mot de passe", exact=True), page.locator(".rules .kept")
    expect(kept).to_have_count(0)
    field.press_sequentially("Un-mot")
    expect(kept).to_have_count(3)
    field.press_sequentially("-de-2027")
    expect(kept).to_have_count(5)
    field.fill("court")
    expect(kept).to_have_text(["Fait : une minuscule"])
    page.get_by_role("button", name="Afficher le mot de passe").click()
    expect(field).to_have_attribute("type", "text")
    page.get_by_role("button", name="Masquer le mot de passe").click()
    expect(field).to_have_attribute("type", "password")
    check_page(page)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_rules_are_a_plain_list_without_javascript(live_site, new_page):
    page = new_page(320, javascript=False)
    page.goto(live_site.url + path_of(User.objects.create_user("claire@morel.example")))
    expect(page.locator(".rules li")).to_have_count(5)
    expect(page.get_by_role("button", name="Afficher")).to_have_count(0)


def test_two_different_passwords_are_told(user):
    answer = choose(opened(path_of(user)), CHOSEN, CHOSEN.lower())
    assert answer.status_code == 422
    assert "ne sont pas les mêmes" in answer.content.decode()


def test_an_invitation_finds_the_account_by_its_address_whatever_the_capitals():
    user, url = invite("Claire@Morel.Example", "Claire", "Morel")
    assert user.email == "claire@morel.example"
    assert url.startswith("http://testserver/compte/activer/")
    assert invite("CLAIRE@morel.example", "C", "M")[0] == user
    known = UserFactory(email="connue@morel.example", password=PASSWORD)
    assert invite("connue@morel.example", "C", "M") == (known, "")


@pytest.mark.fault("C3")
def test_a_link_sent_to_a_mistyped_address_is_void_once_the_address_is_corrected(user):
    stranger = opened(path_of(user))
    boss = Client()
    sign_in(boss, UserFactory(is_staff=True, is_superuser=True))
    corrected = {"email": "claire.morel@morel.example", "first_name": "Claire", "last_name": "Morel", "is_active": "on"}
    assert boss.post(reverse("admin:accounts_user_change", args=[user.pk]), corrected).status_code == 302
    user.refresh_from_db()
    assert user.email == "claire.morel@morel.example"
    assert choose(stranger).status_code == 410
    assert not can_log_in(user)
    assert Message.objects.get(subject_line="Votre compte a été modifié").to == "claire@morel.example"


@pytest.mark.fault("B13")
def test_who_had_a_password_is_told_whichever_link_replaced_it(user):
    """An old way to send one to whoever has a password, or one that was made beside the page."""
    path = path_of(user)
    choose(opened(path))
    assert not Message.objects.filter(subject_line="Votre compte a été modifié").exists(), "the first one is no change"
    choose(opened(path_of(user)), "Encore-un-mot-2028")
    notice = Message.objects.get(subject_line="Votre compte a été modifié")
    assert notice.to == user.email
    assert "Le mot de passe a été réinitialisé" in str(notice.content)
