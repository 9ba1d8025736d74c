"""What a list of people is made of: its columns, the ways to narrow it, what can be done to a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models


class Elsewhere(Exception):
    """Raised by `RowSet.owner()`: the list is not changed here any more, and the page at `url` says why."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


@dataclass(frozen=True)
class Column:
    """A column of the table on the page.

    `fields` are the form's fields it comes from: what was typed in them is shown while the row is to correct.
    """

    label: str
    value: Callable[[Any], Any]
    fields: tuple[str, ...]
    css: str = ""
    tone: Callable[[Any], str] | None = None  # shown as a tag of this tone
    sort: str = ""  # its name in `RowSet.sorts`, when the heading sorts the list


@dataclass(frozen=True)
class Filter:
    """A way to narrow the list, kept in the address as `name=value`."""

    name: str
    label: str
    choices: Sequence[tuple[str, str]]
    narrow: Callable[[models.QuerySet, str], models.QuerySet]
    default: str = ""  # the choice when the address names none; "" shows all
    tabs: bool = False  # links with the counts of `RowSet.counts`, instead of a drop-down

    def read(self, value: str | None) -> str:
        """A value from an address, or the default: never one that is not offered."""
        return value if value is not None and value in dict(self.choices) else self.default


@dataclass(frozen=True)
class Action:
    """Something to do to one row: what the link says, the name of its address (`rowset.url(name, owner, row.pk)`)."""

    label: str
    name: str
    when: Callable[[Any], bool] | None = None  # offered for these rows only
