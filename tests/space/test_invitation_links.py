"""The link of an invitation: opened by anybody's scanner, spent once by its reader, void once taken back."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from core.models import AccessLink
from membership import accesses
from membership.accesses import Given
from membership.models import Access
from notifications.models import Message
from tests.factories import CLERK, PASSWORD, give_access
from tests.factories_space import browser, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.req("B-06", "D-06")]
ADDRESS = "compta@cabinet.example"
SCANNERS = ("Mozilla/5.0 (Windows NT 10.0; Microsoft Outlook 16.0)", "Proofpoint URL Defense")


@pytest.fixture
def invited(member) -> Access:
    who = {"email": ADDRESS, "first_name": "Paul", "last_name": "Compta"}
    return accesses.give(member, Given(frozenset({"declares"})), **who, by=CLERK)


@pytest.fixture
def path(invited) -> str:
    return urlsplit(Message.objects.get(to=ADDRESS).secret).path


def choose(client: Client):
    return client.post(reverse("accounts:activate"), {"password": PASSWORD, "password_again": PASSWORD})


@pytest.mark.fault("C1")
def test_scanners_open_it_and_nothing_is_written(path, invited):
    before = [list(model.objects.values()) for model in (AccessLink, User, Access)]
    for agent in SCANNERS:
        for _ in range(5):
            assert Client(headers={"user-agent": agent}).get(path).status_code == 302
            Client(headers={"user-agent": agent}).head(path)
    assert [list(model.objects.values()) for model in (AccessLink, User, Access)] == before
    person = Client()
    person.get(path)
    assert choose(person).status_code == 302
    user = User.objects.get(email=ADDRESS)
    assert user.check_password(PASSWORD)
    answer = browser(user).get(reverse("space:companies"))
    assert answer["Location"] == reverse("space:home", args=[invited.member_id])


@pytest.mark.fault("C2")
def test_it_lives_fourteen_days_and_then_offers_a_new_one(member, clock):
    who = {"email": ADDRESS, "first_name": "Paul", "last_name": "Compta"}
    accesses.give(member, Given(frozenset({"declares"})), **who, by=CLERK)
    path = urlsplit(Message.objects.get(to=ADDRESS).secret).path
    clock.shift(timedelta(days=14, minutes=-1))
    person = Client()
    person.get(path)
    assert person.get(reverse("accounts:activate")).status_code == 200
    clock.shift(timedelta(minutes=2))
    page = person.get(reverse("accounts:activate"))
    assert page.status_code == 410
    assert "Recevoir un nouveau lien" in page.content.decode()
    person.post(reverse("accounts:new-link"))
    assert Message.objects.filter(to=ADDRESS).count() == 2


@pytest.mark.fault("C3")
def test_used_twice_it_says_so(path):
    first, second = Client(), Client()
    for person in (first, second):
        person.get(path)
    choose(first)
    assert choose(second).status_code == 410
    assert Client().get(path).status_code == 410


@pytest.mark.fault("C3")
def test_taken_back_before_it_was_used_it_opens_nothing(path, invited):
    person = Client()
    person.get(path)
    accesses.withdraw(invited, by=CLERK)
    answer = choose(person)
    assert answer.status_code == 410
    assert str(invited.member.establishment) not in answer.content.decode()
    assert not User.objects.get(email=ADDRESS).has_usable_password()


@pytest.mark.fault("C3")
def test_taken_back_by_one_company_it_still_serves_for_the_other(path, invited):
    give_access(invited.user, make_member())
    accesses.withdraw(invited, by=CLERK)
    person = Client()
    person.get(path)
    assert choose(person).status_code == 302


@pytest.mark.fault("C3")
@pytest.mark.parametrize("used", [0, 1])
def test_invited_by_two_companies_either_mail_serves_and_then_the_other_says_so(path, used):
    who = {"email": ADDRESS, "first_name": "Paul", "last_name": "Compta"}
    accesses.give(make_member(), Given(frozenset({"declares"})), **who, by=CLERK)
    second = Message.objects.filter(to=ADDRESS).latest("created_at")
    paths = [path, urlsplit(second.secret).path]
    assert paths[0] != paths[1]
    person, late = Client(), Client()
    person.get(paths[used])
    late.get(paths[1 - used])
    assert choose(person).status_code == 302
    for answer in (choose(late), Client().get(paths[1 - used])):
        assert answer.status_code == 410
        assert "Ce lien a déjà servi" in answer.text
    late.post(reverse("accounts:new-link"))
    assert Message.objects.filter(to=ADDRESS).count() == 2, "an account with a password needs no other link"


@pytest.mark.fault("C4")
@pytest.mark.parametrize("spoil", ["cut", "other", "encoded"])
def test_altered_or_cut_it_is_unknown(path, spoil):
    spoilt = {
        "cut": path[:-2] + "/",
        "other": path[:-3] + "zz/",
        "encoded": path.replace("activer/", "activer/%20"),
    }
    assert Client().get(spoilt[spoil]).status_code == 404


@pytest.mark.fault("C5")
def test_once_opened_its_token_is_nowhere(path):
    person = Client()
    answer = person.get(path)
    token = path.rstrip("/").rsplit("/", 1)[1]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cache-Control"] == "no-store"
    page = person.get(answer["Location"])
    assert token not in answer["Location"] + page.content.decode()
