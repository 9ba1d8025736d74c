"""Importing a list: what a file would do is planned, shown, and only then stored.

Nothing is kept between the two requests: the page of the plan carries the cells back, and they are judged again when
they are stored. That needs neither a session nor a table of half-imports to clean up, it survives « Précédent » and a
restart, and a colleague's change in between is seen. Storing is one transaction: valid rows become rows, wrong ones are
kept word for word as `PendingRow` to be corrected on the page. A row that is there already, valid or to correct, is
left as it is, so importing a file twice changes nothing.

One form serves all rows: a form object per row would cost more than all the rest.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db import models
from django.http import HttpRequest

from core.models import PendingRow
from core.models.subject import subject_key
from core.rows.cells import CellReader
from core.rows.rowset import BATCH
from core.rows.suggestions import suggestion
from core.sheets import Sheet, SheetError
from core.sheets.csvtext import ACCEPTED
from core.text import fold

if TYPE_CHECKING:
    from core.rows.rowset import RowSet


@dataclass
class WrongRow:
    """A row to correct: what was written, by field, and what is wrong with it."""

    line: int
    values: dict[str, str]
    errors: dict[str, str]


@dataclass
class Plan:
    """What an import would do."""

    rows: list[models.Model] = field(default_factory=list)
    wrong: list[WrongRow] = field(default_factory=list)
    already: int = 0  # rows of the list, left as they are
    back: list[tuple[Any, dict[str, Any]]] = field(default_factory=list)  # keys of rows that had left, and new answers
    absent: list[tuple[Any, str]] = field(default_factory=list)  # keys and names of rows that the file does not hold
    repeated: list[int] = field(default_factory=list)  # lines that repeat a line above
    ignored: list[str] = field(default_factory=list)  # headings that stand for nothing here
    assumed: bool = False  # no headings: the columns were taken to be in the order of the template

    @property
    def changes_nothing(self) -> bool:
        return not (self.rows or self.wrong or self.back)


class Importer:
    """Judges the rows of a sheet against a list and its owner."""

    def __init__(self, rowset: RowSet, owner: Any) -> None:
        self.rowset, self.owner = rowset, owner
        self.form = rowset.form_class(instance=rowset.new(owner))
        self.readers = {
            name: CellReader(self.form, name, rowset.value_aliases.get(name, {})) for name in self.form.fields
        }

    @cached_property
    def names(self) -> dict[str, tuple[str, int]]:
        """Each heading, without case and accents: the field it stands for, and how good a name for it it is."""
        known: dict[str, tuple[str, int]] = {}
        for name, form_field in self.form.fields.items():
            words = [str(form_field.label), name, *self.rowset.aliases.get(name, ())]
            for rank, word in enumerate(words):
                known.setdefault(fold(word), (name, rank))
        return known

    def columns(self, headers: list[str]) -> dict[str, int]:
        """The place of each field among the headings; where two name the same field, the better name."""
        places: dict[str, tuple[int, int]] = {}
        for place, header in enumerate(headers):
            # « Date de naissance (jj/mm/aaaa) * » is known by what stands before its explanation.
            name, rank = self.names.get(fold(header)) or self.names.get(fold(header.split("(")[0])) or ("", 0)
            if name and (name not in places or rank < places[name][0]):
                places[name] = (rank, place)
        return {name: place for name, (_, place) in places.items()}

    def plan(self, sheet: Sheet) -> Plan:
        """Judge every row; `SheetError` when the columns, or the number of rows, do not allow it."""
        plan = Plan()
        places = self.columns(sheet.headers)
        rows = list(sheet.rows)
        if not places and len(sheet.headers) <= len(self.form.fields):
            # Cells copied without their headings.
            places = dict(zip(self.form.fields, range(len(sheet.headers)), strict=False))
            rows.insert(0, (sheet.header_line, sheet.headers))
            plan.assumed = True
        else:
            used = set(places.values())
            plan.ignored = [header for place, header in enumerate(sheet.headers) if header and place not in used]
        self._refuse_missing(places, plan.assumed)
        known = self._known()
        pending: set[Hashable] = set()
        for values in self.rowset.pending(self.owner).values_list("values", flat=True):
            pending |= {_pending_key(values), self._person(values)} - {None}
        seen: set[Hashable] = set()
        for line, cells in rows:
            self._judge(plan, line, {name: cells[place] for name, place in places.items()}, known, pending, seen)
        self._refuse_too_many(len(known) + len(pending), plan)
        if self.rowset.whole_file and not plan.wrong:  # of a row to correct, nobody knows who it is
            gone = (row for key, row in known.items() if key not in seen and self.rowset.is_staying(row))
            plan.absent = [(row["pk"], self.rowset.name_of(row)) for row in gone]
        return plan

    def _known(self) -> dict[Hashable, dict[str, Any]]:
        """The rows that are there, by who they are."""
        names = {"pk", *self.rowset.key_fields, *self.rowset.known_fields}
        rows = self.rowset.everyone(self.owner).values(*names)
        return {self.rowset.key(row): row for row in rows.iterator()}

    def _judge(
        self, plan: Plan, line: int, values: dict[str, str], known: dict, pending: set, seen: set[Hashable]
    ) -> None:
        if self._is_example(values):
            return
        cleaned, errors = {}, {}
        for name, reader in self.readers.items():
            value, error = reader.read(values.get(name, ""))
            if error:
                errors[name] = error
            else:
                cleaned[name] = value
        for name, message in self.rowset.check(cleaned).items():
            errors.setdefault(name, message)
        if errors:
            key: Hashable = _pending_key(values)
            person = self._person(values)
            if key in pending or person in pending or person in known:  # corrected here since the file was written
                plan.already += 1
            elif key in seen:
                plan.repeated.append(line)
            else:
                plan.wrong.append(WrongRow(line, values, errors))
        else:
            key = self.rowset.key(cleaned)
            if key in seen:
                plan.repeated.append(line)
            elif key in known and self.rowset.comes_back(known[key], cleaned):
                plan.back.append((known[key]["pk"], cleaned))
            elif key in known:
                plan.already += 1
            else:
                plan.rows.append(self.rowset.model(**self.rowset.parent(self.owner), **cleaned))
        seen.add(key)

    def _person(self, values: dict[str, str]) -> Hashable | None:
        """The key of a row of which other cells may be wrong; None when the key itself cannot be read."""
        read = {name: self.readers[name].read(values.get(name, "")) for name in self.rowset.key_fields}
        if any(error for _, error in read.values()):
            return None
        return self.rowset.key({name: value for name, (value, _) in read.items()})

    def _is_example(self, values: dict[str, str]) -> bool:
        example = self.rowset.example
        return bool(example) and all(values.get(name, "") == text for name, text in example.items())

    def _refuse_missing(self, places: dict[str, int], assumed: bool) -> None:
        fields = self.form.fields
        missing = [
            str(form_field.label) for name, form_field in fields.items() if form_field.required and name not in places
        ]
        if not missing:
            return
        if assumed and len(places) == 1:
            raise SheetError(f"Ce n’est pas un tableau : il n’a qu’une colonne, sans titre connu. {ACCEPTED}")
        quoted = ", ".join(f"« {label} »" for label in missing)
        head = f"Il manque la colonne {quoted}." if len(missing) == 1 else f"Il manque les colonnes {quoted}."
        raise SheetError(f"{head} La première ligne de votre tableau doit donner le titre de chaque colonne.")

    def _refuse_too_many(self, there: int, plan: Plan) -> None:
        total = there + len(plan.rows) + len(plan.wrong)
        if total > self.rowset.max_rows:
            limit = f"{self.rowset.max_rows:,}".replace(",", "\u202f")
            raise SheetError(
                f"La liste irait jusqu’à {total} lignes ; elle est limitée à {limit} {self.rowset.plural}."
            )

    def suggestion(self, name: str, text: str) -> str:
        return suggestion(self.form.fields[name], text)

    def store(self, plan: Plan, *, keep_wrong: bool = True, request: HttpRequest | None = None) -> None:
        """Write what the plan says. Called in a transaction that holds the owner's lock."""
        self.rowset.add_all(self.owner, plan.rows, request)
        if plan.back:
            self.rowset.take_all_back(self.owner, plan.back, request)
        if keep_wrong and plan.wrong:
            owner = subject_key(self.rowset.subject(self.owner))
            pending = [
                PendingRow(
                    **owner,
                    kind=self.rowset.kind,
                    line=wrong.line,
                    values=wrong.values,
                    errors={name: [message] for name, message in wrong.errors.items()},
                )
                for wrong in plan.wrong
            ]
            PendingRow.objects.bulk_create(pending, batch_size=BATCH)
        self.rowset.changed(self.owner)


def _pending_key(values: dict[str, str]) -> Hashable:
    return frozenset((name, text) for name, text in values.items() if text)
