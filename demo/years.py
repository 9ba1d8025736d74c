"""The years of the demonstration, worked out from the day it is made: one campaign closed, one open, one prepared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

OPENED = 45  # days ago, that the open campaign began
TO_DECLARE = 66  # days from its opening to its deadline


def working_day(day: date) -> date:
    """`day`, or the Friday before when it falls on a weekend."""
    return day - timedelta(days=max(0, day.weekday() - 4))


@dataclass(frozen=True)
class Calendar:
    """When things happened. A campaign opens in its own year: in the first weeks of January the open one is last
    year's."""

    today: date

    @property
    def opens_on(self) -> date:
        return working_day(self.today - timedelta(days=OPENED))

    @property
    def deadline(self) -> date:
        return self.opens_on + timedelta(days=TO_DECLARE)

    @property
    def year(self) -> int:
        """Of the open campaign."""
        return self.opens_on.year

    @property
    def last_year(self) -> int:
        """Of the closed one."""
        return self.year - 1

    @property
    def begins(self) -> date:
        """The first day of the demonstration: before the list that the closed campaign counts."""
        return date(self.last_year - 1, 12, 1)

    @property
    def next_opening(self) -> date:
        """Of the campaign that staff prepare."""
        return max(date(self.year + 1, 1, 5), self.today + timedelta(days=20))

    def day(self, when: int | tuple[int, int]) -> date:
        """A number of days ago, or (month, day) of last year."""
        return self.today - timedelta(days=when) if isinstance(when, int) else date(self.last_year, *when)
