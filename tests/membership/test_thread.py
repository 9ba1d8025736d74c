"""The thread of a dossier, of the company: writing, reading, and what may go wrong on the way (B-05)."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.journal import Actor
from core.models import JournalEntry
from core.privacy import Person, export
from core.text import MAX_TEXT
from core.transitions import Refused
from membership import closing, corrections, thread, thread_views, workflow
from membership.models import Application, DossierMessage
from membership.steps import WIZARD
from notifications.mail import as_text
from notifications.models import Message
from tests.core.threads import at_once
from tests.factories import CLERK, COMPANY, ApplicationFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator")]

TEAM = "adherents@guichet.example"


def page(dossier: Application) -> str:
    return reverse("membership:dossier", args=[dossier.pk])


def send(client: Client, dossier: Application, text: str = "Mon bordereau est faux.", **more):
    address = reverse("membership:thread", args=[dossier.pk])
    return client.post(address, {"message": text, "key": str(uuid4()), **more})


def text_of(response) -> str:
    return re.sub(r"[ \n]+", " ", response.content.decode())


def refusal_of(response) -> str:
    """What says why nothing was sent, and takes the focus; it does not say that an answer is to be corrected."""
    shown = text_of(response)
    assert "<title>Erreur : " in shown
    assert "est à corriger" not in shown
    [said] = re.findall(r'<div class="notice error" role="alert" tabindex="-1" autofocus><div><p>(.*?)</p>', shown)
    return said


def mails_to(address: str) -> list[Message]:
    return list(Message.objects.filter(to=address, dedupe_key__startswith="dossier-message:"))


@pytest.mark.req("B-05", "B-02")
@pytest.mark.parametrize("trait", ["submitted", "unpaid", "awaiting", "accepted", "returned"])
def test_whoever_has_the_link_writes_and_reads_the_answer_whatever_became_of_the_dossier(holder, trait):
    dossier = ApplicationFactory(**{trait: True})
    client = holder(dossier)
    answer = send(client, dossier, "Mon bordereau est faux :\nil manque un salarié.")
    assert answer["Location"] == page(dossier)
    shown = text_of(client.get(page(dossier)))
    assert "Votre message est envoyé. Nous vous répondons ici au plus tard le" in shown
    assert "Mon bordereau est faux :<br>il manque un salarié." in shown
    assert "Message envoyé à nos équipes." in shown, "the timeline says it too"
    dossier.refresh_from_db()
    assert dossier.unanswered_since is not None
    state, version = dossier.state, dossier.version

    thread.answer(dossier, "C’est corrigé.", key=uuid4(), by=CLERK)
    dossier.refresh_from_db()
    assert (dossier.unanswered_since, dossier.state, dossier.version) == (None, state, version + 1)
    shown = text_of(client.get(page(dossier)))
    assert shown.index("il manque un salarié.") < shown.index("C’est corrigé."), "the newest is the last"
    assert "Lire notre message du" in shown
    assert "Réponse de nos équipes." in shown


@pytest.mark.req("B-02")
@pytest.mark.parametrize(
    ("trait", "examined"),
    [
        *(("submitted", True), ("unpaid", True), ("awaiting", True)),
        *(("accepted", False), ("returned", False), ("withdrawn", False)),
    ],
)
def test_an_empty_thread_gives_examples_only_while_the_request_is_examined(holder, trait, examined):
    dossier = ApplicationFactory(**{trait: True})
    shown = text_of(holder(dossier).get(page(dossier)))
    assert ("une pièce difficile à obtenir" in shown) is examined
    assert ("Une question sur ce dossier&nbsp;?" in shown) is not examined


@pytest.mark.req("B-05")
def test_each_side_is_told_by_mail_without_what_was_written():
    dossier = ApplicationFactory(submitted=True)
    thread.write(dossier, "Un détail privé", key=uuid4(), by=COMPANY)
    thread.answer(dossier, "Une réponse privée", key=uuid4(), by=CLERK)
    thread.answer(dossier, "Un mot de plus", key=uuid4(), by=CLERK)
    [to_team] = mails_to(TEAM)
    assert f"/admin/membership/application/{dossier.pk}/change/" in to_team.content["url"]
    answered, written = sorted(mails_to(dossier.mail_to), key=lambda mail: mail.created_at)
    assert answered.content["title"] == "Nous avons répondu à votre message"
    assert written.content["title"] == "Nous vous avons écrit"
    for mail in (to_team, answered, written):
        said = as_text(mail)
        assert dossier.reference in mail.subject_line
        assert not re.search("privé|Un mot de plus", said)
    assert "Pour protéger vos échanges" in as_text(answered)
    stranger = Client()
    shown = stranger.get(answered.secret, follow=True)
    assert "Une réponse privée" in shown.content.decode(), "its button opens the dossier, once for all"


@pytest.mark.fault("G1")
def test_a_double_click_sends_once_and_another_text_from_the_same_page_is_another_message(holder):
    dossier = ApplicationFactory(submitted=True)
    client, key = holder(dossier), str(uuid4())
    answers = [send(client, dossier, "Bonjour", key=key) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {302}
    assert "Votre message est envoyé." in text_of(client.get(page(dossier)))
    assert DossierMessage.objects.count() == 1
    assert len(mails_to(TEAM)) == 1
    send(client, dossier, "Bonjour, et merci", key=key)
    send(client, dossier, "Bonjour, et merci", key=key)
    assert [message.text for message in dossier.messages.all()] == ["Bonjour", "Bonjour, et merci"]
    for odd in ("", "x" * 40):
        send(client, dossier, "Sans clé", key=odd)
    assert dossier.messages.count() == 4


@pytest.mark.fault("G1", "G2")
@pytest.mark.django_db(transaction=True)
def test_of_eight_clicks_at_once_one_message_is_sent():
    dossier, key = ApplicationFactory(submitted=True), uuid4()
    results = at_once(8, lambda _: thread.write(Application(pk=dossier.pk), "Bonjour", key=key, by=COMPANY))
    assert sum(isinstance(result, thread.AlreadySent) for result in results) == 7
    assert DossierMessage.objects.count() == JournalEntry.objects.filter(message__startswith="Message envoyé").count()
    assert len(mails_to(TEAM)) == 1


@pytest.mark.fault("A2")
def test_somebody_elses_thread_is_not_there(holder):
    dossier, other = ApplicationFactory(submitted=True), ApplicationFactory(submitted=True)
    thread.write(dossier, "Un détail privé", key=uuid4(), by=COMPANY)
    stranger = holder(other)
    assert stranger.get(reverse("membership:thread", args=[dossier.pk])).status_code == 404
    assert send(stranger, dossier, "pris").status_code == 404
    assert send(Client(), dossier, "pris").status_code == 404
    assert "Un détail privé" not in stranger.get(page(other)).content.decode()
    assert dossier.messages.count() == 1


@pytest.mark.fault("F2")
def test_a_script_in_a_message_is_only_text(holder):
    dossier = ApplicationFactory(submitted=True)
    client = holder(dossier)
    send(client, dossier, "<script>alert(1)</script>")
    shown = client.get(page(dossier)).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "<script>alert" not in shown


@pytest.mark.req("B-01")
@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("é" * (MAX_TEXT + 1), f"{MAX_TEXT + 1}"),
        ("  \n ", "Votre message"),
        ("Mon RIB\u202e est faux", "caractère invisible"),
    ],
)
def test_a_refused_message_is_explained_and_still_there(holder, typed, why):
    dossier = ApplicationFactory(submitted=True)
    response = send(holder(dossier), dossier, typed)
    assert response.status_code == 422
    shown = response.content.decode()
    assert "<title>Erreur : Mon dossier" in shown
    assert why in shown.replace("\u202f", "")
    assert typed.strip() in shown
    assert not DossierMessage.objects.exists()


def test_a_message_as_long_as_allowed_is_kept_whole_however_its_lines_end(holder):
    dossier = ApplicationFactory(submitted=True)
    assert send(holder(dossier), dossier, "abcd\r\n" * 999 + "à fin").status_code == 302
    assert dossier.messages.get().text == "abcd\n" * 999 + "à fin"


@pytest.mark.fault("B11")
def test_too_many_messages_in_an_hour_are_refused_with_their_text(holder, monkeypatch):
    monkeypatch.setattr(thread_views, "SENT_AN_HOUR", 2)
    dossier, other = ApplicationFactory(submitted=True), ApplicationFactory(submitted=True)
    client = holder(dossier, other)
    assert [send(client, dossier, f"Message {n}").status_code for n in range(2)] == [302, 302]
    response = send(client, dossier, "Un de trop")
    assert response.status_code == 429
    assert "Un de trop" in response.content.decode()
    assert refusal_of(response).startswith("Vous nous avez envoyé beaucoup de messages")
    assert dossier.messages.count() == 2
    assert send(client, other).status_code == 302, "each dossier has its own count"


@pytest.mark.fault("G3")
def test_a_request_reopened_meanwhile_takes_no_message_and_gives_the_text_back(holder):
    dossier = ApplicationFactory(submitted=True)
    client = holder(dossier)
    corrections.reopen(dossier, by=CLERK, reason="Un salarié manque.")
    response = send(client, dossier, "Il manque un salarié.")
    assert response.status_code == 409
    assert "Votre message n’est pas parti" in text_of(response)
    assert refusal_of(response).startswith("Cette demande est à compléter")
    assert "Il manque un salarié." in text_of(response)
    with pytest.raises(Refused):
        thread.answer(dossier, "Oui", key=uuid4(), by=CLERK)
    assert not DossierMessage.objects.exists()
    assert send(holder(draft := ApplicationFactory()), draft).status_code == 409


@pytest.mark.req("B-05")
def test_once_reopened_the_messages_are_read_on_each_step_with_the_reason_and_none_waits(holder):
    steps = [step.slug for step in WIZARD.steps]
    dossier, other = ApplicationFactory(submitted=True, confirmed_steps=steps), ApplicationFactory()
    thread.write(dossier, "Que corriger ?", key=uuid4(), by=COMPANY)
    thread.answer(dossier, "Le code postal est faux.", key=uuid4(), by=CLERK)
    [mail] = mails_to(dossier.mail_to)
    thread.write(dossier, "Rouvrez-le-moi.", key=uuid4(), by=COMPANY)
    dossier = corrections.reopen(dossier, by=CLERK, reason="Comme convenu.")
    assert dossier.unanswered_since is None, "the reason is the answer"
    stranger = Client()
    answer = stranger.get(mail.secret, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("membership:step", args=[dossier.pk, "finalisation"])
    pages = [stranger.get(reverse("membership:step", args=[dossier.pk, slug])) for slug in steps]
    for shown in map(text_of, [answer, *pages]):
        assert "Comme convenu." in shown
        assert shown.index("Que corriger ?") < shown.index("Le code postal est faux.") < shown.index("Rouvrez-le-moi.")
        assert "vous pourrez à nouveau nous écrire ici" in shown
        assert reverse("membership:thread", args=[dossier.pk]) not in shown, "nothing is written until then"
    first = holder(other).get(reverse("membership:step", args=[other.pk, steps[0]]))
    assert "Vos échanges avec nos équipes" not in text_of(first)


@pytest.mark.req("B-01")
def test_what_was_typed_when_the_link_was_over_is_given_back():
    dossier = ApplicationFactory(submitted=True)
    address = reverse("membership:thread", args=[dossier.pk])
    headers = {"Sec-Fetch-Site": "same-origin"}
    lost = Client().post(address, {"message": "Tout ce que j’ai tapé", "key": str(uuid4())}, headers=headers)
    assert lost.status_code == 403
    assert "Tout ce que j’ai tapé" in lost.content.decode()
    nothing = Client().post(address, {"message": "", "key": str(uuid4())}, headers=headers)
    assert "Renvoyer" not in nothing.content.decode()


@pytest.mark.fault("H7")
def test_the_thread_is_told_to_who_asks_and_goes_with_the_dossier():
    dossier = ApplicationFactory(submitted=True)
    thread.write(dossier, "Un détail privé", key=uuid4(), by=COMPANY)
    thread.answer(dossier, "Notre réponse", key=uuid4(), by=Actor.staff(UserFactory(manager=True)))
    told = export(Person(email=dossier.mail_to))["Messages des demandes d’adhésion"]
    assert [row["message"] for row in told] == ["Un détail privé", "Notre réponse"]
    workflow.withdraw(dossier, by=CLERK)
    dossier.refresh_from_db()
    closing.delete(dossier)
    assert not DossierMessage.objects.exists()
    assert not Message.objects.filter(dedupe_key__startswith="dossier-message:").exists()


def test_a_long_thread_shows_its_newest_messages(monkeypatch):
    monkeypatch.setattr(thread, "SHOWN", 2)
    dossier = ApplicationFactory(submitted=True)
    DossierMessage.objects.bulk_create(
        DossierMessage(application=dossier, key=uuid4(), author_name="Claire", text=str(n), sent_at=timezone.now())
        for n in range(3)
    )
    assert [message.text for message, _ in thread.shown(dossier)] == ["1", "2"]
