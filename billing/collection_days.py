"""On which days direct debits can be collected: those of TARGET, the settlement system of the euro."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import holidays
from django.conf import settings


@lru_cache
def _closed() -> holidays.HolidayBase:
    """TARGET's own closing days: not the French public holidays, on many of which banks settle."""
    return holidays.financial_holidays("ECB")


def bank_day(day: date) -> date:
    """`day`, or the next one on which banks settle."""
    while day.weekday() >= 5 or day in _closed():
        day += timedelta(days=1)
    return day


def collection_day(wanted: date, announced_on: date) -> date:
    """When to collect what is announced today: the day wanted, never sooner than the notice allows."""
    return bank_day(max(wanted, announced_on + timedelta(days=settings.PRENOTIFICATION_DAYS)))
