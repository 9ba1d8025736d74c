"""What we hold about one person: found, told, erased as far as the law lets us.

Each app's `privacy.py` registers its own tables as `Holding`s; a test finds the model that nobody declared. How long
each is kept is the business of the deadlines (`manage.py deadlines --dry-run` shows what the next sweep would purge);
docs/privacy.md has the whole table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from operator import attrgetter, or_
from typing import Any

from django.db import models, transaction
from django.utils.module_loading import autodiscover_modules

from core.journal import Actor, record
from core.text import counted, fold


@dataclass(frozen=True)
class Person:
    """Whoever asks: known by address, by telephone, or, an employee having neither here, by name and birth date.

    `account` is the key of who is logged in and asks for himself: no other account is his.
    """

    account: Any = None
    email: str = ""
    phone: str = ""
    last_name: str = ""
    first_name: str = ""
    birth_date: date | None = None

    def has_name(self, row: Any) -> bool:
        """Whether a row with names is about this person, whatever the case and accents."""
        mine, theirs = ((one.last_name, one.first_name) for one in (self, row))
        return bool(self.last_name) and [fold(part) for part in mine] == [fold(part) for part in theirs]


@dataclass(frozen=True)
class Holding:
    """One table. `find` gives the rows about a person; `columns` are the fields to tell, each a path of attributes.

    `erase` gets a row and returns why it is kept, in French, or nothing once it is erased; without it, `keep` says why
    nothing of the table ever is.
    """

    model: str  # label, as `membership.contact`
    title: str
    find: Callable[[Person], Iterable[Any]]
    columns: tuple[str, ...]
    keep: str
    erase: Callable[[Any], str] | None = None


@dataclass
class Outcome:
    """What became of the rows of one holding."""

    title: str
    erased: int = 0
    kept: list[str] = field(default_factory=list)  # the reasons, each once


_holdings: dict[str, Holding] = {}


def having_address(rows: models.QuerySet[Any], address: str, *paths: str) -> list[Any]:
    """Those of `rows` with `address` in one of the columns `paths` (over a relation: `author.email`), in any case.

    The database folds more than the case: PostgreSQL has « ı » and « i » for one letter, and they are two mailboxes.
    """
    if not address:
        return []
    alike = reduce(or_, (models.Q(**{f"{path.replace('.', '__')}__iexact": address}) for path in paths))
    return [row for row in rows.filter(alike) if address.lower() in {attrgetter(path)(row).lower() for path in paths}]


def register(*holdings: Holding) -> None:
    for holding in holdings:
        if _holdings.setdefault(holding.model, holding) is not holding:
            raise ValueError(f"two holdings for {holding.model}")


def all_holdings() -> list[Holding]:
    autodiscover_modules("privacy")
    return list(_holdings.values())


def export(person: Person) -> dict[str, list[dict[str, str]]]:
    """Everything held about `person`, by title, each row as {label: text}; holdings without a row are left out."""
    found = {holding.title: [_told(row, holding.columns) for row in holding.find(person)] for holding in all_holdings()}
    return {title: rows for title, rows in found.items() if rows}


@transaction.atomic
def erase(person: Person, *, by: Actor) -> list[Outcome]:
    """Erase what may be, say why the rest stays. Again, it finds what is left and changes nothing more."""
    outcomes = []
    for holding in all_holdings():
        outcome = Outcome(holding.title)
        for row in list(holding.find(person)):
            reason = holding.erase(row) if holding.erase else holding.keep
            if not reason:
                outcome.erased += 1
            elif reason not in outcome.kept:
                outcome.kept.append(reason)
        if outcome.erased or outcome.kept:
            outcomes.append(outcome)
    erased = sum(outcome.erased for outcome in outcomes)
    if erased and by.user is not None:
        record(
            by.user,
            by=by,
            message="Données personnelles effacées à la demande d’une personne : "
            f"{counted(erased, 'ligne', 'lignes')}.",
            internal=True,
        )
    return outcomes


def _told(row: Any, columns: Iterable[str]) -> dict[str, str]:
    return {_label(row, path): _text(row, path) for path in columns}


def _label(row: models.Model, path: str) -> str:
    """The name of a column as the back office says it; a path over a relation keeps the name of its first step, and
    what masks a column that column's."""
    name = path.partition(".")[0].removeprefix("masked_")
    names = {each.name: str(getattr(each, "verbose_name", each.name)) for each in row._meta.get_fields()}
    return names.get(name, name)


def _text(row: Any, path: str) -> str:
    *steps, last = path.split(".")
    for step in steps:
        row = getattr(row, step)
    value = getattr(row, f"get_{last}_display", None) or getattr(row, last)
    value = value() if callable(value) else value
    return "" if value is None else str(value)
