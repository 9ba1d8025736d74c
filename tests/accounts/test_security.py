"""Browsers that are remembered, and the page where everything that protects the account is changed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import browsers, changes, passwords
from accounts.models import AppDevice, CodeDevice, TrustedBrowser, User
from core import kept
from core.deadlines import run
from core.models import AccessLink, JournalEntry
from notifications.mail import as_text
from notifications.models import Message
from tests.accounts.conftest import (
    WRONG_PASSWORD,
    codes_sent,
    give_code,
    give_password,
    halfway,
    is_in,
    last_code,
    logged_in,
    other,
)
from tests.accounts.test_factor import current
from tests.accounts.test_login import bare
from tests.factories import PASSWORD, UserFactory
from tests.reading import read_page

pytestmark = pytest.mark.django_db
SECURITY = "/compte/securite/"
CHOSEN = "Un-autre-mot-2027"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"


def trust_cookie(client: Client) -> str:
    return client.cookies[settings.TRUST_COOKIE_NAME].value


def is_known(client: Client, user: User, password: str = PASSWORD) -> bool:
    """Whether this browser lets the person in by the password alone."""
    client.post(reverse("accounts:logout"))
    give_password(client, user, password)
    return is_in(client)


def notices(to: str) -> list[str]:
    found = Message.objects.filter(to=to, subject_line="Votre compte a été modifié").order_by("created_at")
    return [message.content["title"] for message in found]


def code_page(client: Client, code: str):
    return client.post(reverse("accounts:prove"), {"otp": code})


# --- A browser that is remembered ---------------------------------------------------------------------------------


@pytest.mark.req("X-04", "D-02", "X-03")
@pytest.mark.fault("B9")
def test_a_known_browser_is_not_asked_for_a_code_and_a_new_one_is(user):
    known, plain = logged_in(user, remember="on"), logged_in(user)
    sent = codes_sent()
    assert is_known(known, user)
    assert codes_sent() == sent
    assert not is_known(plain, user)
    assert not is_known(Client(), user)


@pytest.mark.fault("B9")
@pytest.mark.parametrize(("age", "known"), [(timedelta(days=30, seconds=-1), True), (timedelta(days=30), False)])
def test_it_is_remembered_thirty_days(user, clock, age, known):
    client = logged_in(user, remember="on")
    cookie = client.cookies[settings.TRUST_COOKIE_NAME]
    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == (30 * 24 * 3600, True, "Lax")
    value = cookie.value
    clock.shift(age)
    client.cookies[settings.TRUST_COOKIE_NAME] = value  # a browser that keeps it longer
    assert is_known(client, user) is known


@pytest.mark.fault("D4")
def test_in_production_the_cookie_belongs_to_the_host_alone():
    text = (settings.BASE_DIR / "config" / "settings.py").read_text(encoding="utf-8")
    assert 'TRUST_COOKIE_NAME = f"{_prefix}navigateur"' in text


@pytest.mark.req("D-02")
@pytest.mark.fault("B9")
def test_staff_always_pass_the_second_step():
    clerk = UserFactory(manager=True)
    client = halfway(clerk)
    assert "Se souvenir" not in client.get(reverse("accounts:factor")).content.decode()
    give_code(client, last_code(clerk.email), remember="on")
    assert settings.TRUST_COOKIE_NAME not in client.cookies
    assert not TrustedBrowser.objects.exists()


@pytest.mark.req("D-02")
def test_who_becomes_staff_passes_it_even_in_a_browser_that_was_trusted(user):
    client = logged_in(user, remember="on")
    assert is_known(client, user)
    User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
    assert client.get("/admin/")["Location"] == "/connexion/code/?next=/admin/"
    assert not is_known(client, user)


@pytest.mark.fault("B10")
def test_the_cookie_is_worth_nothing_to_another_account(user):
    stranger = UserFactory()
    theirs = logged_in(stranger, remember="on")
    copy = Client()
    copy.cookies[settings.TRUST_COOKIE_NAME] = trust_cookie(theirs)
    assert not is_known(copy, user)
    assert is_known(copy, stranger), "it is the person's own that it opens"


@pytest.mark.fault("B10")
@pytest.mark.parametrize("forged", ["", ".", "1", "1.x", "x.y", "-1.x", "9" * 30 + ".x", "1.\x00", "1.é"])
def test_a_forged_cookie_is_no_cookie(user, forged):
    mine = logged_in(user, remember="on")
    pk = trust_cookie(mine).partition(".")[0]
    client = Client()
    client.cookies[settings.TRUST_COOKIE_NAME] = forged.replace("1.", f"{pk}.")
    assert not is_known(client, user)


@pytest.mark.fault("B10")
def test_a_browser_that_is_removed_is_asked_again_at_once(user):
    here, there = logged_in(user), logged_in(user, remember="on")
    assert is_known(there, user)
    browser = TrustedBrowser.objects.get()
    here.post(reverse("accounts:forget-browser", args=[browser.pk]))
    assert not is_in(there), "even in the session that it had let in"
    assert not is_known(there, user)
    assert notices(user.email)[-1].startswith("Un navigateur a été retiré")


@pytest.mark.fault("A2", "B10")
def test_nobody_removes_the_browser_of_somebody_else(user):
    logged_in(user, remember="on")
    browser = TrustedBrowser.objects.get()
    stranger = logged_in(UserFactory())
    assert stranger.post(reverse("accounts:forget-browser", args=[browser.pk])).status_code == 404
    assert TrustedBrowser.objects.alive().exists()


@pytest.mark.fault("B10")
def test_changing_the_password_voids_them_all(user):
    client = logged_in(user, remember="on")
    client.post(reverse("accounts:change-password"), {"password": CHOSEN, "password_again": CHOSEN})
    assert is_in(client), "the session that changed it goes on"
    assert not is_known(client, user, CHOSEN)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox sous Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0", "Edge sous Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36", "Chrome sous Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari sur iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36", "Chrome sous Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15", "Safari sur Mac"),
        ("<script>alert(1)</script>\n", "Navigateur inconnu"),
        ("", "Navigateur inconnu"),
    ],
)
def test_a_browser_is_named_by_words_of_ours(agent, words):
    assert browsers.label(agent) == words


def test_the_page_lists_browsers_and_marks_this_one(user):
    client = halfway(user, **{"User-Agent": FIREFOX})
    give_code(client, last_code(user.email), remember="on")
    logged_in(user, remember="on")
    page = client.get(SECURITY).content.decode()
    assert "Firefox sous Windows" in page
    assert "Navigateur inconnu" in page
    assert page.count("Ce navigateur</span>") == 1


def test_the_page_costs_the_same_with_many_browsers(user, django_assert_max_num_queries):
    client = logged_in(user)
    for number in range(30):
        TrustedBrowser.objects.create(
            user=user, name=f"Firefox {number}", token_hash=f"{number}", expires_at="2100-01-01T00:00Z"
        )
    with django_assert_max_num_queries(10):
        assert client.get(SECURITY).content.decode().count("Retirer<") == 30


# --- Confirm that it is you ---------------------------------------------------------------------------------------

CHANGES = [
    "accounts:change-password",
    "accounts:change-email",
    "accounts:change-phone",
    "accounts:remove-phone",
    "accounts:prove",
    "accounts:prove-again",
    "accounts:application",
    "accounts:remove-application",
    "accounts:recovery",
]


@pytest.mark.fault("B15")
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_asks_for_the_password_of_the_last_ten_minutes(user, clock, sms, name):
    client = logged_in(user)
    changes.confirm_application(user, device := changes.new_application(user), current(device))
    before = list(User.objects.values()), AppDevice.objects.count(), len(notices(user.email))
    clock.shift(601)
    data = {"password": CHOSEN, "password_again": CHOSEN, "email": "x@morel.example", "phone": "0612345678"}
    answer = client.post(reverse(name), data)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/compte/securite/confirmer/?next=")
    assert (list(User.objects.values()), AppDevice.objects.count(), len(notices(user.email))) == before
    assert codes_sent() == 1, "that of the login"
    wanted = answer["Location"]
    assert client.post(wanted, {"password": WRONG_PASSWORD}).status_code == 422
    back = client.post(wanted, {"password": PASSWORD, "next": reverse("accounts:change-password")})
    assert back["Location"] == reverse("accounts:change-password")
    assert client.get(back["Location"]).status_code == 200
    clock.shift(601)
    assert client.get(back["Location"]).status_code == 302


@pytest.mark.fault("B2", "B15")
def test_confirming_is_throttled_as_logging_in_is(user):
    client = logged_in(user)
    page = reverse("accounts:confirm")
    assert [client.post(page, {"password": WRONG_PASSWORD}).status_code for _ in range(7)] == [422] * 6 + [429]
    assert client.post(page, {"password": PASSWORD}).status_code == 429


@pytest.mark.fault("D5")
def test_confirming_leads_nowhere_but_to_this_site(user):
    client = logged_in(user)
    answer = client.post(reverse("accounts:confirm"), {"password": PASSWORD, "next": "//evil.example"})
    assert answer["Location"] == SECURITY


# --- The password -------------------------------------------------------------------------------------------------


@pytest.mark.req("X-02", "X-03")
@pytest.mark.fault("B15", "B13")
def test_changing_the_password_ends_the_other_sessions_and_is_told(user):
    here, there = logged_in(user), logged_in(user)
    page = here.get(reverse("accounts:change-password")).content.decode()
    assert "data-password-rule" in page
    assert here.post(reverse("accounts:change-password"), {"password": "court"}).status_code == 422
    same = here.post(reverse("accounts:change-password"), {"password": PASSWORD, "password_again": PASSWORD})
    assert same.status_code == 422
    assert "C’est votre mot de passe actuel" in same.content.decode()
    here.post(reverse("accounts:change-password"), {"password": CHOSEN, "password_again": CHOSEN})
    assert is_in(here)
    assert not is_in(there)
    assert give_password(Client(), user, CHOSEN).status_code == 302
    assert notices(user.email) == ["Le mot de passe a été changé"]


# --- The address --------------------------------------------------------------------------------------------------


@pytest.mark.fault("B15")
def test_the_address_changes_once_the_code_sent_there_is_typed(user):
    client = logged_in(user)
    AccessLink.issue(user, "reset", timedelta(minutes=5))
    client.post(reverse("accounts:change-email"), {"email": "Claire.Morel@Nouvelle.example"})
    user.refresh_from_db()
    assert user.email == "claire@morel.example", "nothing is changed yet"
    code = last_code("Claire.Morel@Nouvelle.example")
    assert code_page(client, other(code)).status_code == 422
    assert code_page(client, code)["Location"] == SECURITY
    user.refresh_from_db()
    assert user.email == "claire.morel@nouvelle.example"
    assert notices("claire@morel.example") == ["L’adresse électronique est maintenant claire.morel@nouvelle.example"]
    assert not AccessLink.objects.alive().about(user).exists(), "links that went to the old address are void"
    assert is_in(client)
    assert give_password(Client(), "claire@morel.example").status_code == 422
    assert give_password(Client(), "claire.morel@nouvelle.example").status_code == 302


@pytest.mark.fault("B1")
def test_the_page_does_not_tell_that_the_new_address_has_an_account(user, clock):
    UserFactory(email="prise@morel.example")
    pages = []
    for address in ("prise@morel.example", "libre@morel.example"):
        client = logged_in(user)
        asked = client.post(reverse("accounts:change-email"), {"email": address}, follow=True)
        early = client.post(reverse("accounts:prove-again"), follow=True)
        clock.shift(61)
        late = client.post(reverse("accounts:prove-again"), follow=True)
        wrong = code_page(client, "000000")
        answers = [asked, early, late, wrong]
        pages.append([(answer.status_code, bare(answer.content.decode(), address)) for answer in answers])
        clock.shift(61)
    assert pages[0] == pages[1]
    told = Message.objects.filter(to="prise@morel.example")
    assert {message.subject_line for message in told} == {"Cette adresse a déjà un compte"}
    assert not any(message.secret for message in told)


@pytest.mark.fault("B15", "B4")
def test_four_wrong_codes_change_nothing(user):
    client = logged_in(user)
    client.post(reverse("accounts:change-email"), {"email": "autre@morel.example"})
    code = last_code("autre@morel.example")
    assert [code_page(client, other(code)).status_code for _ in range(4)] == [422, 422, 422, 302]
    assert code_page(client, code)["Location"] == SECURITY
    user.refresh_from_db()
    assert user.email == "claire@morel.example"
    assert is_in(client)


def test_an_address_taken_in_between_is_refused(user):
    client = logged_in(user)
    client.post(reverse("accounts:change-email"), {"email": "autre@morel.example"})
    UserFactory(email="autre@morel.example")
    assert code_page(client, last_code("autre@morel.example")).status_code == 422
    user.refresh_from_db()
    assert user.email == "claire@morel.example"


@pytest.mark.fault("B7")
def test_the_code_of_a_new_address_lets_nobody_in(user):
    client = logged_in(user)
    client.post(reverse("accounts:change-email"), {"email": "autre@morel.example"})
    thief = halfway(user)
    session = thief.session
    session["code_device"] = CodeDevice.objects.get(confirmed=False).pk
    session.save()
    thief.get(reverse("accounts:factor"))
    assert give_code(thief, last_code("autre@morel.example")).status_code == 422
    assert not is_in(thief)


# --- The telephone ------------------------------------------------------------------------------------------------


@pytest.mark.fault("B15")
def test_the_number_is_kept_once_the_code_sent_there_is_typed(user, sms):
    client = logged_in(user)
    answer = client.post(reverse("accounts:change-phone"), {"phone": "12"})
    assert answer.status_code == 422
    answer = client.post(reverse("accounts:change-phone"), {"phone": "01 23 45 67 89"})
    assert answer.status_code == 422
    assert "Indiquez un numéro de mobile" in answer.content.decode()
    client.post(reverse("accounts:change-phone"), {"phone": "06 12 34 56 78"})
    user.refresh_from_db()
    assert user.phone == ""
    assert code_page(client, last_code("+33612345678")).status_code == 302
    user.refresh_from_db()
    assert user.phone == "+33612345678"
    assert notices(user.email) == ["Le téléphone est maintenant le 06 12 34 56 78"]
    assert "06 12 34 56 78" in client.get(SECURITY).content.decode()
    client.post(reverse("accounts:remove-phone"))
    user.refresh_from_db()
    assert user.phone == ""
    assert notices(user.email)[-1] == "Le téléphone a été retiré"


@pytest.mark.fault("B11")
def test_codes_to_new_numbers_are_capped(user, sms):
    client = logged_in(user)
    for number in range(20):
        client.post(reverse("accounts:change-phone"), {"phone": f"06 12 34 56 {number:02d}"})
    assert codes_sent(channel="sms") == 9  # with that of the login, ten for the account
    answer = client.post(reverse("accounts:change-phone"), {"phone": "06 99 34 56 78"})
    assert "Trop de codes" in answer.content.decode()


# --- The application ----------------------------------------------------------------------------------------------


@pytest.mark.fault("B15")
def test_an_application_is_added_by_one_of_its_codes_and_the_recovery_codes_are_shown_once(user, clock):
    client = logged_in(user)
    page = client.get(reverse("accounts:application")).content.decode()
    device = AppDevice.objects.get()
    assert 'src="data:image/svg+xml' in page
    assert changes.secret(device) in page
    assert client.get(reverse("accounts:application")).content.decode().count(changes.secret(device)) == 1, "the same"
    wrong = client.post(reverse("accounts:application"), {"otp": other(current(device))})
    assert wrong.status_code == 422
    assert not AppDevice.objects.get().confirmed
    shown = client.post(reverse("accounts:application"), {"otp": current(device)})
    codes = shown.context["codes"]
    assert len(codes) == 10
    assert all(code in shown.content.decode() for code in codes)
    assert 'download="codes-de-secours.txt"' in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert not any(code in client.get(SECURITY).content.decode() for code in codes)
    assert notices(user.email) == ["Une application d’authentification a été ajoutée"]


@pytest.mark.fault("B15")
def test_the_secret_of_an_application_never_confirmed_is_soon_worth_nothing(user, clock):
    """Who was in the account for a minute would own the application that its owner confirms a year later."""
    client, page = logged_in(user), reverse("accounts:application")

    def shown() -> str:
        return client.get(page).context["secret"]

    seen = shown()
    assert client.post(page, {"otp": "000000"}).context["secret"] == seen, "the picture stays"
    assert shown() == seen
    clock.shift(timedelta(minutes=61))
    client.post(reverse("accounts:confirm"), {"password": PASSWORD})
    later = shown()
    assert later != seen
    passwords.change(user, CHOSEN)
    assert changes.secret(changes.new_application(user)) not in (seen, later)
    assert AppDevice.objects.filter(user=user).count() == 1


@pytest.mark.fault("B15")
def test_recovery_codes_are_made_anew_and_the_old_ones_are_worth_nothing(user, clock):
    changes.confirm_application(user, device := changes.new_application(user), current(device))
    client = Client()
    give_password(client, user)
    client.get(reverse("accounts:factor"))
    clock.shift(60)
    give_code(client, current(AppDevice.objects.get()))
    old = client.post(reverse("accounts:recovery")).context["codes"]
    new = client.post(reverse("accounts:recovery")).context["codes"]
    for code, status in ((old[0], 422), (new[0], 302)):
        fresh = Client()
        give_password(fresh, user)
        fresh.get(reverse("accounts:factor"))
        fresh.post(reverse("accounts:factor-send"), {"method": "recovery"})
        assert give_code(fresh, code).status_code == status
    assert "Il en reste 9 sur 10." in client.get(SECURITY).content.decode()
    client.post(reverse("accounts:remove-application"))
    assert not AppDevice.objects.exists()
    assert notices(user.email)[-1] == "L’application d’authentification a été retirée"
    assert is_in(logged_in(user)), "the mail is there for everybody"


def test_no_application_no_recovery_codes(user):
    client = logged_in(user)
    assert client.post(reverse("accounts:recovery"))["Location"] == SECURITY
    assert not changes.RecoveryDevice.objects.exists()


# --- Told, and kept -----------------------------------------------------------------------------------------------


@pytest.mark.fault("B15")
def test_a_notice_says_what_to_do_when_it_was_somebody_else(user):
    client = logged_in(user)
    client.post(reverse("accounts:change-password"), {"password": CHOSEN, "password_again": CHOSEN})
    text = as_text(Message.objects.get(subject_line="Votre compte a été modifié"))
    assert "Ce n’était pas vous\u00a0?" in text
    assert "01 23 45 67 89" in text
    assert JournalEntry.objects.about(user).get().actor_name == "Claire Morel"


@pytest.mark.fault("A10")
@pytest.mark.parametrize(
    "name", ["prove-again", "remove-phone", "remove-application", "recovery", "factor-send", "logout"]
)
def test_what_changes_something_is_a_post(user, name):
    client = logged_in(user)
    assert client.get(reverse(f"accounts:{name}")).status_code == 405


def test_what_has_ended_is_not_kept(user, clock):
    logged_in(user, remember="on")
    assert run(timezone.now())["code-purge"] == 0
    clock.shift(timedelta(days=2))
    assert run(timezone.now())["code-purge"] == 1
    assert not CodeDevice.objects.exists()
    assert not Session.objects.exists()
    assert TrustedBrowser.objects.exists()
    clock.shift(timedelta(days=120))
    run(timezone.now())
    assert not TrustedBrowser.objects.exists()


# --- The session ended, or the password is asked again, while somebody was typing -------------------------------------


@pytest.mark.req("B-01")
@pytest.mark.fault("B15")
def test_an_address_typed_for_longer_than_the_password_counts_is_not_lost(user, clock):
    client = logged_in(user)
    page = reverse("accounts:change-email")
    client.get(page)
    clock.shift(660)
    answer = client.post(page, {"email": "claire@nouvelle.example"})
    assert answer["Location"].startswith(reverse("accounts:confirm"))
    back = client.post(reverse("accounts:confirm"), {"password": PASSWORD, "next": page})
    assert back["Location"] == page
    text = read_page(client.get(page))
    assert "claire@nouvelle.example" in text
    assert kept.AGAIN in text
    assert not CodeDevice.objects.filter(confirmed=False).exists()  # nothing was sent by itself


@pytest.mark.req("B-01")
@pytest.mark.fault("A2")
def test_what_was_typed_before_the_session_ended_survives_a_real_login(user, clock):
    """The whole way, CSRF checked: thirteen hours later the session is over, and the form is still open."""
    client = Client(enforce_csrf_checks=True)
    page = reverse("accounts:change-email")

    def send(address: str, **typed: str):
        return client.post(address, {**typed, "csrfmiddlewaretoken": token(client)})

    def log_in(account: User) -> None:
        client.get(reverse("accounts:login"))
        send(reverse("accounts:login"), email=account.email, password=PASSWORD)
        client.get(reverse("accounts:factor"))
        assert send(reverse("accounts:factor"), otp=last_code(account.email)).status_code == 302

    log_in(user)
    client.get(page)
    clock.shift(timedelta(hours=13))
    assert send(page, email="claire@nouvelle.example")["Location"].startswith(reverse("accounts:login"))
    someone = UserFactory(email="paul@morel.example")
    log_in(someone)  # a colleague at the same computer
    assert "nouvelle.example" not in client.get(page).content.decode()
    log_in(user)
    assert "claire@nouvelle.example" in client.get(page).content.decode()


def token(client: Client) -> str:
    return client.cookies[settings.CSRF_COOKIE_NAME].value
