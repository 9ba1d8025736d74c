"""Who may see what: views declare it, personal links open it, dates and revocation end it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path, reverse

from config import urls as site
from core.access import COOKIE_AGE, LINK, MAX_LINKS, PUBLIC, STAFF, audience
from core.models import AccessLink
from membership.models.application import LINK as DOSSIER_LINK
from tests.factories import ApplicationFactory, UserFactory, sign_in

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def undeclared(request: HttpRequest) -> HttpResponse:
    return HttpResponse("secret")


@audience(STAFF)
def for_staff(request: HttpRequest) -> HttpResponse:
    return HttpResponse("for staff")


@audience(PUBLIC)
def for_all(request: HttpRequest) -> HttpResponse:
    return HttpResponse("for all")


@audience(LINK)
def for_links(request: HttpRequest) -> HttpResponse:
    return HttpResponse(",".join(sorted(str(link) for link in request.visitor.link_ids)))


urlpatterns = [
    *site.urlpatterns,
    path("essai/oubliee/", undeclared),
    path("essai/agents/", for_staff),
    path("essai/tous/", for_all),
    path("essai/liens/", for_links),
]
handler403 = site.handler403


@pytest.fixture
def toy_urls(settings):
    settings.ROOT_URLCONF = __name__


@pytest.fixture
def dossier():
    return ApplicationFactory()


def issue(dossier, **lifetime: int) -> tuple[AccessLink, str]:
    return AccessLink.issue(dossier, DOSSIER_LINK, timedelta(**(lifetime or {"days": 90})))


def opened(token: str) -> Client:
    """A browser that has opened this link."""
    client = Client()
    assert client.get(reverse("membership:open", args=[token])).status_code == 302
    return client


def status(client: Client, dossier) -> int:
    return client.get(reverse("membership:dossier", args=[dossier.pk])).status_code


@pytest.mark.fault("A1")
def test_a_view_that_declares_no_audience_is_refused_to_everybody(toy_urls, client):
    assert client.get("/essai/oubliee/").status_code == 403
    sign_in(client, UserFactory(superuser=True))
    answer = client.get("/essai/oubliee/")
    assert answer.status_code == 403
    assert "secret" not in answer.content.decode()


@pytest.mark.fault("A1")
def test_staff_pages_ask_to_log_in_and_refuse_an_employer(toy_urls, client):
    answer = client.get("/essai/agents/?page=2")
    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('accounts:login')}?next=/essai/agents/%3Fpage%3D2"
    sign_in(client, UserFactory())
    assert client.get("/essai/agents/").status_code == 403
    sign_in(client, UserFactory(reader=True))
    assert client.get("/essai/agents/").content == b"for staff"


@pytest.mark.fault("C5")
def test_only_public_pages_may_be_kept_by_a_browser(toy_urls, client):
    assert "no-store" not in client.get("/essai/tous/").get("Cache-Control", "")
    assert "no-store" in client.get("/essai/liens/")["Cache-Control"]


@pytest.mark.fault("A2")
def test_a_link_opens_its_dossier_and_no_other(dossier):
    other = ApplicationFactory()
    client = opened(issue(dossier)[1])
    assert status(client, dossier) == 302  # to the step where it was left
    assert status(client, other) == 404
    assert status(Client(), dossier) == 404


def test_a_browser_keeps_several_dossiers_the_last_opened_first(toy_urls, dossier):
    links = [issue(dossier) for _ in range(MAX_LINKS + 2)]
    client = Client()
    for _, token in links:
        client.get(reverse("membership:open", args=[token]))
    kept = set(client.get("/essai/liens/").content.decode().split(","))
    assert kept == {str(link.pk) for link, _ in links[2:]}


@pytest.mark.fault("C4")
@pytest.mark.parametrize("forge", ["altered", "unsigned", "other purpose", "not ours", "not a list"])
def test_a_forged_cookie_is_no_cookie(settings, dossier, forge):
    link, token = issue(dossier)
    client = opened(token)
    name = settings.ACCESS_COOKIE_NAME
    real = client.cookies[name].value
    client.cookies[name] = {
        "altered": real[:-1] + ("A" if real[-1] != "A" else "B"),
        "unsigned": real.rpartition(":")[0],
        "other purpose": signing.dumps([link.pk.hex], salt="autre", compress=True),
        "not ours": signing.dumps([link.pk.hex], key="another key", salt="access"),
        "not a list": signing.dumps({"a": 1}, salt="access"),
    }[forge]
    assert status(client, dossier) == 404


def test_the_cookie_serves_a_working_day_then_the_link_opens_again(settings, dossier):
    with time_machine.travel(NOW, tick=False) as clock:
        _, token = issue(dossier)
        client = opened(token)
        cookie = client.cookies[settings.ACCESS_COOKIE_NAME]
        assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == (COOKIE_AGE, True, "Lax")
        value = cookie.value
        clock.shift(timedelta(seconds=COOKIE_AGE + 1))
        client.cookies[settings.ACCESS_COOKIE_NAME] = value  # a browser that keeps it longer
        assert status(client, dossier) == 404
        assert status(opened(token), dossier) == 302


@pytest.mark.fault("C2")
def test_a_browser_loses_the_dossier_the_moment_its_link_ends(dossier):
    with time_machine.travel(NOW, tick=False) as clock:
        client = opened(issue(dossier, hours=2)[1])
        clock.shift(timedelta(hours=2, seconds=-1))
        assert status(client, dossier) == 302
        clock.shift(timedelta(seconds=1))
        assert status(client, dossier) == 404


@pytest.mark.fault("C3")
@pytest.mark.parametrize("column", ["revoked_at", "spent_at"])
def test_a_revoked_or_spent_link_ends_at_once_in_browsers_that_opened_it(dossier, column):
    link, token = issue(dossier)
    client = opened(token)
    assert status(client, dossier) == 302
    AccessLink.objects.filter(pk=link.pk).update(**{column: NOW})
    assert status(client, dossier) == 404


def test_a_link_of_another_purpose_opens_no_dossier(settings, dossier):
    link, _ = AccessLink.issue(dossier, "activation", timedelta(days=1))
    client = Client()
    client.cookies[settings.ACCESS_COOKIE_NAME] = signing.dumps([link.pk.hex], salt="access", compress=True)
    assert status(client, dossier) == 404


def test_being_logged_in_opens_no_dossier_by_itself(client, dossier):
    """Staff work in the admin; the employer's pages show what a link opened, to whoever it is."""
    sign_in(client, UserFactory(superuser=True))
    assert status(client, dossier) == 404


@pytest.mark.fault("H4")
def test_the_token_is_stored_nowhere(dossier):
    link, token = issue(dossier)
    stored = [str(value) for value in AccessLink.objects.filter(pk=link.pk).values_list().get()]
    assert not any(token in value for value in stored)


def test_a_link_is_spent_once(dossier):
    link, _ = issue(dossier)
    assert link.spend()
    assert not AccessLink.objects.get(pk=link.pk).spend()
    assert not link.spend()


def test_a_dead_link_cannot_be_spent(dossier):
    with time_machine.travel(NOW, tick=False) as clock:
        link, _ = issue(dossier, days=1)
        clock.shift(timedelta(days=1))
        assert not link.spend()
