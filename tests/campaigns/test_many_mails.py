"""Many mails at once: the same rows as one by one, each key once, one nudge."""

from __future__ import annotations

import pytest
from django.db import transaction

from notifications import outbox
from notifications.mail import Mail
from notifications.models import Message
from notifications.outbox import Letter, enqueue, enqueue_many
from tests.core.threads import at_once
from tests.factories import UserFactory

TWICE = "b@exemple.fr"


def letters(about, *addresses: str) -> list[Letter]:
    return [Letter(Mail(to, "Objet", f"Titre {to}"), about, f"key:{to}") for to in addresses]


@pytest.mark.fault("G8")
@pytest.mark.django_db(transaction=True)
def test_each_key_is_one_message_the_first(monkeypatch):
    nudges: list[int] = []

    def nudge() -> None:
        nudges.append(1)

    monkeypatch.setattr(outbox, "nudge", nudge)
    user = UserFactory()
    with transaction.atomic():
        enqueue(Mail(TWICE, "Déjà", "Déjà là"), about=user, dedupe_key=f"key:{TWICE}")
    with transaction.atomic():
        written = enqueue_many(letters(user, "a@exemple.fr", TWICE, "c@exemple.fr", "c@exemple.fr", "personne"))
    assert written == 3
    assert len(nudges) == 2  # one a transaction
    by_address = {message.to: message for message in Message.objects.all()}
    assert by_address[TWICE].subject_line == "Déjà"
    assert by_address["a@exemple.fr"].state == Message.State.QUEUED
    assert by_address["a@exemple.fr"].subject == user
    assert by_address["personne"].state == Message.State.FAILED  # for staff to see


@pytest.mark.fault("G8")
@pytest.mark.django_db(transaction=True)
def test_two_transactions_that_write_the_same_keys_leave_one_row_each():
    user = UserFactory()
    addresses = [f"p{number}@exemple.fr" for number in range(50)]

    def write(_: int) -> int:
        with transaction.atomic():
            return enqueue_many(letters(user, *addresses))

    assert not [result for result in at_once(2, write) if isinstance(result, Exception)]
    assert Message.objects.count() == 50


@pytest.mark.django_db
def test_they_belong_to_a_transaction_and_carry_no_attachment():
    user = UserFactory()
    with pytest.raises(RuntimeError, match="inside a transaction"):
        enqueue_many(letters(user, "a@exemple.fr"))
    with transaction.atomic(), pytest.raises(ValueError, match="no attachments"):
        enqueue_many([Letter(Mail("a@exemple.fr", "O", "T", attachments=[object()]), user, "k")])
