"""The session ended while somebody was typing: what he typed waits for him, and for nobody else (E11, decision 19)."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache, caches
from django.core.cache.backends.redis import RedisCache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core import access, kept
from core.crypto import decrypt
from membership.models import Employee
from space.models import ChangeRequest, MemberRequest
from tests.factories import EmployeeFactory, sign_in
from tests.factories_requests import make_request, make_theme
from tests.factories_space import browser, make_manager
from tests.reading import read_page

pytestmark = [pytest.mark.django_db, pytest.mark.req("B-01")]
SAID = html.escape(kept.ENDED)
LOGIN = reverse("accounts:login")
HERE = {"Sec-Fetch-Site": "same-origin"}


def url(name: str, member, *key) -> str:
    return reverse(f"space:{name}", args=[member.pk, *key])


def end_session(client: Client) -> None:
    """As after twelve hours: the browser has dropped its cookie."""
    client.get(reverse("accounts:security"))  # a page was open
    client.session.flush()
    del client.cookies[settings.SESSION_COOKIE_NAME]


def lose(client: Client, address: str, page: str = "", **typed) -> str:
    """Send a form whose session is over, and see the login page; its address afterwards."""
    end_session(client)
    headers = {"Referer": f"http://testserver{page}"} if page else {}
    answer = client.post(address, typed, headers=headers)
    assert answer.status_code == 302
    assert answer["Location"].startswith(LOGIN)
    return answer["Location"]


def test_the_login_page_says_that_it_waits(client, manager, member):
    page = lose(client, url("company-change", member), message="Nous avons déménagé")
    assert html.escape(access.WAITS) in read_page(client.get(page))
    client.cookies.clear()
    assert html.escape(access.WAITS) not in read_page(client.get(page))


CHANGE = {"name": "Boulangerie Morel & filles", "message": "Nous avons déménagé", "phone": "01 23"}


@pytest.mark.parametrize(
    ("page", "typed"),
    [
        ("company-change", CHANGE),
        ("access-invite", {"first_name": "Zoé", "email": "zoe@", "rights": ["declares"], "ends_on": "31/02/2027"}),
        ("employees-add", {"last_name": "D’Almeida", "birth_date": "3 mars"}),
        ("employees-import", {"pasted": "Nom\tPrénom\nD’Almeida\tInès"}),
        ("mandate-new", {"holder": "SARL D’Almeida", "iban": "FR76 9999 9000"}),
    ],
)
def test_what_was_typed_is_there_after_logging_in_again(client, manager, member, page, typed):
    address = url(page, member)
    assert f"next={address}" in lose(client, address, **typed)
    sign_in(client, manager)
    answer = client.get(address)
    text = html.unescape(read_page(answer))
    assert answer.status_code == 200
    assert kept.ENDED in text
    for values in typed.values():
        for value in values if isinstance(values, list) else [values]:
            assert value in text
    if "rights" in typed:
        assert re.search(r'value="declares"[^>]* checked', text)
    assert not ChangeRequest.objects.exists()  # nothing is sent by itself
    assert not Employee.objects.filter(last_name__startswith="D’").exists()
    assert kept.ENDED in html.unescape(read_page(client.get(address)))  # a page that is refreshed loses nothing


def test_sent_once_more_it_is_sent_and_kept_no_longer(client, manager, member):
    address = url("company-change", member)
    form = {name: value for name, value in client.get(address).context["form"].initial.items() if value}
    lose(client, address, **form, message="Nous avons déménagé")
    sign_in(client, manager)
    assert "Nous avons déménagé" in client.get(address).content.decode()
    assert client.post(address, {**form, "message": "Nous avons déménagé"}).status_code == 302
    assert ChangeRequest.objects.count() == 1
    page = client.get(address).content.decode()
    assert SAID not in page
    assert settings.KEPT_COOKIE_NAME not in {name for name, one in client.cookies.items() if one.value}


@pytest.mark.fault("A2")
def test_nobody_else_sees_it_in_that_browser(client, member):
    """A colleague with the same rights on the same company, on the shared computer of the office."""
    address = url("company-change", member)
    lose(client, address, **CHANGE)
    colleague = make_manager(member)
    sign_in(client, colleague)
    page = client.get(address).content.decode()
    assert "déménagé" not in page
    assert SAID not in page


@pytest.mark.fault("A2")
def test_nor_does_the_same_person_in_another_browser(client, manager, member):
    lose(client, url("company-change", member), **CHANGE)
    other = browser(manager)
    assert "déménagé" not in other.get(url("company-change", member)).content.decode()


def test_a_browser_that_does_not_know_whose_form_it_was_keeps_nothing(client, manager, member):
    address = url("company-change", member)
    end_session(client)
    client.cookies[settings.OWNER_COOKIE_NAME] = client.cookies[settings.OWNER_COOKIE_NAME].value[:-2] + "xx"
    client.post(address, CHANGE)
    assert settings.KEPT_COOKIE_NAME not in client.cookies
    sign_in(client, manager)
    assert "déménagé" not in client.get(address).content.decode()


def test_the_cookies_tell_nothing_and_no_page_can_read_them(client, manager, member):
    lose(client, url("company-change", member), **CHANGE)
    for name in (settings.OWNER_COOKIE_NAME, settings.KEPT_COOKIE_NAME):
        cookie = client.cookies[name]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert manager.email not in cookie.value
    assert client.cookies[settings.KEPT_COOKIE_NAME]["max-age"] == 15 * 60


def test_what_waits_is_encrypted(client, member):
    lose(client, url("mandate-new", member), iban="FR76 9999 9000 9100 0043 1000 029", holder="SARL Morel")
    stored = cache.get(kept._key(client.cookies[settings.KEPT_COOKIE_NAME].value))
    assert stored
    assert "FR76 9999" not in stored
    assert "FR769999" not in stored
    assert "Morel" not in stored


def test_a_quarter_of_an_hour_later_it_is_gone(client, manager, member):
    address = url("company-change", member)
    lose(client, address, **CHANGE)
    key = kept._key(client.cookies[settings.KEPT_COOKIE_NAME].value)
    store = caches["default"]
    if isinstance(store, RedisCache):
        assert 0 < store._cache.get_client().ttl(store.make_key(key)) <= kept.KEPT_SECONDS
        return
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert store.get(key) is None


def test_a_page_left_open_while_another_tab_logged_out(client, manager, member):
    """« Se déconnecter » in another tab: the form of this one is not lost, and its owner alone gets it back."""
    address = url("company-change", member)
    client.get(address)
    client.post(reverse("accounts:logout"))
    answer = client.post(address, CHANGE, headers={"Referer": f"http://testserver{address}"})
    assert answer["Location"].startswith(LOGIN)
    sign_in(client, manager)
    assert "Nous avons déménagé" in client.get(address).content.decode()


def test_with_the_password_alone_it_waits_for_the_second_step(client, manager, member):
    address = url("company-change", member)
    end_session(client)
    client.force_login(manager)
    assert client.post(address, CHANGE)["Location"].startswith(reverse("accounts:factor"))
    sign_in(client, manager)
    assert "Nous avons déménagé" in client.get(address).content.decode()


def test_passwords_and_codes_are_never_kept(client, member, manager):
    lose(client, url("company-change", member), **CHANGE, password="Val-d-Orge-2026", otp="123456")
    found = decrypt(cache.get(kept._key(client.cookies[settings.KEPT_COOKIE_NAME].value)))
    assert "Val-d-Orge" not in found
    assert "123456" not in found
    assert "csrfmiddlewaretoken" not in found


def test_a_change_made_by_a_colleague_meanwhile_is_still_told(client, manager, member):
    """The form comes back with the version that its person had before his eyes, not with the one of today."""
    employee = EmployeeFactory(establishment=member.establishment, job_title="Vendeuse")
    address = url("employees-edit", member, employee.pk)
    form = {name: str(value) for name, value in _as_sent(client.get(address)).items()}
    lose(client, address, **{**form, "job_title": "Responsable de magasin"})
    Employee.objects.filter(pk=employee.pk).update(job_title="Caissière", version=employee.version + 1)
    sign_in(client, manager)
    page = client.get(address)
    assert "Responsable de magasin" in page.content.decode()
    again = client.post(address, _as_sent(page))
    assert again.status_code == 409
    assert "Caissière" in again.content.decode()


def test_an_employee_removed_meanwhile_is_offered_to_be_added_again(client, manager, member):
    address = url("employees-edit", member, uuid4())
    lose(client, address, last_name="D’Almeida", first_name="Inès")
    sign_in(client, manager)
    page = client.get(address)
    assert page.status_code == 200
    assert "D’Almeida" in page.content.decode()
    assert "a été retirée de la liste entre-temps" in page.content.decode()


def test_a_request_comes_back_under_its_own_key(client, manager, member):
    """So that what the page had kept as a draft and what is sent now are one request."""
    new = url("request-new", member)
    key = client.get(new).context["key"]
    address = url("request-draft", member, key)
    client.post(url("request-draft-keep", member, key), {"subject": "Facture", "text": "Bonjour"})
    typed = {"subject": "Facture", "text": "Bonjour, le montant me surprend."}
    assert f"next={new}" in lose(client, address, page=new, **typed)
    sign_in(client, manager)
    page = client.get(new)
    assert "le montant me surprend" in page.content.decode()
    client.post(address, {**typed, "theme": make_theme().pk, "action": "send"})
    assert MemberRequest.objects.get().messages.get().text == typed["text"]


def test_an_answer_to_a_request_comes_back_on_its_page(client, manager, member):
    mine = make_request(manager, member)
    page = url("request", member, mine.pk)
    key = client.get(page).context["key"]
    lose(client, url("request-answer", member, mine.pk, key), page=page, text="Voici la pièce demandée")
    sign_in(client, manager)
    back = client.get(page)
    assert "Voici la pièce demandée" in back.content.decode()
    assert back.context["key"] == key


def test_the_part_of_a_page_that_saves_by_itself_says_so_in_its_place(client, member):
    """Without this, htmx would put the whole login page under the form."""
    key = uuid4()
    end_session(client)
    answer = client.post(url("request-draft-keep", member, key), {"text": "Bonjour"}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "Votre session a pris fin" in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_the_page_left_open_before_another_login_says_to_log_in_first(member, manager):
    """Its token is dead, so nobody knows whose it was: it stays in that tab, and no account gets it by logging in."""
    client = Client(enforce_csrf_checks=True)
    sign_in(client, manager)
    address = url("company-change", member)
    token = client.get(address).cookies[settings.CSRF_COOKIE_NAME].value
    end_session(client)
    answer = client.post(address, {**CHANGE, "csrfmiddlewaretoken": "x" * 64}, headers=HERE)
    page = html.unescape(answer.content.decode())
    assert answer.status_code == 403
    assert "Connectez-vous d’abord" in page
    assert "Renvoyer ma saisie" in page
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    resent = client.post(address, {**CHANGE, kept.RESENT: "1", "csrfmiddlewaretoken": token}, headers=HERE)
    assert resent["Location"].startswith(LOGIN)
    assert settings.KEPT_COOKIE_NAME not in client.cookies


@pytest.mark.fault("D7")
def test_what_was_refused_is_there_when_its_page_is_asked_for_again(client, member):
    """« Précédent » after an error: the browser may not keep the page, so the server gives the answers back."""
    address = url("employees-add", member)
    refused = client.post(address, {"last_name": "D’Almeida", "first_name": "Inès", "birth_date": "3 mars"})
    assert refused.status_code == 422
    page = html.unescape(read_page(client.get(address)))
    assert "D’Almeida" in page
    assert "3 mars" in page
    assert kept.AGAIN in page
    assert kept.ENDED not in page
    assert "D’Almeida" not in client.get(url("company-change", member)).content.decode()
    good = {"last_name": "D’Almeida", "first_name": "Inès", "birth_date": "03/03/1990", "hired_on": "01/02/2024"}
    good |= {"contract_type": "cdi", "job_title": "Vendeuse", "monitoring": "SI"}
    assert client.post(address, good).status_code == 302
    assert "D’Almeida" not in html.unescape(client.get(address).content.decode())


def test_an_empty_form_that_was_refused_leaves_nothing(client, member):
    assert client.post(url("access-invite", member), {"action": "save"}).status_code == 422
    assert settings.KEPT_COOKIE_NAME not in client.cookies


def _as_sent(answer) -> dict[str, str]:
    """What a browser would send of the form of a page, untouched."""
    form = answer.context["form"]
    sent = {bound.html_name: bound.value() for bound in form}
    sent = {name: f"{value:%d/%m/%Y}" if isinstance(value, date) else value for name, value in sent.items()}
    return {**{name: value for name, value in sent.items() if value is not None}, "version": answer.context["version"]}
