"""A new link for many dossiers of the queue at once: counted, shown, confirmed, sent once (B-21)."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from core.journal import timeline
from membership import workflow
from membership.models import Application
from notifications.models import Message
from tests.factories import CLERK, ApplicationFactory
from tests.reading import read_page

pytestmark = [pytest.mark.django_db, pytest.mark.req("B-21"), pytest.mark.usefixtures("operator")]


def box(dossier: Application) -> str:
    return f"{dossier.pk}:{dossier.version}"


def ask(client: Client, *dossiers: Application, **data: str) -> HttpResponse:
    asked = {"dossier": [box(dossier) for dossier in dossiers], "vue": "miens", **data}
    return client.post(reverse("admin:queue-links"), asked, follow=True)


def links() -> int:
    return Message.objects.filter(dedupe_key__startswith="way-back:").count()


def test_it_is_offered_counted_shown_and_then_sent(manager):
    dossiers = [ApplicationFactory(submitted=True) for _ in range(12)]
    address = reverse("admin:queue-links")
    assert f'formaction="{address}"' in manager.get(reverse("admin:index")).content.decode()
    shown = ask(manager, *dossiers).content.decode()
    assert links() == 0, "nothing leaves before it is confirmed"
    assert "Un courriel part à chacune des 12 entreprises, avec un lien qui ouvre son dossier." in shown
    assert "(lien personnel" in shown
    assert settings.SITE_URL not in shown, "the address of nobody's dossier is no example of a link"
    assert shown.count("PA-") >= 10
    assert "Et 2 autres." in shown
    assert "Votre lien vers votre dossier" in shown
    boxes = re.findall(r'name="dossier" value="([^"]+)"', shown)
    assert sorted(boxes) == sorted(map(box, dossiers))
    done = manager.post(address, {"dossier": boxes, "confirmed": "1", "vue": "miens"}, follow=True)
    assert "12 nouveaux liens partent par courriel." in done.content.decode()
    assert done.context_data["asked"].tab.slug == "miens"
    assert links() == 12
    entry = timeline(dossiers[0], staff=True).last()
    assert (entry.actor_name, entry.internal) == (manager.user.get_full_name(), True)


@pytest.mark.fault("G1")
def test_a_second_click_sends_nothing(manager):
    dossier = ApplicationFactory(submitted=True)
    ask(manager, dossier, confirmed="1")
    again = ask(manager, dossier, confirmed="1").content.decode()
    assert links() == 1
    assert "a déjà été traité" in again


def test_who_gets_none_is_counted_apart(manager):
    draft, accepted = ApplicationFactory(), ApplicationFactory(accepted=True)
    nameless = ApplicationFactory(contact_email="", representative_email="")
    shown = ask(manager, draft, accepted, nameless).content.decode()
    assert "Un courriel part à l’entreprise," in shown
    assert "2 dossiers cochés sans envoi" in shown
    ask(manager, draft, accepted, nameless, confirmed="1")
    assert list(Message.objects.filter(dedupe_key__startswith="way-back:").values_list("subject_id", flat=True)) == [
        draft.pk
    ]


def test_one_that_was_closed_meanwhile_does_not_hold_up_the_others(manager):
    first, second = ApplicationFactory(submitted=True), ApplicationFactory(submitted=True)
    workflow.add_note(first, by=CLERK, text="x")
    text = read_page(ask(manager, first, second, confirmed="1"))
    assert "1 nouveau lien part par courriel." in text
    assert f"{first.reference} : Ce dossier a déjà été traité" in text
    assert links() == 1


@pytest.mark.parametrize("data", [{}, {"dossier": ["x", "1:2"]}])
def test_nothing_ticked_says_so(manager, data):
    text = manager.post(reverse("admin:queue-links"), data, follow=True).content.decode()
    assert "Cochez au moins un dossier." in text


@pytest.mark.req("B-01")
def test_those_that_came_to_nothing_get_theirs(manager):
    """« Reprendre mon dossier » sends it to them too."""
    dossiers = [ApplicationFactory(returned=True), ApplicationFactory(withdrawn=True)]
    assert "Un courriel part à chacune des 2 entreprises" in ask(manager, *dossiers).content.decode()
    ask(manager, *dossiers, confirmed="1")
    mails = Message.objects.filter(dedupe_key__startswith="way-back:")
    assert {mail.subject_id for mail in mails} == {dossier.pk for dossier in dossiers}
    assert all("clos le" in str(mail.content["paragraphs"]) for mail in mails)


@pytest.mark.fault("A8", "A10")
def test_it_is_a_post_by_those_who_process_dossiers(manager, login, accountant):
    dossier = ApplicationFactory(submitted=True)
    assert manager.get(reverse("admin:queue-links")).status_code == 405
    for client in (accountant, login(reader=True)):
        assert ask(client, dossier, confirmed="1").status_code == 403
    assert links() == 0
