"""Letters: written like every message, printed by staff as one PDF, and what a refused mail becomes (B-24)."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from core.journal import Actor
from core.models import JournalEntry
from core.privacy import Person
from membership.models import Application
from notifications import letters, sender
from notifications.mail import PostalLetter, Sms
from notifications.models import Message
from notifications.outbox import BAD_POSTAL
from notifications.privacy import _messages
from tests.factories import ApplicationFactory, sign_in
from tests.factories_failures import refused_mail
from tests.notifications.test_admin import LIST, page_of, staff
from tests.reading import read_page

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.req("B-24")]
HOME = reverse("admin:index")
MOREL = ["Menuiserie Morel", "À l’attention de Claire Morel", "4 rue des Lilas", "91220 Brétigny-sur-Orge"]
DURAND = ["Boulangerie Durand", "12 avenue de la République", "91000 Évry-Courcouronnes"]
LEA = Actor("Léa Petit")
MM = 72 / 25.4  # points


@pytest.fixture
def write(post: Callable[..., Message]) -> Callable[..., Message]:
    """`write(lines, …)`: enqueue a letter, committed."""

    def make(lines: list[str], key: str = "", **more) -> Message:
        texts = {"subject": "Votre adhésion", "greeting": "Madame, Monsieur,", "paragraphs": ["Votre dossier avance."]}
        return post(PostalLetter(lines, **{**texts, **more}), key=key or f"letter:{lines[0]}")

    return make


@pytest.fixture
def pages(tmp_path: Path) -> Callable[..., list[str]]:
    """`pages(data)`: the text of each page of a PDF, spaces made plain."""

    def read(data: bytes, *options: str) -> list[str]:
        (tmp_path / "read.pdf").write_bytes(data)
        subprocess.run(["qpdf", "--check", tmp_path / "read.pdf"], check=True, capture_output=True)
        command = ["pdftotext", *options, tmp_path / "read.pdf", "-"]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return [" ".join(page.split()) for page in text.split("\f")[:-1]] if not options else [text]

    return read


def printed(client, *messages: Message) -> bytes:
    form = {"action": "print_selected", "_selected_action": [message.pk for message in messages]}
    answer = client.post(reverse(LIST), form)
    assert answer["Content-Type"] == "application/pdf"
    assert "courriers-" in answer["Content-Disposition"]
    return answer.content


def state(message: Message) -> str:
    message.refresh_from_db()
    return message.state


def test_a_letter_waits_for_staff_and_no_worker_sends_it(client, write, smtp) -> None:
    letter = write(MOREL)
    sender.drain()
    assert (state(letter), letter.to, letter.attempts) == (Message.State.QUEUED, "Menuiserie Morel", 0)
    assert smtp.messages == []
    sign_in(client, staff("change_message"))
    home = client.get(HOME).content.decode()
    assert "1 courrier à imprimer" in home
    address = re.search(r'href="([^"]+)"[^>]*>1 courrier', home)[1].replace("&amp;", "&")
    listed = client.get(address).content.decode()
    assert "À imprimer" in listed
    assert "Menuiserie Morel" in listed
    page = client.get(page_of(letter)).content.decode()
    assert "4 rue des Lilas" in page
    assert "Votre dossier avance." in page
    assert "Envoyer à nouveau" not in page


@pytest.mark.fault("G6")
def test_an_address_that_cannot_be_one_is_a_failure_for_staff(write) -> None:
    letter = write(["Menuiserie Morel", "91220 Brétigny-sur-Orge"])
    assert (letter.state, letter.error) == (Message.State.FAILED, BAD_POSTAL)
    assert letters.print_batch(Message.objects.all(), LEA).pdf == b""


def test_one_pdf_of_all_letters_each_on_a_page_of_its_own(client, write, pages, dossier) -> None:
    user = staff("change_message")
    sign_in(client, user)
    first = write(MOREL, facts=[("Référence", "PA-2026-000001")], button=("Site", "https://guichet.example/adhesion/"))
    second = write(DURAND, subject="Votre facture", paragraphs=["Ligne une\nligne deux", "<b>{{ 7*7 }}</b>"])
    found = pages(printed(client, first, second))
    assert len(found) == 2
    for entered in [*MOREL, "Objet : Votre adhésion", "Votre dossier avance.", "PA-2026-000001", "page 1 sur 1"]:
        assert entered in found[0], entered
    assert "https://guichet.example/adhesion/" in found[0]
    assert "Cordialement, Service Adhérents Santé Travail Val d’Orge 01 23 45 67 89" in found[0].replace("\u00a0", " ")
    for entered in [*DURAND, "Objet : Votre facture", "Ligne une ligne deux", "<b>{{ 7*7 }}</b>"]:
        assert entered in found[1], entered
    assert "Morel" not in found[1]
    for letter in (first, second):
        assert state(letter) == Message.State.SENT
        assert (letter.handled_by, letter.handled_at) == (user, letter.sent_at)
    said = [(entry.message, entry.actor_name) for entry in JournalEntry.objects.about(dossier)]
    assert said == [
        ("Courrier imprimé : Votre adhésion", "Léa Petit"),
        ("Courrier imprimé : Votre facture", "Léa Petit"),
    ]
    assert "à imprimer" not in client.get(HOME).content.decode()
    assert "Imprimé" in client.get(reverse(LIST)).content.decode()


def test_the_address_stands_in_the_window_of_the_envelope(write, pages) -> None:
    """A DL envelope shows 100 to 190 mm from the left and 50 to 84 mm from the top of the sheet, wherever it slides."""
    write([*MOREL[:3], "Bâtiment C", "Zone artisanale des Champs Élysées de Brétigny", MOREL[3]])
    data = letters.print_batch(Message.objects.all(), LEA).pdf
    (text,) = pages(data, "-bbox")
    words = re.findall(r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]+)<', text)
    boxes = [(*(float(number) / MM for number in numbers), word) for *numbers, word in words]
    first = next(index for index, box in enumerate(boxes) if box[4] == "Menuiserie")
    last = next(index for index, box in enumerate(boxes) if box[4] == "Brétigny-sur-Orge" and index > first)
    for left, top, right, bottom, word in boxes[first : last + 1]:
        assert left >= 100, word
        assert right <= 190, word
        assert top >= 50, word
        assert bottom <= 84, word
    others = [box for index, box in enumerate(boxes) if not first <= index <= last]
    for left, top, right, bottom, word in others:
        inside = left < 190 and right > 100 and top < 84 and bottom > 50
        assert not inside, f"{word} shows in the window"


def test_a_long_letter_takes_two_pages_and_the_next_one_starts_on_its_own(write, pages) -> None:
    write(MOREL, paragraphs=[f"Paragraphe {number} " + "de texte " * 40 for number in range(14)])
    write(DURAND)
    found = pages(letters.print_batch(Message.objects.all(), LEA).pdf)
    assert len(found) == 3
    assert "Paragraphe 13" in found[1]
    assert "page 2 sur 2" in found[1]
    assert "Boulangerie Durand" in found[2]
    assert "page 1 sur 1" in found[2]


def test_what_is_attached_follows_its_letter(write, pages, bordereau) -> None:
    write(MOREL, attachments=[bordereau("PA-1")])
    write(DURAND)
    found = pages(letters.print_batch(Message.objects.all(), LEA).pdf)
    assert len(found) == 3
    assert "Pièce jointe : Bordereau PA-1" in found[0].replace("\u00a0", " ")
    assert "Bordereau PA-1" in found[1]
    assert "Objet" not in found[1]
    assert "Boulangerie Durand" in found[2]


def test_a_letter_is_marked_once_and_printed_again_as_often_as_one_likes(client, write, dossier) -> None:
    user = staff("change_message")
    sign_in(client, user)
    letter = write(MOREL)
    printed(client, letter)
    letter.refresh_from_db()
    before = letter.sent_at
    sign_in(client, User.objects.create_superuser("chef@guichet.example"))
    assert "Imprimer à nouveau" in client.get(page_of(letter)).content.decode()
    again = client.post(reverse("admin:notifications_message_print", args=[letter.pk]))
    assert again["Content-Type"] == "application/pdf"
    letter.refresh_from_db()
    assert (letter.sent_at, letter.handled_by) == (before, user)
    assert JournalEntry.objects.about(dossier).count() == 1
    answer = client.post(reverse("admin:notifications_message_resend", args=[letter.pk]), follow=True)
    assert "Un courrier ne repart pas d’ici" in answer.content.decode()


@pytest.mark.fault("G1")
def test_what_a_colleague_is_printing_comes_out_for_one_of_them(write) -> None:
    letter, other = write(MOREL), write(DURAND)
    assert letters._claim(letter, letter.created_at)
    batch = letters.print_batch(Message.objects.all(), LEA)
    assert "Le courrier pour Menuiserie Morel est imprimé par quelqu’un d’autre" in batch.problems[0]
    assert (state(letter), state(other)) == (Message.State.SENDING, Message.State.SENT)
    assert (
        sender.release_stale(timezone.now() + timedelta(hours=1)) == 1
    )  # the colleague's process died: it waits again
    assert state(letter) == Message.State.RETRY
    assert letters.print_batch(Message.objects.all(), LEA).problems == []
    assert state(letter) == Message.State.SENT


@pytest.mark.fault("G12")
def test_a_letter_whose_attachment_fails_waits_and_holds_no_other_up(client, write, bordereau, pages) -> None:
    sign_in(client, staff("change_message"))
    stuck, good = write(MOREL, attachments=[bordereau("PA-1", template="pdf/none.html")]), write(DURAND)
    found = pages(printed(client, stuck, good))
    assert len(found) == 1
    assert "Boulangerie Durand" in found[0]
    assert (state(stuck), state(good)) == (Message.State.QUEUED, Message.State.SENT)
    told = read_page(client.get(reverse(LIST)))
    assert "Le courrier pour Menuiserie Morel n’est pas dans ce PDF : sa pièce jointe" in told


def test_with_no_letter_among_the_chosen_ones_it_says_so(client, post) -> None:
    sign_in(client, staff("change_message"))
    form = {"action": "print_selected", "_selected_action": [post("a@exemple.fr").pk]}
    assert "Aucun courrier à imprimer" in client.post(reverse(LIST), form, follow=True).content.decode()


# --- A mail that was refused ------------------------------------------------------------------------------------------


@pytest.fixture
def application(transactional_db: None) -> Application:
    return ApplicationFactory(submitted=True, establishment__name="Menuiserie Morel")


def by_post_url(message: Message) -> str:
    return reverse("admin:notifications_message_by_post", args=[message.pk])


def test_a_refused_mail_goes_by_post_to_the_company(client, application, pages, bordereau) -> None:
    user = staff("change_message")
    sign_in(client, user)
    message = refused_mail(application, attachments=[bordereau("PA-1")])
    assert "Envoyer par courrier" in client.get(page_of(message)).content.decode()
    answer = client.post(by_post_url(message), follow=True)
    assert "Le courrier pour Menuiserie Morel est prêt à imprimer" in answer.content.decode()
    letter = Message.objects.get(channel=Message.Channel.LETTER)
    assert letter.subject == application
    assert letter.content["address"] == ["Menuiserie Morel", "4 rue des Lilas", "91220 Brétigny-sur-Orge"]
    message.refresh_from_db()
    assert (message.handled_by, message.needs_somebody) == (user, False)
    assert "pu être remis" not in client.get(HOME).content.decode()
    found = pages(printed(client, letter))
    assert "Objet : Il manque une pièce" in found[0].replace("\u00a0", " ")
    assert "Le Kbis." in found[0]
    assert "n’a pas pu être remis à l’adresse perdu@exemple.fr" in found[0]
    assert "tres-secret" not in "".join(found)  # who prints it would read it
    assert "le lien « Ouvrir mon dossier », qui vous est personnel" in found[0].replace("\u00a0", " ")
    assert "Bordereau PA-1" in found[1]
    said = [entry.message for entry in JournalEntry.objects.about(application).filter(actor=user)]
    assert said[-2:] == [
        "Courrier à imprimer, à la place d’un courriel refusé : Il manque une pièce",
        "Courrier imprimé : Il manque une pièce",
    ]


def test_it_goes_by_post_once(client, application) -> None:
    sign_in(client, staff("change_message"))
    message = refused_mail(application)
    client.post(by_post_url(message))
    assert "a déjà son courrier" in client.post(by_post_url(message), follow=True).content.decode()
    assert Message.objects.filter(channel=Message.Channel.LETTER).count() == 1


def test_no_button_without_an_address_nor_for_a_code_or_what_may_still_leave(
    client, application, post, dossier
) -> None:
    sign_in(client, staff("change_message"))
    code = refused_mail(application, "code", private_button=False, button=None, private_code="481516")
    nobody = refused_mail(dossier, "nobody")
    waiting = post("a@exemple.fr", about=application)
    sms = post(Sms("0612345678", "Bonjour"), about=application)
    site = application.establishment
    for message in (code, nobody, waiting, sms):
        assert "Envoyer par courrier" not in client.get(page_of(message)).content.decode()
        client.post(by_post_url(message))
    assert "pas d’adresse postale" in client.post(by_post_url(nobody), follow=True).content.decode()
    type(site).objects.filter(pk=site.pk).update(street="")
    site.addresses.all().delete()
    assert "Envoyer par courrier" not in client.get(page_of(refused_mail(application, "no street"))).content.decode()
    assert not Message.objects.filter(channel=Message.Channel.LETTER).exists()


@pytest.mark.fault("A8", "A10")
def test_letters_need_the_permission_and_a_post(client, application, write) -> None:
    sign_in(client, staff("view_message"))
    message, letter = refused_mail(application), write(MOREL)
    assert "Envoyer par courrier" not in client.get(page_of(message)).content.decode()
    print_url = reverse("admin:notifications_message_print", args=[letter.pk])
    assert client.post(by_post_url(message)).status_code == 403
    assert client.post(print_url).status_code == 403
    client.post(reverse(LIST), {"action": "print_selected", "_selected_action": [letter.pk]})
    assert state(letter) == Message.State.QUEUED
    sign_in(client, User.objects.create_superuser("chef@guichet.example"))
    assert client.get(by_post_url(message)).status_code == client.get(print_url).status_code == 405


@pytest.mark.fault("H4")
def test_a_letter_is_found_with_what_is_held_about_its_addressee(application) -> None:
    message = refused_mail(application)
    letter = letters.by_post(message, LEA)
    assert set(_messages(Person(email="perdu@exemple.fr"))) == {message, letter}
    assert not _messages(Person(email="autre@exemple.fr")).exists()
