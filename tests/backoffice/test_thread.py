"""The thread of a dossier in the back office: seen in the queue, answered, set aside (B-05)."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from core.models import JournalEntry
from membership import thread
from membership.models import Application, DossierMessage
from notifications.models import Message
from tests.backoffice.conftest import page, post, url
from tests.factories import CLERK, COMPANY, ApplicationFactory, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.req("B-05"), pytest.mark.usefixtures("operator")]


def asked(**traits) -> Application:
    """A dossier whose company waits for an answer."""
    dossier = ApplicationFactory(**(traits or {"submitted": True}))
    thread.write(dossier, "Mon bordereau est faux.", key=uuid4(), by=COMPANY)
    dossier.refresh_from_db()
    return dossier


@pytest.mark.req("M-12")
@pytest.mark.parametrize(("state", "verb"), [("submitted", "proforma"), ("complete", "accepter")])
def test_what_would_make_one_hesitate_is_on_the_page_that_confirms(manager, state, verb):
    dossier = asked(**{state: True}, employees=2, establishment__headcount=3)
    shown = manager.get(url(dossier, verb)).content.decode()
    assert "Un message de l’entreprise est sans réponse." in shown
    assert "Mon bordereau est faux." in shown
    assert "L’entreprise a déclaré un effectif de 3, et sa liste compte 2 salariés." in shown
    thread.answer(dossier, "C’est corrigé.", key=uuid4(), by=CLERK)
    dossier.establishment.headcount = 2
    dossier.establishment.save()
    shown = manager.get(url(dossier, verb)).content.decode()
    assert "sans réponse" not in shown
    assert "effectif de" not in shown


def form(client: Client, dossier: Application) -> dict[str, str]:
    """What the form on the page would send, but for what is typed."""
    shown = client.get(page(dossier)).content.decode()
    found = shown[shown.index(f'action="{url(dossier, "ecrire")}"') :]
    return {name: re.search(rf'name="{name}" value="([^"]+)"', found)[1] for name in ("version", "key")}


def test_an_unanswered_message_is_seen_in_the_queue_until_it_is_answered(manager):
    ApplicationFactory(submitted=True, establishment__name="Sans question")
    dossier = asked(submitted=True, establishment__name="Avec question")
    closed = asked(returned=True, establishment__name="Dossier clos")
    long_ago = timezone.now() - timedelta(days=4)
    Application.objects.filter(pk=closed.pk).update(unanswered_since=long_ago)

    def waiting() -> list[str]:
        shown = manager.get("/admin/?vue=messages").content.decode()
        return re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', shown)

    assert waiting() == ["Dossier clos", "Avec question"], "closed or not, the oldest first"
    home = manager.get("/admin/")
    assert {tab["label"]: tab["count"] for tab in home.context_data["tabs"]}["Messages sans réponse"] == "2"
    first = home.content.decode()
    assert first.count('<span class="tag wait">Message sans réponse</span>') == 1
    assert "depuis 4 jours" in manager.get("/admin/?vue=messages").content.decode()
    thread.write(dossier, "Encore moi.", key=uuid4(), by=COMPANY)
    dossier.refresh_from_db()
    since = dossier.unanswered_since
    assert since == dossier.messages.first().sent_at, "it waits since the first"
    post(manager, dossier, "ecrire", message="C’est corrigé.", key=str(uuid4()))
    assert waiting() == ["Dossier clos"]
    closed.refresh_from_db()
    assert post(manager, closed, "sans-reponse").status_code == 302
    assert waiting() == []


def test_staff_answer_from_the_page_and_the_journal_says_who(manager):
    dossier = asked()
    shown = manager.get(page(dossier)).content.decode()
    assert "Mon bordereau est faux." in shown
    assert '<details class="card" open><summary>Répondre' in shown
    response = manager.post(url(dossier, "ecrire"), {**form(manager, dossier), "message": "C’est corrigé."})
    assert response["Location"] == page(dossier)
    last = dossier.messages.last()
    assert (last.text, last.author, last.from_staff) == ("C’est corrigé.", manager.user, True)
    entry = JournalEntry.objects.about(dossier).order_by("pk").last()
    assert (entry.message, entry.actor, entry.internal) == ("Réponse de nos équipes.", manager.user, False)
    shown = manager.get(page(dossier)).content.decode()
    assert "C’est corrigé." in shown
    assert '<details class="card"><summary>Écrire à l’entreprise' in shown
    assert "Pas de réponse à donner" not in shown


@pytest.mark.fault("G1")
def test_a_double_click_answers_once_and_says_so(manager):
    dossier = asked()
    typed = {**form(manager, dossier), "message": "C’est corrigé."}
    answers = [manager.post(url(dossier, "ecrire"), typed) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert "Le message est envoyé" in manager.get(page(dossier)).content.decode()
    assert dossier.messages.filter(from_staff=True).count() == 1
    assert Message.objects.filter(to=dossier.mail_to, dedupe_key__startswith="dossier-message:").count() == 1


@pytest.mark.fault("G3")
def test_what_came_meanwhile_is_read_before_an_answer_and_what_was_typed_stays(manager, login):
    dossier = asked()
    mine, colleague = form(manager, dossier), login(manager=True)
    thread.write(dossier, "En fait, c’est réglé.", key=uuid4(), by=COMPANY)
    response = manager.post(url(dossier, "ecrire"), {**mine, "message": "Voici la marche à suivre."})
    assert response.status_code == 409
    shown = response.content.decode()
    assert "déjà été traité par Claire Morel" in shown
    assert "Voici la marche à suivre." in shown
    assert "En fait, c’est réglé." in shown, "the thread is on that page"
    assert manager.post(url(dossier, "sans-reponse"), {"version": mine["version"]}).status_code == 409
    dossier.refresh_from_db()
    assert dossier.unanswered_since is not None
    assert post(colleague, dossier, "ecrire", message="Parfait.", key=str(uuid4())).status_code == 302
    assert [message.text for message in dossier.messages.filter(from_staff=True)] == ["Parfait."]


@pytest.mark.req("B-01")
@pytest.mark.parametrize("typed", ["", "é" * 5001])
def test_a_refused_answer_is_still_there(manager, typed):
    dossier = asked()
    response = post(manager, dossier, "ecrire", message=typed, key=str(uuid4()))
    assert response.status_code == 422
    assert typed in response.content.decode()
    assert not dossier.messages.filter(from_staff=True).exists()


@pytest.mark.req("B-01")
def test_an_answer_typed_when_the_session_had_ended_waits_on_the_page(manager):
    dossier = asked()
    typed = {**form(manager, dossier), "message": "Une longue réponse"}
    del manager.cookies[settings.SESSION_COOKIE_NAME]
    lost = manager.post(url(dossier, "ecrire"), typed, headers={"Referer": f"http://testserver{page(dossier)}"})
    assert lost.status_code == 302
    sign_in(manager, manager.user)
    assert "Une longue réponse" in manager.get(page(dossier)).content.decode()


def test_a_message_that_asks_for_no_answer_is_set_aside_between_ourselves(manager):
    dossier = asked()
    post(manager, dossier, "sans-reponse")
    dossier.refresh_from_db()
    assert dossier.unanswered_since is None
    entry = JournalEntry.objects.about(dossier).order_by("pk").last()
    assert (entry.actor, entry.internal) == (manager.user, True)
    assert post(manager, dossier, "sans-reponse").status_code == 409


@pytest.mark.fault("A8")
def test_a_reader_and_the_accounts_read_the_thread_and_write_nothing(login):
    dossier = asked()
    for group in ("reader", "accountant"):
        client = login(**{group: True})
        shown = client.get(page(dossier)).content.decode()
        assert "Mon bordereau est faux." in shown
        assert "Message sans réponse" in shown
        assert url(dossier, "ecrire") not in shown
        assert url(dossier, "sans-reponse") not in shown
        for verb in ("ecrire", "sans-reponse"):
            assert post(client, dossier, verb, message="pris", key=str(uuid4())).status_code == 403
    assert DossierMessage.objects.count() == 1


@pytest.mark.fault("F2")
def test_a_script_in_a_message_is_only_text_for_staff(manager):
    dossier = ApplicationFactory(submitted=True)
    thread.write(dossier, "<script>alert(1)</script>", key=uuid4(), by=COMPANY)
    for address in (page(dossier), url(dossier, "ecrire")):
        shown = manager.get(address).content.decode()
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
        assert "<script>alert" not in shown


def test_staff_may_write_first_but_not_into_a_draft(manager):
    dossier, draft = ApplicationFactory(awaiting=True), ApplicationFactory()
    assert post(manager, dossier, "ecrire", message="Bonjour", key=str(uuid4())).status_code == 302
    assert JournalEntry.objects.about(dossier).order_by("pk").last().message == "Message de nos équipes."
    assert url(draft, "ecrire") not in manager.get(page(draft)).content.decode()
    assert post(manager, draft, "ecrire", message="Bonjour", key=str(uuid4())).status_code == 409
    with pytest.raises(thread.AlreadyDone):
        thread.set_aside(dossier, by=CLERK)
