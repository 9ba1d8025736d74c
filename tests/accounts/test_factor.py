"""The second step: what a code opens, for whom, how long, how often."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.core import mail
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django_otp.oath import totp

from accounts import changes, factor
from accounts.models import AppDevice, CodeDevice, User
from accounts.models.factor import MAX_TRIES
from core.access import ACCOUNT, STAFF
from core.journal import Actor
from core.models import JournalEntry
from notifications import sender
from notifications import sms as sms_gateway
from notifications.mail import as_text
from notifications.models import Message
from tests.accounts.conftest import (
    codes_sent,
    give_code,
    give_password,
    halfway,
    is_in,
    last_code,
    logged_in,
    other,
)
from tests.core.threads import at_once
from tests.factories import PASSWORD, UserFactory
from tests.notifications.test_sms import gateway  # noqa: F401, the fixture

pytestmark = pytest.mark.django_db
FACTOR, SEND = "/connexion/code/", "/connexion/code/envoi/"
PRIVATE = ["/compte/securite/", "/compte/securite/mot-de-passe/", "/compte/securite/confirmer/"]


def another(client: Client, method: str = "mail", **options: str):
    return client.post(SEND, {"method": method}, **options)


def error_of(answer) -> str:
    return " ".join(answer.context["form"].errors["otp"])


# --- Needed, and enough -------------------------------------------------------------------------------------------


@pytest.mark.req("X-04", "D-02")
@pytest.mark.fault("B8")
@pytest.mark.parametrize("traits", [{}, {"reader": True}, {"superuser": True}])
def test_the_password_alone_opens_no_private_page(traits):
    user = UserFactory(**traits)
    client = halfway(user)
    pages = [*PRIVATE, "/admin/", "/admin/accounts/user/", "/admin/jsi18n/", f"/espace/{user.pk}/"]
    for page in pages:
        for answer in (client.get(page), client.post(page)):
            assert (answer.status_code, answer["Location"]) == (302, f"{FACTOR}?next={page}"), page
    give_code(client, last_code(user.email))
    assert client.get("/compte/securite/").status_code == 200
    assert client.get("/admin/").status_code == (200 if user.is_staff else 403)


VALUES = {"uuid": "0b0a7c9e-4a53-4d52-8d53-3f2f7a1c9b11", "int": "1"}


def private_pages(patterns=None, prefix: str = "/") -> Iterator[str]:
    """An address of every page that is for accounts or for staff, whoever wrote it."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = prefix + re.sub(r"\(\?P<\w+>[^)]*\)|[\^$\\]", "x", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from private_pages(pattern.url_patterns, path)
        elif getattr(pattern.callback, "audience", STAFF if path.startswith("/admin/") else "") in (ACCOUNT, STAFF):
            yield re.sub(r"<(?:(\w+):)?\w+>", lambda match: VALUES.get(match[1], "x"), path)


@pytest.mark.fault("B8", "A1")
def test_every_private_page_sends_who_gave_the_password_alone_to_the_second_step():
    client = halfway(UserFactory(superuser=True))
    pages = list(private_pages())
    assert len(pages) > 100
    for page in pages:
        answer = client.get(page)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, FACTOR), page


def test_nobody_passes_the_second_step_without_the_first():
    for path in (FACTOR, SEND):
        assert Client().get(path)["Location"].startswith("/connexion/?next=")
        assert Client().post(path, {"otp": "123456"})["Location"].startswith("/connexion/")
    assert not Message.objects.exists()


def test_the_page_says_where_the_code_went_without_giving_the_address_away(user):
    page = halfway(user).get(FACTOR).content.decode()
    assert "c•••@morel.example" in page
    assert 'autocomplete="one-time-code"' in page
    assert 'inputmode="numeric"' in page


def test_looking_at_the_page_again_sends_no_other_code(user):
    client = halfway(user)
    for _ in range(3):
        client.get(FACTOR)
    assert codes_sent() == 1
    assert give_code(client, last_code(user.email)).status_code == 302


def test_a_code_is_taken_as_people_type_it(user):
    client = halfway(user)
    code = last_code(user.email)
    assert give_code(client, f" {code[:3]} {code[3:]} ").status_code == 302


@pytest.mark.fault("F4")
@pytest.mark.parametrize("typed", ["", "abc", "١٢٣٤٥٦", "\x00", "1" * 5000, "12345", "-1", "1e5"])
def test_what_is_no_code_is_refused_politely(user, typed):
    client = halfway(user)
    answer = give_code(client, typed)
    assert answer.status_code == 422
    assert error_of(answer)
    assert give_code(client, last_code(user.email)).status_code == 302


# --- Wrong, used, late, somebody else's ---------------------------------------------------------------------------


@pytest.mark.fault("B4")
def test_the_fourth_wrong_code_voids_it_and_another_one_starts_no_new_count(user, clock):
    client = halfway(user)
    for number in range(MAX_TRIES - 1):
        answer = give_code(client, other(last_code(user.email)))
        assert answer.status_code == 422, number
        assert "pas le bon" in error_of(answer)
    clock.shift(61)
    another(client)
    assert codes_sent() == 2
    code = last_code(user.email)
    answer = give_code(client, other(code))
    assert answer["Location"] == "/connexion/"
    assert "Quatre codes étaient erronés" in client.get("/connexion/").content.decode()
    assert "_auth_user_id" not in client.session
    assert give_code(client, code)["Location"].startswith("/connexion/?next=")
    assert not is_in(client)
    assert is_in(logged_in(user)), "the person himself begins again"


@pytest.mark.fault("B4")
def test_three_wrong_codes_are_forgiven(user):
    client = halfway(user)
    for _ in range(MAX_TRIES - 1):
        give_code(client, other(last_code(user.email)))
    assert give_code(client, last_code(user.email)).status_code == 302


@pytest.mark.fault("B4")
def test_who_logs_in_again_and_again_has_twenty_tries_a_day_then_a_new_password_helps(user):
    def wrong(client: Client) -> int:
        return give_code(client, other(last_code(user.email))).status_code

    for _ in range(5):
        client = halfway(user)
        assert [wrong(client) for _ in range(MAX_TRIES)] == [422, 422, 422, 302]
    client = halfway(user)
    answer = give_code(client, last_code(user.email))
    assert answer.status_code == 429
    assert "Trop de codes erronés" in answer.content.decode()
    assert not is_in(client)
    user.set_password("Un-autre-mot-2027")
    user.save()
    fresh = Client()
    give_password(fresh, user, "Un-autre-mot-2027")
    fresh.get(FACTOR)
    assert give_code(fresh, last_code(user.email)).status_code == 302


@pytest.mark.fault("B4")
@pytest.mark.parametrize("method", ["app", "recovery"])
def test_wrong_tries_of_the_application_and_of_recovery_codes_count_too(user, method):
    device = changes.new_application(user)
    changes.confirm_application(user, device, current(device))
    client = Client()
    give_password(client, user)
    client.get(FACTOR)
    another(client, method)
    answers = [give_code(client, "000000x").status_code for _ in range(MAX_TRIES)]
    assert answers == [422, 422, 422, 302]
    assert "_auth_user_id" not in client.session


@pytest.mark.fault("B5")
def test_a_code_serves_once(user):
    one = halfway(user)
    code = last_code(user.email)
    copy = Client()
    copy.cookies["session"] = one.cookies["session"].value
    assert give_code(one, code).status_code == 302
    assert is_in(one)
    give_code(copy, code)
    assert not is_in(copy)
    again = halfway(user)
    assert give_code(again, code).status_code == 422


@pytest.mark.fault("B5")
@pytest.mark.django_db(transaction=True)
def test_of_five_submits_of_one_code_at_once_one_succeeds():
    user = UserFactory()
    first = halfway(user)
    code = last_code(user.email)
    clients = []
    for _ in range(5):
        clients.append(Client(raise_request_exception=False))
        clients[-1].cookies["session"] = first.cookies["session"].value
    answers = at_once(5, lambda n: give_code(clients[n], code).status_code)
    assert all(isinstance(answer, int) and answer < 500 for answer in answers), answers
    assert sum(is_in(client) for client in clients) == 1
    assert CodeDevice.objects.get().tries == 0, "the losers did not guess"


@pytest.mark.fault("B6")
@pytest.mark.parametrize(("seconds", "opens"), [(599, True), (601, False)])
def test_a_code_lives_ten_minutes(user, clock, seconds, opens):
    client = halfway(user)
    clock.shift(seconds)
    answer = give_code(client, last_code(user.email))
    assert is_in(client) is opens
    if not opens:
        assert "expiré" in error_of(answer)
        another(client)
        assert give_code(client, last_code(user.email)).status_code == 302


@pytest.mark.fault("B7")
def test_a_code_serves_in_no_other_session(user):
    mine = halfway(user)
    code = last_code(user.email)
    thief = halfway(user)
    assert give_code(thief, code).status_code == 422
    assert not is_in(thief)
    assert give_code(mine, code).status_code == 302, "and a stranger's login does not void mine"


@pytest.mark.fault("B7")
def test_a_code_of_somebody_else_serves_nobody(user):
    stranger = UserFactory()
    halfway(stranger)
    assert give_code(halfway(user), last_code(stranger.email)).status_code == 422


def test_only_the_last_code_counts(user, clock):
    client = halfway(user)
    first = last_code(user.email)
    clock.shift(61)
    another(client)
    second = last_code(user.email)
    if first != second:
        assert give_code(client, first).status_code == 422
    assert give_code(client, second).status_code == 302


# --- Sending ------------------------------------------------------------------------------------------------------


@pytest.mark.fault("B11")
def test_another_code_leaves_after_a_minute(user, clock):
    client = halfway(user)
    clock.shift(59)
    assert "Attendez une minute" in client.post(SEND, {"method": "mail"}, follow=True).content.decode()
    assert codes_sent() == 1
    clock.shift(2)
    assert "Un nouveau code part" in client.post(SEND, {"method": "mail"}, follow=True).content.decode()
    assert codes_sent() == 2


@pytest.mark.fault("B11")
def test_twenty_resends_are_capped_for_the_account(user, clock):
    client = halfway(user)
    pages = []
    for _ in range(20):
        clock.shift(61)
        pages.append(client.post(SEND, {"method": "mail"}, follow=True).content.decode())
    assert codes_sent() == 10
    assert "Trop de codes ont été demandés" in pages[-1]
    clock.shift(3600)
    another(client)
    assert codes_sent() == 11


@pytest.mark.fault("B11")
def test_new_sessions_do_not_get_round_the_cap(user):
    for _ in range(20):
        client = Client()
        give_password(client, user)
        client.get(FACTOR)
    assert codes_sent() == 10


@pytest.mark.fault("B11")
def test_sms_to_one_number_are_capped_whoever_asks(sms, clock):
    users = UserFactory.create_batch(4, phone="+33612345678")
    for _ in range(5):
        for user in users:
            client = Client()
            give_password(client, user)
            client.get(FACTOR)
    assert codes_sent(channel="sms") == 5


@pytest.mark.fault("B11", "B3")
def test_codes_asked_from_one_place_are_capped_whatever_the_header_says():
    for number, user in enumerate(UserFactory.create_batch(65)):
        client = Client(headers={"X-Forwarded-For": f"10.0.0.{number}"})
        give_password(client, user)
        client.get(FACTOR)
    assert codes_sent() == 60


# --- By SMS, and when it does not leave ---------------------------------------------------------------------------


@pytest.fixture
def mobile(user, sms) -> User:
    user.phone = "+33612345678"
    user.save()
    return user


@pytest.mark.req("X-04")
def test_the_code_goes_by_sms_to_who_has_given_a_number(mobile):
    client = halfway(mobile)
    assert "•• •• •• •• 78" in client.get(FACTOR).content.decode()
    assert codes_sent(channel="sms", to="+33612345678") == 1
    assert codes_sent(channel="mail") == 0
    assert give_code(client, last_code("+33612345678")).status_code == 302


@pytest.mark.req("X-04")
def test_the_person_chooses_the_mail_instead_and_the_sms_is_worth_nothing(mobile):
    client = halfway(mobile)
    by_sms = last_code("+33612345678")
    another(client, "mail")
    by_mail = last_code(mobile.email)
    if by_sms != by_mail:
        assert give_code(client, by_sms).status_code == 422
    assert give_code(client, by_mail).status_code == 302


@pytest.mark.parametrize("method", ["sms", "app", "recovery", "autre", ""])
def test_a_way_that_somebody_has_not_is_not_offered_nor_taken(user, method):
    client = halfway(user)
    assert f'value="{method or "x"}"' not in client.get(FACTOR).content.decode()
    another(client, method)
    assert codes_sent() == 1
    assert give_code(client, last_code(user.email)).status_code == 302


@pytest.mark.fault("G13", "H4")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("status", [500, 503])
def test_when_the_sms_does_not_leave_the_page_says_so_and_the_mail_helps(gateway, caplog, status):  # noqa: F811
    user = UserFactory(phone="+33612345678")
    gateway.answer(status)
    client = halfway(user)
    code = last_code("+33612345678")
    sender.drain()
    page = client.get(FACTOR).content.decode()
    assert "n’est pas encore parti" in page
    assert "Recevoir un code par courriel" in page
    assert "indésirables" not in page, "no SMS is looked for among the mails"
    another(client, "mail")
    by_mail = client.get(FACTOR).content.decode()
    assert "Un nouveau code part par courriel." in by_mail
    assert "Recevoir un code par SMS" in by_mail
    assert "indésirables" in by_mail
    given_up = Message.objects.get(channel="sms")
    assert (given_up.state, given_up.secret) == (Message.State.FAILED, None), "it does not arrive tomorrow"
    assert give_code(client, last_code(user.email)).status_code == 302
    assert code not in page + caplog.text + given_up.error


@pytest.mark.fault("G13")
def test_without_a_gateway_nobody_is_promised_an_sms(mobile, settings, monkeypatch):
    settings.SMS_URL = ""
    monkeypatch.setattr(sms_gateway, "_deliver", None)
    client = halfway(mobile)
    page = re.sub(r'value="\w{64}"', "", client.get(FACTOR).content.decode())  # letters of chance
    assert "SMS" not in page
    assert codes_sent(channel="mail") == 1


# --- With an application, with a recovery code --------------------------------------------------------------------


def current(device: AppDevice) -> str:
    """What the application shows now."""
    return f"{totp(device.bin_key):06d}"


@pytest.fixture
def app(user, clock) -> tuple[AppDevice, list[str]]:
    device = changes.new_application(user)
    codes = changes.confirm_application(user, device, current(device))
    assert codes is not None
    clock.shift(60)
    device.refresh_from_db()
    return device, codes


def asked_for_the_application(user: User) -> Client:
    client = Client()
    assert give_password(client, user).status_code == 302
    assert "Ouvrez votre application" in client.get(FACTOR).content.decode()
    return client


@pytest.mark.req("X-04")
def test_the_application_passes_without_any_message(user, app):
    client = asked_for_the_application(user)
    assert codes_sent() == 0
    assert give_code(client, current(app[0])).status_code == 302
    assert is_in(client)


@pytest.mark.fault("B5")
def test_a_code_of_the_application_serves_once(user, app):
    code = current(app[0])
    assert give_code(asked_for_the_application(user), code).status_code == 302
    assert give_code(asked_for_the_application(user), code).status_code == 422


@pytest.mark.fault("B6")
def test_an_old_code_of_the_application_is_refused(user, app, clock):
    code = current(app[0])
    clock.shift(90)
    answer = give_code(asked_for_the_application(user), code)
    assert answer.status_code == 422
    assert "vérifiez que votre téléphone est à l’heure" in answer.content.decode()
    assert "plusieurs" not in answer.content.decode()


def test_a_recovery_code_serves_once_as_it_is_copied(user, app):
    code = app[1][3]
    for typed, status in ((code.upper().replace("-", " "), 302), (code, 422), (app[1][4].replace("-", ""), 302)):
        client = asked_for_the_application(user)
        another(client, "recovery")
        assert "Code de secours" in client.get(FACTOR).content.decode()
        assert give_code(client, typed).status_code == status


def test_ten_recovery_codes_all_different(app):
    assert len(set(app[1])) == 10
    assert all(re.fullmatch(r"[a-z0-9]{5}-[a-z0-9]{5}", code) for code in app[1])


@pytest.mark.fault("G13")
def test_without_the_telephone_the_mail_is_still_there(user, app):
    client = asked_for_the_application(user)
    page = client.get(FACTOR).content.decode()
    assert "Recevoir un code par courriel" in page
    assert "Utiliser un code de secours" in page
    assert "indésirables" not in page
    another(client, "mail")
    assert give_code(client, last_code(user.email)).status_code == 302


@pytest.mark.fault("B8", "B13")
def test_the_mailbox_of_a_colleague_with_an_application_is_no_way_in(user, app, clock):
    """It gives a new password as well: both steps would be one."""
    begun = asked_for_the_application(user)
    another(begun, "mail")
    by_mail = last_code(user.email)
    User.objects.filter(pk=user.pk).update(is_staff=True)
    assert give_code(begun, by_mail).status_code == 422, "the way chosen before is closed too"
    client = asked_for_the_application(user)
    another(client, "mail")
    assert codes_sent() == 1
    assert "Recevoir un code par courriel" not in client.get(FACTOR).content.decode()
    another(client, "recovery")
    assert give_code(client, app[1][0]).status_code == 302
    assert "Désactivé depuis l’ajout de votre application" in client.get("/compte/securite/").content.decode()
    changes.reset_factor(user, Actor.staff(UserFactory(superuser=True)))
    clock.shift(60)
    assert is_in(logged_in(user)), "a superuser opens the mailbox again"


@pytest.mark.fault("H5")
def test_a_stolen_table_makes_no_codes(user, app, settings):
    device, codes = app
    stored = list(changes.RecoveryDevice.objects.get(user=user).token_set.values_list("token", flat=True))
    assert not {code.replace("-", "") for code in codes} & set(stored)
    assert device.key != device.bin_key.hex()
    before = device.bin_key
    settings.FIELD_HASH_KEY = "another key"
    assert device.bin_key != before
    client = halfway(UserFactory(email="autre@morel.example"))
    assert client
    code = last_code("autre@morel.example")
    assert code not in str(CodeDevice.objects.values_list("token", flat=True))


# --- Helped by staff ----------------------------------------------------------------------------------------------


def test_staff_reset_the_factor_of_who_lost_his_telephone(user, app):
    User.objects.filter(pk=user.pk).update(phone="+33612345678")
    client = asked_for_the_application(user)
    give_code(client, current(app[0]))
    boss = logged_in(UserFactory(superuser=True))
    page = boss.get(reverse("admin:accounts_user_change", args=[user.pk])).content.decode()
    assert "06 12 34 56 78" in page
    assert "application d’authentification, 10 codes de secours" in page
    assert app[0].key not in page
    boss.post(reverse("admin:accounts_user_changelist"), {"action": "reset_factor", "_selected_action": [user.pk]})
    user.refresh_from_db()
    assert user.phone == ""
    assert not is_in(client), "a session that had passed passes again"
    assert is_in(logged_in(user))
    told = JournalEntry.objects.about(user).last().message
    assert "moyens de recevoir un code de connexion ont été réinitialisés" in told
    assert Message.objects.filter(to=user.email, subject_line="Votre compte a été modifié").exists()


@pytest.mark.fault("A8")
@pytest.mark.parametrize("traits", [{"reader": True}, {"manager": True}, {"accountant": True}])
def test_who_may_not_change_accounts_resets_nothing(user, app, traits):
    clerk = logged_in(UserFactory(**traits))
    data = {"action": "reset_factor", "_selected_action": [user.pk]}
    assert clerk.post(reverse("admin:accounts_user_changelist"), data).status_code == 403
    assert factor.application(user)


@pytest.mark.fault("A8")
def test_nobody_reads_the_secrets_in_the_back_office():
    boss = logged_in(UserFactory(superuser=True))
    for page in ("otp_totp/totpdevice/", "otp_static/staticdevice/", "accounts/codedevice/"):
        assert boss.get(f"/admin/{page}").status_code == 404


@pytest.mark.fault("H4")
@pytest.mark.django_db(transaction=True)
def test_the_mail_shows_the_code_and_staff_never_see_it():
    user = UserFactory()
    halfway(user)
    code, message = last_code(user.email), Message.objects.get()
    assert code not in as_text(message, show_secret=False) + str(message.content) + message.subject_line
    sender.drain()
    [sent] = mail.outbox
    assert code in sent.body
    assert code in sent.alternatives[0][0]
    assert code not in sent.subject
    message.refresh_from_db()
    assert message.secret is None
    assert code not in as_text(message)


# --- Nothing secret is left anywhere ------------------------------------------------------------------------------


@pytest.mark.fault("H4")
def test_codes_and_tokens_are_in_no_log_session_nor_journal(user, caplog, app):
    client = asked_for_the_application(user)
    another(client, "mail")
    secrets = [last_code(user.email)]
    give_code(client, last_code(user.email), remember="on")
    sender.drain()
    assert not Message.objects.filter(secret__isnull=False, state=Message.State.SENT).exists()
    kept = " ".join(
        [
            caplog.text,
            str([session.get_decoded() for session in client.session.model.objects.all()]),
            str(list(JournalEntry.objects.values())),
            str(list(Message.objects.filter(dedupe_key__startswith="code:").values("content", "subject_line"))),
            *map(str, changes.TrustedBrowser.objects.values()),
        ]
    )
    secrets += [*app[1], client.cookies["navigateur"].value.partition(".")[2], PASSWORD]
    for secret in secrets:
        assert secret not in kept
