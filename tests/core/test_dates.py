"""Days of Paris, calendar months, French words: whatever the clock does that night."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from core.dates import add_months, add_working_days, french_date, french_moment, today


@pytest.mark.fault("H1")
@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2027, 12, 31), 2, date(2028, 2, 29)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2028, 2, 29), 48, date(2032, 2, 29)),
        (date(2026, 8, 31), 1, date(2026, 9, 30)),
        (date(2026, 11, 22), 2, date(2027, 1, 22)),
    ],
)
def test_calendar_months_end_on_the_last_day_when_the_month_is_shorter(day, months, expected):
    assert add_months(day, months) == expected


@given(st.dates(date(2000, 1, 1), date(2100, 12, 31)), st.integers(1, 48))
def test_a_delay_in_months_lands_in_the_right_month_and_never_later_in_it(day, months):
    due = add_months(day, months)
    assert (due.year * 12 + due.month) - (day.year * 12 + day.month) == months
    assert due.day == day.day or (due.day < day.day and (due + timedelta(days=1)).month != due.month)


@pytest.mark.fault("H1")
@pytest.mark.parametrize(
    ("moment", "day"),
    [
        # The night of 25 October 2026: 02:30 comes twice, still the same day.
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), date(2026, 10, 26)),
        # 28 March 2027: the day has 23 hours.
        (datetime(2027, 3, 27, 22, 59, 59, tzinfo=UTC), date(2027, 3, 27)),
        (datetime(2027, 3, 27, 23, 0, tzinfo=UTC), date(2027, 3, 28)),
        (datetime(2027, 3, 28, 1, 0, tzinfo=UTC), date(2027, 3, 28)),
        (datetime(2027, 3, 28, 21, 59, 59, tzinfo=UTC), date(2027, 3, 28)),
        (datetime(2027, 3, 28, 22, 0, tzinfo=UTC), date(2027, 3, 29)),
        # New Year's Eve, one second before midnight in Paris and at midnight.
        (datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC), date(2026, 12, 31)),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), date(2027, 1, 1)),
    ],
)
def test_the_day_is_the_one_in_paris(moment, day):
    assert today(moment) == day
    with time_machine.travel(moment, tick=False):
        assert today() == day


@pytest.mark.fault("H1")
def test_the_two_half_past_two_of_the_clock_change_are_told_as_they_were():
    assert french_moment(datetime(2026, 10, 25, 0, 30, tzinfo=UTC)) == "25 octobre 2026 à 2\u00a0h\u00a030"
    assert french_moment(datetime(2026, 10, 25, 1, 30, tzinfo=UTC)) == "25 octobre 2026 à 2\u00a0h\u00a030"
    assert french_moment(datetime(2027, 3, 28, 0, 59, tzinfo=UTC)) == "28 mars 2027 à 1\u00a0h\u00a059"
    assert french_moment(datetime(2027, 3, 28, 1, 0, tzinfo=UTC)) == "28 mars 2027 à 3\u00a0h\u00a000"


def test_dates_read_as_people_write_them():
    assert french_date(date(2027, 3, 1)) == "1er mars 2027"
    assert french_date(date(2027, 9, 14)) == "14 septembre 2027"
    assert french_date(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)) == "1er janvier 2027"


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 11, 23), 2, date(2026, 11, 25)),
        (date(2026, 11, 20), 1, date(2026, 11, 23)),  # Friday
        (date(2026, 11, 21), 2, date(2026, 11, 24)),  # Saturday
        (date(2026, 12, 24), 1, date(2026, 12, 28)),  # Christmas, then the weekend
        (date(2027, 3, 26), 1, date(2027, 3, 30)),  # Easter Monday
    ],
)
def test_working_days_skip_weekends_and_public_holidays(day, count, expected):
    assert add_working_days(day, count) == expected
