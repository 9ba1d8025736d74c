"""How every verb begins and ends: the lock with its check, and who must act next."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from core.dates import add_months, add_working_days, today
from core.transitions import lock, refuse_overtaken
from membership import pieces
from membership.models import Application, Payment
from membership.states import Queue, State
from membership.unpaid import unpaid_invoices

STAFF_DAYS = 2  # working days staff give themselves
FIRST_RELANCE = timedelta(days=15)  # after the proforma, or once something is missing again
ANSWER_MONTHS = 2  # M-16: what a company has to send what a relance names, or to pay the invoices that hold its dossier
LAST_CALL_BEFORE = timedelta(days=14)


def begin(dossier: Application, seen: int | None = None) -> Application:
    """Lock the dossier; refuse if it changed since the person saw version `seen` of it."""
    dossier = lock(dossier)
    refuse_overtaken(dossier, seen, "Ce dossier a déjà été traité", "Relisez-le")
    return dossier


def settle(dossier: Application) -> Application:
    """Work out and store who must act next and by when; counts one more version. The dossier is locked."""
    _run_clocks(dossier)
    queue = _queue(dossier)
    if queue != dossier.queue:
        dossier.queue, dossier.waiting_since = queue, timezone.now()
        dossier.due_on = add_working_days(today(), STAFF_DAYS)
    if queue == Queue.COMPANY:
        dossier.due_on = dossier.answer_by or dossier.relance_on or dossier.due_on
    if queue == Queue.NONE:
        dossier.due_on = dossier.waiting_since = None
    dossier.version += 1
    dossier.updated_at = timezone.now()
    dossier.save()
    return dossier


def stop_clocks(dossier: Application) -> None:
    """No relance, last call or sending back is to come. Does not save."""
    dossier.answer_by = dossier.last_call_on = dossier.relance_on = None


def start_answer(dossier: Application) -> date:
    """The company has two calendar months from today, with a last call before; returns the last day. Does not save."""
    dossier.answer_by, dossier.relance_on = add_months(today(), ANSWER_MONTHS), None
    dossier.last_call_on = dossier.answer_by - LAST_CALL_BEFORE
    return dossier.answer_by


def _run_clocks(dossier: Application) -> None:
    """A relance is over once all that it named has come; what is still missing after the proforma is asked for later.

    So a dossier goes back for what the company was asked, never for what it was not told to send (M-15, M-16). One that
    is held has its two months from the day on which invoices hold it (M-11).
    """
    if dossier.state == State.UNPAID:
        if not unpaid_invoices(dossier):
            stop_clocks(dossier)
        elif not dossier.answer_by:
            start_answer(dossier)
        return
    if dossier.state not in (State.SUBMITTED, State.AWAITING):
        stop_clocks(dossier)
        return
    missing = pieces.missing(dossier)
    if not missing or (dossier.answer_by and not any(piece.asked for piece in missing)):
        stop_clocks(dossier)
    if missing and dossier.state == State.AWAITING and not dossier.answer_by and not dossier.relance_on:
        dossier.relance_on = today() + FIRST_RELANCE


def _queue(dossier: Application) -> Queue:
    if not dossier.is_open:
        refunds = dossier.payments.filter(state=Payment.State.TO_REFUND).exists()
        return Queue.REFUND if refunds else Queue.NONE
    if dossier.is_draft:
        return Queue.NONE
    if dossier.state == State.UNPAID:  # the invoices come first, whatever documents wait
        return Queue.COMPANY if dossier.answer_by else Queue.CHECK
    if pieces.to_check(dossier):
        return Queue.CHECK
    if dossier.state == State.SUBMITTED:
        return Queue.COMPANY if dossier.answer_by else Queue.CHECK
    return Queue.READY if pieces.is_complete(dossier) else Queue.COMPANY
