"""Moves of a dossier and the journal of what happened to it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from django.db import transaction

from core.journal import Actor, record, timeline
from core.models import JournalEntry, Sequence
from core.models.subject import subject_key
from core.transitions import AlreadyDone, Refused, advance, advance_all, lock
from membership.models import Application
from membership.states import State
from tests.factories import CLERK, COMPANY, ApplicationFactory, UserFactory

pytestmark = pytest.mark.django_db
NADIA = Actor("Nadia Benali")


@pytest.fixture
def draft() -> Application:
    return ApplicationFactory()


def test_a_move_and_its_entry_are_written_together(draft):
    with transaction.atomic():
        dossier = lock(draft)
        dossier.reference, dossier.submitted_at = "PA-2026-000001", datetime(2026, 11, 22, tzinfo=UTC)
        advance(dossier, State.SUBMITTED, by=COMPANY, message="Demande validée.", reason="Sans commentaire.")
    draft.refresh_from_db()
    assert (draft.state, draft.reference) == (State.SUBMITTED, "PA-2026-000001")
    entry = timeline(draft).get()
    assert (entry.actor_name, entry.message, entry.reason) == ("Claire Morel", "Demande validée.", "Sans commentaire.")
    assert (entry.from_state, entry.to_state) == ("draft", "submitted")


@pytest.mark.fault("G3")
def test_the_second_of_two_people_is_told_who_did_what_and_when(draft):
    record(
        draft,
        by=NADIA,
        message="Demande vérifiée, facture proforma envoyée.",
        from_state="submitted",
        to_state="awaiting",
    )
    JournalEntry.objects.about(draft).update(at=datetime(2026, 11, 20, 9, 5, tzinfo=UTC))
    record(draft, by=Actor("Marc Roche"), message="Note interne.", internal=True)
    with pytest.raises(AlreadyDone) as told, transaction.atomic():
        advance(lock(draft), State.ACCEPTED, by=Actor("Marc Roche"), message="Accepté.")
    assert str(told.value) == (
        "Déjà traité par Nadia Benali le 20 novembre 2026 à 10\u00a0h\u00a005 : "
        "Demande vérifiée, facture proforma envoyée. Rechargez la page."
    )
    draft.refresh_from_db()
    assert draft.state == State.DRAFT
    assert JournalEntry.objects.about(draft).count() == 2


def test_a_move_that_was_never_allowed_is_refused_in_french(draft):
    with pytest.raises(Refused) as told, transaction.atomic():
        advance(lock(draft), State.ACCEPTED, by=CLERK, message="Accepté.")
    assert not isinstance(told.value, AlreadyDone)
    assert "pas possible à ce stade" in str(told.value)


def test_no_state_is_a_way_out_of_the_table():
    """Closed states lead nowhere, and each move leads to a state that exists."""
    known = set(State.values)
    for state in known:
        assert {str(to) for to in Application.moves.get(state, ())} <= known
    for closed in (State.ACCEPTED, State.RETURNED, State.WITHDRAWN):
        assert closed not in Application.moves


@pytest.mark.django_db(transaction=True)
def test_a_lock_outside_a_transaction_is_a_programming_error():
    draft = ApplicationFactory()
    with pytest.raises(RuntimeError):
        lock(draft)


@pytest.mark.req("B-02")
def test_internal_entries_are_for_staff_only(draft):
    record(draft, by=CLERK, message="Document accepté.")
    record(draft, by=CLERK, message="Note interne.", reason="Client difficile.", internal=True)
    assert [entry.message for entry in timeline(draft)] == ["Document accepté."]
    assert [entry.message for entry in timeline(draft, staff=True)] == ["Document accepté.", "Note interne."]


def test_the_journal_keeps_the_order_of_events_and_only_its_own(draft):
    other = ApplicationFactory()
    for number, hour in enumerate((9, 10, 11), 1):
        with time_machine.travel(datetime(2026, 11, 22, hour, tzinfo=UTC), tick=False):
            record(draft, by=CLERK, message=f"Événement {number}.")
            record(other, by=CLERK, message="Ailleurs.")
    assert [entry.message for entry in timeline(draft)] == ["Événement 1.", "Événement 2.", "Événement 3."]


def test_an_entry_outlives_the_account_that_wrote_it(draft):
    user = UserFactory(manager=True, first_name="Hélène", last_name="Dupré")
    record(draft, by=Actor.staff(user), message="Document accepté.")
    user.delete()
    entry = timeline(draft).get()
    assert entry.actor is None
    assert entry.actor_name == "Hélène Dupré"


@pytest.mark.fault("F4")
def test_a_very_long_name_does_not_break_the_entry(draft):
    entry = record(draft, by=Actor("é" * 5000), message="m" * 5000)
    entry.refresh_from_db()
    assert len(entry.actor_name) == 150
    assert len(entry.message) == 500


def test_only_rows_with_a_uuid_can_be_written_about():
    with pytest.raises(TypeError):
        subject_key(Sequence(pk="dossier"))


def test_many_move_together_each_with_its_entry_or_none_does(draft):
    both = [draft, ApplicationFactory()]
    for dossier, reference in zip(both, ("PA-2026-000001", "PA-2026-000002"), strict=True):
        dossier.reference, dossier.submitted_at = reference, datetime(2026, 11, 22, tzinfo=UTC)

    def move() -> None:
        with transaction.atomic():
            advance_all(
                both,
                State.DRAFT,
                State.SUBMITTED,
                by=COMPANY,
                message=lambda dossier: f"{dossier.reference} validée.",
                columns=["reference", "submitted_at"],
            )

    both[1].state = State.ACCEPTED
    with pytest.raises(Refused):
        move()
    assert Application.objects.filter(state=State.DRAFT).count() == 2
    assert not JournalEntry.objects.exists()
    both[1].state = State.DRAFT
    move()
    for dossier in both:
        entry = timeline(dossier).get()
        dossier.refresh_from_db()
        assert (dossier.state, entry.message) == (State.SUBMITTED, f"{dossier.reference} validée.")
        assert (entry.from_state, entry.to_state) == ("draft", "submitted")
