"""On which days somebody is reminded of an invoice that is not paid (B-03): counted from the day it falls due."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from billing.models import Invoice
from billing.models.invoice import Mode
from core.dates import today


class Stage(StrEnum):
    SOON, LATE, LAST = "soon", "late", "last"


# Days from the due day, in order.
CALENDAR = {Stage.SOON: -7, Stage.LATE: 3, Stage.LAST: 15}


def next_day(invoice: Invoice, *, after: date | None = None) -> date | None:
    """The next day of the calendar that comes after `after` (today); none for a credit, nor for what is to be debited.
    Whether anything is due is for the caller to know."""
    if invoice.kind != Invoice.Kind.INVOICE or invoice.mode == Mode.DEBIT:
        return None
    return next_after(invoice.due_on, after or today())


def next_after(start: date, after: date) -> date | None:
    """The same, counted from `start`: the due day, or the one on which its debit was lost."""
    return next((day for day in map(start.__add__, _DAYS.values()) if day > after), None)


def stage(invoice: Invoice, day: date) -> Stage | None:
    """What the calendar says on `day`: the last stage that has come, so that a late sweep does not remind twice. Once
    it is due, nobody is told any more that it will be."""
    return stage_since(invoice.due_on, day)


def stage_since(start: date, day: date) -> Stage | None:
    """The same, counted from `start`."""
    come = [one for one, days in _DAYS.items() if start + days <= day]
    if not come or (come[-1] == Stage.SOON and day > start):
        return None
    return come[-1]


_DAYS = {one: timedelta(days=days) for one, days in CALENDAR.items()}
