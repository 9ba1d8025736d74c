"""Dates as the business counts them: days of Europe/Paris, calendar months, French words."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache

import holidays
from dateutil.relativedelta import relativedelta
from django.utils import timezone
from django.utils.formats import date_format

from core.money import NBSP

FIRST = "1er"


def today(moment: datetime | None = None) -> date:
    """The day it is in Paris at `moment` (now)."""
    return timezone.localdate(moment, timezone.get_default_timezone())


def midnight(day: date) -> datetime:
    """When `day` begins in Paris: compared with this, moments are read by their index, unlike by `__date`."""
    return timezone.make_aware(datetime.combine(day, time()), timezone.get_default_timezone())


@lru_cache(maxsize=4096)  # an import asks for each row what it asked for the one before
def add_months(day: date, months: int) -> date:
    """Calendar months: 31 December + 2 months is the last day of February."""
    return day + relativedelta(months=months)


def french_date(day: date | datetime) -> str:
    """« 14 septembre 2027 », « 1er mars 2027 »."""
    if isinstance(day, datetime):
        day = timezone.localdate(day)
    number = FIRST if day.day == 1 else str(day.day)
    return f"{number} {date_format(day, 'F Y')}"


def french_moment(moment: datetime) -> str:
    """« 14 septembre 2027 à 10 h 05 », in Paris time; the hour stays on one line."""
    local = timezone.localtime(moment)
    return f"{french_date(local)} à {local.hour}{NBSP}h{NBSP}{local.minute:02d}"


@lru_cache
def public_holidays() -> holidays.HolidayBase:
    """The French ones, to ask `day in`; it fills itself year by year."""
    return holidays.country_holidays("FR")


def add_working_days(day: date, count: int) -> date:
    """`count` working days after `day`: neither weekends nor French public holidays."""
    closed = public_holidays()
    while count:
        day += timedelta(days=1)
        if day.weekday() < 5 and day not in closed:
            count -= 1
    return day
