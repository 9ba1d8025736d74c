"""Who must act next and by when: worked out after every verb, read by the queue and by « Mon dossier »."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from membership import workflow
from membership.models import UnpaidInvoice
from membership.states import Queue
from tests.factories import CLERK, ApplicationFactory, UnpaidInvoiceFactory, add_pieces, pay

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator", "clock")]

STAFF_DAY = date(2026, 11, 25)  # two working days after Monday 23 November
RELANCE = date(2026, 12, 8)  # fifteen days after
ANSWER = date(2027, 1, 23)  # two calendar months after


def asked(dossier):
    workflow.ask_for_missing(dossier, by=CLERK, kinds=["kbis"])


def kbis_accepted(dossier):
    add_pieces(dossier, "kbis", accepted=True)


def proforma_sent(dossier):
    workflow.send_proforma(dossier, by=CLERK)


def held_for_unpaid(dossier):
    UnpaidInvoiceFactory(member__siret=f"{dossier.siret[:9]}00099")
    workflow.hold_for_unpaid(dossier, by=CLERK)


def all_pieces(dossier):
    add_pieces(dossier, accepted=True)


def debt_paid(dossier):
    """Staff mark the last invoice as paid in the admin, then look at the dossier again."""
    UnpaidInvoice.objects.update(paid_on=date(2026, 11, 23))
    workflow.add_note(dossier, by=CLERK, text="Réglé ce matin.")


SITUATIONS = [
    ("draft", [], Queue.NONE, None),
    ("submitted", [], Queue.CHECK, STAFF_DAY),
    ("submitted", [asked], Queue.COMPANY, ANSWER),
    ("submitted", [asked, lambda dossier: add_pieces(dossier, "kbis")], Queue.CHECK, STAFF_DAY),
    ("submitted", [asked, kbis_accepted], Queue.CHECK, STAFF_DAY),
    ("submitted", [asked, lambda dossier: add_pieces(dossier, "rib", accepted=True)], Queue.COMPANY, ANSWER),
    ("submitted", [asked, proforma_sent], Queue.COMPANY, RELANCE),
    ("submitted", [asked, held_for_unpaid], Queue.COMPANY, ANSWER),
    ("submitted", [asked, held_for_unpaid, debt_paid], Queue.CHECK, STAFF_DAY),
    ("submitted", [asked, held_for_unpaid, debt_paid, proforma_sent], Queue.COMPANY, RELANCE),
    ("unpaid", [], Queue.COMPANY, ANSWER),
    ("unpaid", [lambda dossier: add_pieces(dossier, "kbis")], Queue.COMPANY, ANSWER),
    ("unpaid", [debt_paid], Queue.CHECK, STAFF_DAY),
    ("awaiting", [], Queue.COMPANY, RELANCE),
    ("awaiting", [asked], Queue.COMPANY, ANSWER),
    ("awaiting", [asked, lambda dossier: add_pieces(dossier, "kbis")], Queue.CHECK, STAFF_DAY),
    ("awaiting", [asked, kbis_accepted], Queue.COMPANY, RELANCE),
    ("awaiting", [lambda dossier: add_pieces(dossier, "kbis"), asked], Queue.COMPANY, ANSWER),
    ("awaiting", [pay], Queue.COMPANY, RELANCE),
    ("awaiting", [all_pieces], Queue.COMPANY, RELANCE),
    ("awaiting", [all_pieces, lambda dossier: pay(dossier, Decimal("1.00"))], Queue.COMPANY, RELANCE),
    ("awaiting", [all_pieces, pay], Queue.READY, STAFF_DAY),
    ("awaiting", [asked, all_pieces, pay], Queue.READY, STAFF_DAY),
    ("accepted", [], Queue.NONE, None),
    ("returned", [], Queue.NONE, None),
    ("refund", [], Queue.REFUND, STAFF_DAY),
    ("withdrawn", [], Queue.NONE, None),
]


@pytest.mark.req("B-02", "B-21")
@pytest.mark.parametrize(("state", "then", "queue", "due"), SITUATIONS)
def test_the_next_to_act_and_the_day(state, then, queue, due):
    dossier = ApplicationFactory() if state == "draft" else ApplicationFactory(**{state: True})
    for step in then:
        step(dossier)
        dossier.refresh_from_db()
    assert (dossier.queue, dossier.due_on) == (queue, due)
    assert (dossier.waiting_since is None) == (queue == Queue.NONE)


@pytest.mark.req("B-21")
def test_waiting_begins_when_the_turn_changes_not_with_every_act(clock):
    dossier = ApplicationFactory(submitted=True)
    since = dossier.waiting_since
    clock.move_to("2026-11-24T10:00:00+01:00")
    dossier = workflow.add_note(dossier, by=CLERK, text="Vu.")
    assert (dossier.waiting_since, dossier.due_on) == (since, STAFF_DAY)
    dossier = workflow.send_proforma(dossier, by=CLERK)
    assert dossier.waiting_since > since
    assert timezone.localdate(dossier.waiting_since) == date(2026, 11, 24)


def test_every_act_counts_one_version():
    dossier = ApplicationFactory(submitted=True)
    before = dossier.version
    dossier = workflow.add_note(dossier, by=CLERK, text="Vu.")
    assert dossier.version == before + 1
