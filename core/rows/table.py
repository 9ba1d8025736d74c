"""One page of the list: rows to correct first, then the rows, fifty a page, with a search once there are more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.exceptions import NON_FIELD_ERRORS
from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from core.markup import escaped
from core.templatetags.guichet import tag
from core.text import fold, lower_first

if TYPE_CHECKING:
    from core.rows.rowset import Column, RowSet

PER_PAGE = 50
MAX_SEARCH = 80  # characters
_ANY = str(UUID(int=0))  # stands for a row's key in an address


@dataclass(frozen=True)
class Line:
    """A line of the table; `errors` is empty for a row that is all right."""

    anchor: str
    title: str  # what heads the line
    name: str  # who the buttons are about
    cells: SafeString
    edit: str  # what its first button says
    edit_url: str
    remove_url: str
    errors: list[str]


class _Part:
    """A list of the page, read from the database only as far as it is shown."""

    def __init__(self, rows: Any) -> None:
        self.rows: Any = rows
        first = list(rows[: PER_PAGE + 1])
        if len(first) > PER_PAGE:
            self.count = rows.count()
        else:
            self.rows, self.count = first, len(first)

    def __getitem__(self, part: slice) -> list[Any]:
        return list(self.rows[part]) if part.stop > part.start else []


class _Found(list):
    """Rows found by a search, in the place of a queryset."""

    def count(self, *_: Any) -> int:
        return len(self)


class _Items:
    """Rows to correct, then rows, as one sequence that a paginator can count and slice."""

    def __init__(self, pending: _Part, rows: _Part) -> None:
        self.pending, self.rows = pending, rows

    def __len__(self) -> int:
        return self.pending.count + self.rows.count

    def __getitem__(self, part: slice) -> list[tuple[Any, bool]]:
        """Each with whether it is to correct."""
        before = self.pending.count
        pending = self.pending[slice(min(part.start, before), min(part.stop, before))]
        rows = self.rows[slice(max(part.start - before, 0), max(part.stop - before, 0))]
        return [(row, True) for row in pending] + [(row, False) for row in rows]


def context(rowset: RowSet, owner: Any, request: HttpRequest) -> dict[str, Any]:
    """The list as `rows/table.html` shows it: two queries while it fits on a page, six at most however long it is."""
    pending, rows = _Part(rowset.pending(owner)), _Part(rowset.queryset(owner))
    total, wrong = rows.count, pending.count
    searchable = total + wrong > PER_PAGE
    search = request.GET.get("q", "").strip()[:MAX_SEARCH] if searchable else ""
    if search:
        pending, rows = _matching(rowset, search, owner)
    page: Page = Paginator(_Items(pending, rows), PER_PAGE).get_page(request.GET.get("page"))  # type: ignore[arg-type]
    lines = _Lines(rowset, owner)
    return {
        "rowset": rowset,
        "heads": [column.label for column in rowset.columns],
        "lines": [lines.line(item, is_pending) for item, is_pending in page.object_list],
        "page": page,
        "query": "&" + urlencode({"q": search}) if search else "",
        "search": search,
        "searchable": searchable,
        "pending": wrong,
        "count_words": _count_words(rowset, total, wrong),
        "full": total + wrong >= rowset.max_rows,
        "add_url": rowset.url("add", owner),
        "import_url": rowset.url("import", owner) if rowset.can_import else "",
        "empty_url": rowset.url("empty", owner),
        "done": done_message(rowset, request),
    }


def _count_words(rowset: RowSet, total: int, pending: int) -> str:
    words = rowset.count_words(total + pending)
    return f"{words} · {pending} à corriger" if pending else words


def _matching(rowset: RowSet, search: str, owner: Any) -> tuple[_Part, _Part]:
    """Those whose shown cells hold all words of the search.

    Compared here, without case and accents as people expect, which SQL does differently from one base to another; a
    list is limited to `max_rows`.
    """
    words = fold(search).split()

    def matches(texts: list[str]) -> bool:
        text = fold(" ".join(texts))
        return all(word in text for word in words)

    rows = [row for row in rowset.queryset(owner) if matches([str(column.value(row)) for column in rowset.columns])]
    pending = [row for row in rowset.pending(owner) if matches([str(text) for text in row.values.values()])]
    return _Part(_Found(pending)), _Part(_Found(rows))


class _Lines:
    """Makes the lines of a page. Cells are finished here and addresses are worked out once: with fifty rows, both were
    most of what the page cost."""

    def __init__(self, rowset: RowSet, owner: Any) -> None:
        self.rowset = rowset
        self.first, *self.others = rowset.columns
        self.openings = [
            format_html('<td class="{}" data-label="{}">', column.css, column.label)
            if column.css
            else format_html('<td data-label="{}">', column.label)
            for column in self.others
        ]
        self.urls = {name: rowset.url(name, owner, _ANY) for name in ("edit", "remove", "correct", "discard")}

    def line(self, row: Any, is_pending: bool) -> Line:
        return self._to_correct(row) if is_pending else self._good(row)

    def _good(self, row: Any) -> Line:
        name = str(self.first.value(row))
        texts = [
            tag(text, column.tone(row)) if column.tone and text else text
            for column, text in ((column, str(column.value(row))) for column in self.others)
        ]
        return self._line(row, name, name, texts, "edit", "remove", [])

    def _to_correct(self, row: Any) -> Line:
        texts = [
            format_html("<strong>{}</strong>", text or "vide")
            if any(name in row.errors for name in column.fields)
            else text
            for column, text in ((column, _typed(column, row)) for column in self.others)
        ]
        errors = [self._told(row, name, text) for name in wrong_names(self.rowset, row) for text in row.errors[name]]
        name = typed_name(self.rowset, row)
        return self._line(row, _typed(self.first, row), name, texts, "correct", "discard", errors)

    def _told(self, row: Any, name: str, message: str) -> str:
        """A message, with the wrong value in front unless a column shows it or the message says it."""
        value = str(row.values.get(name, ""))[:60]
        if not value or value in message or any(name in column.fields for column in self.rowset.columns):
            return message
        label = self.rowset.form_class.base_fields[name].label
        return f"{label} « {value} » : {lower_first(message)}"

    def _line(
        self, row: Any, title: str, name: str, texts: list[str], edit: str, remove: str, errors: list[str]
    ) -> Line:
        pk = str(row.pk)
        cells = "".join(f"{opening}{escaped(text)}</td>" for opening, text in zip(self.openings, texts, strict=True))
        button = "Corriger" if errors else "Modifier"
        edit_url, remove_url = (self.urls[url].replace(_ANY, pk) for url in (edit, remove))
        return Line(f"ligne-{pk}", title, name, mark_safe(cells), button, edit_url, remove_url, errors)  # noqa: S308 escaped


def wrong_names(rowset: RowSet, pending: Any) -> list[str]:
    """What is wrong with a row to correct, in the form's order: a database's JSON keeps none."""
    names = [*rowset.form_class.base_fields, NON_FIELD_ERRORS]
    return [name for name in names if name in pending.errors]


def typed_name(rowset: RowSet, pending: Any) -> str:
    """Who a row to correct is about, as far as was typed."""
    return _typed(rowset.columns[0], pending) or str(pending)


def _typed(column: Column, row: Any) -> str:
    """What was typed for a column of a row to correct."""
    return " ".join(filter(None, (str(row.values.get(name, "")) for name in column.fields)))


def done_message(rowset: RowSet, request: HttpRequest) -> str:
    """What was just done, told by the address that the change led to: no session, and no name in a cookie."""
    the, e = rowset.the[0].upper() + rowset.the[1:], rowset.e
    match request.GET.get("fait"):
        case "ajout":
            return f"{the} a été ajouté{e}."
        case "correction":
            return "La ligne est corrigée et ajoutée à la liste."
        case "modification":
            return f"{the} a été modifié{e}."
        case "retrait":
            return f"{the} a été retiré{e} de la liste."
        case "vide":
            return "La liste a été vidée."
        case "import":
            added, wrong = _number(request, "n"), _number(request, "c")
            ed = f"ajouté{e}{'s' if added > 1 else ''}"
            words = f"{rowset.count_words(added)} {ed}." if added else "Aucune ligne valide n’a été ajoutée."
            lines = "1 ligne est" if wrong == 1 else f"{wrong} lignes sont"
            return f"{words} {lines} à corriger ci-dessous." if wrong else words
    return ""


def _number(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
