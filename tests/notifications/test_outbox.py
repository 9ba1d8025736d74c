"""Writing messages down: in the transaction of what they tell, once, and with one nudge."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import User
from core.journal import Actor, timeline
from core.transitions import Refused
from notifications import sender
from notifications.mail import Mail, Sms
from notifications.models import Message
from notifications.outbox import enqueue, resend

MAIL = Mail("a@exemple.fr", "Votre demande", "Votre demande est reçue")
STAFF = Actor("Léa Petit")

transactional = pytest.mark.django_db(transaction=True)


@pytest.mark.fault("G1")
@transactional
def test_a_message_is_refused_outside_a_transaction(dossier):
    with pytest.raises(RuntimeError, match="inside a transaction"):
        enqueue(MAIL, about=dossier, dedupe_key="k")
    assert not Message.objects.exists()


@pytest.mark.django_db
def test_the_transaction_that_pytest_opens_around_a_test_is_not_taken_for_one():
    user = User.objects.create_user("a@exemple.fr")
    with pytest.raises(RuntimeError, match="inside a transaction"):
        enqueue(MAIL, about=user, dedupe_key="k")
    with transaction.atomic():
        enqueue(MAIL, about=user, dedupe_key="k")


@transactional
def test_what_is_rolled_back_leaves_neither_row_nor_nudge(dossier, queue):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        enqueue(MAIL, about=dossier, dedupe_key="k")
        1 / 0  # noqa: B018
    assert not Message.objects.exists()
    assert queue() == 0


@pytest.mark.fault("G1", "G8")
@transactional
def test_the_same_key_twice_is_one_message_the_first(dossier, post, bordereau):
    first = post(Mail("a@exemple.fr", "Objet", "Titre", attachments=[bordereau()]), key="k")
    again = post(Mail("b@exemple.fr", "Autre", "Autre"), key="k")
    assert again.pk == first.pk
    assert again.to == "a@exemple.fr"
    assert len(again.documents()) == 1


@pytest.mark.fault("G1")
@transactional
def test_eight_at_once_with_one_key_make_one_message(dossier, post):
    def one(_: int) -> object:
        try:
            return post(MAIL, key="k").pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(one, range(8)))) == 1
    assert Message.objects.count() == 1


@transactional
def test_attachments_keep_their_order(post, bordereau):
    documents = [bordereau(f"PA-{number}") for number in (3, 1, 2)]
    message = post("a@exemple.fr", attachments=documents)
    assert [document.pk for document in message.documents()] == [document.pk for document in documents]


@pytest.mark.fault("G5")
@transactional
@pytest.mark.usefixtures("patient")
def test_one_nudge_a_transaction_however_many_messages(dossier, queue):
    with transaction.atomic():
        for number in range(20):
            with transaction.atomic():  # verbs may nest
                enqueue(MAIL, about=dossier, dedupe_key=f"k{number}")
        assert queue() == 0  # nothing is told before the commit
    assert queue() == 1


@transactional
@pytest.mark.usefixtures("patient")
def test_a_nudge_lost_with_its_savepoint_is_given_by_the_next_message(dossier, queue):
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            enqueue(MAIL, about=dossier, dedupe_key="lost")
            1 / 0  # noqa: B018
        enqueue(MAIL, about=dossier, dedupe_key="kept")
    assert queue() == 1


@transactional
@pytest.mark.parametrize(
    "impossible",
    [
        {"state": "sending"},
        {"state": "sent"},
        {"state": "sent", "sent_at": timezone.now(), "next_attempt_at": None, "secret": "https://x/l/1"},
        {"state": "queued", "next_attempt_at": None},
        {"state": "failed"},
        {"state": "lost", "next_attempt_at": None},
        {"channel": "fax"},
    ],
)
def test_the_database_refuses_impossible_rows(post, impossible):
    message = post(MAIL)
    with pytest.raises(IntegrityError):
        Message.objects.filter(pk=message.pk).update(**impossible)


# --- Sending again --------------------------------------------------------------------------------------------------


@pytest.mark.req("B-24")
@transactional
def test_a_failure_goes_again_as_the_same_row(dossier, post, smtp):
    smtp.answer("550 5.1.1 Unknown", to="a@exemple.fr")
    message = post("a@exemple.fr", key="k")
    sender.drain()
    message.refresh_from_db()
    assert message.state == Message.State.FAILED
    again = resend(message, STAFF)
    sender.drain()
    [received] = smtp.messages
    again.refresh_from_db()
    assert again.pk == message.pk
    assert (again.state, again.attempts, again.error) == (Message.State.SENT, 1, "")
    assert received.message["Message-ID"] == message.message_id
    [entry] = timeline(dossier, staff=True)
    assert (entry.actor_name, entry.internal) == ("Léa Petit", True)


@pytest.mark.req("B-24")
@transactional
def test_a_sent_mail_goes_again_as_a_new_one_with_its_attachments(post, smtp, bordereau):
    message = post("a@exemple.fr", key="k", attachments=[bordereau("PA-1"), bordereau("PA-2")])
    sender.drain()
    again = resend(message, STAFF)
    with pytest.raises(Refused, match="déjà en train d’être envoyé à nouveau"):
        resend(message, STAFF)
    sender.drain()
    first, second = smtp.messages
    assert again.pk != message.pk
    assert first.message["Message-ID"] != second.message["Message-ID"]
    assert first.attachments == second.attachments
    assert list(second.attachments) == ["PA-1.pdf", "PA-2.pdf"]
    resend(message, STAFF)  # and once more, later
    assert Message.objects.count() == 3


@pytest.mark.req("B-24")
@transactional
def test_a_waiting_message_can_be_hurried(post, smtp):
    smtp.answer("451 4.3.0 Later", to="a@exemple.fr")
    message = post("a@exemple.fr")
    sender.drain()
    sender.drain()
    assert smtp.messages == []
    resend(message, STAFF)
    sender.drain()
    assert len(smtp.messages) == 1


@pytest.mark.req("B-24")
@transactional
def test_a_wiped_link_is_not_sent_again_blindly(post, smtp):
    message = post("a@exemple.fr", button=("Ouvrir", "https://guichet.example/l/secret"), private_button=True)
    sender.drain()
    with pytest.raises(Refused, match="lien ou un code personnel, effacé après l’envoi"):
        resend(message, STAFF)
    assert Message.objects.count() == 1


@pytest.mark.req("B-24")
@transactional
def test_what_is_on_its_way_or_has_a_bad_address_is_refused(post):
    bad = post(Mail("pas une adresse", "Objet", "Titre"), key="bad")
    with pytest.raises(Refused, match="Adresse refusée"):
        resend(bad, STAFF)
    message = post("a@exemple.fr")
    Message.objects.filter(pk=message.pk).update(state="sending", claimed_at=timezone.now(), next_attempt_at=None)
    with pytest.raises(Refused, match="en cours d’envoi"):
        resend(message, STAFF)


@transactional
def test_an_sms_with_a_bad_number_is_a_failure_for_staff_to_see(post):
    message = post(Sms("12", "Bonjour"), key="k")
    assert message.state == Message.State.FAILED
    assert "Numéro refusé" in message.error
