"""One page of the list: rows to correct first, then the rows, fifty a page, with a search once there are more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import NON_FIELD_ERRORS
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, QueryDict
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe

from core.rows.asked import PAGE, Asked, keep
from core.templatetags.guichet import tag
from core.text import fold, lower_first

if TYPE_CHECKING:
    from core.rows.parts import Column, Filter
    from core.rows.rowset import RowSet

PER_PAGE = 50
_ANY = str(UUID(int=0))  # stands for a row's key in an address


@dataclass(frozen=True)
class Line:
    """A line of the table; `errors` is empty for a row that is all right."""

    anchor: str
    title: SafeString  # what heads the line
    name: str  # who the links are about
    cells: SafeString
    links: list[tuple[str, str]]  # what each says, where it leads
    errors: list[str]


class _Part:
    """A list of the page, read from the database only as far as it is shown."""

    def __init__(self, rows: Any, count: int | None = None) -> None:
        self.rows: Any = rows
        if count is not None:
            self.count = count
            return
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
    asked = Asked.read(rowset, request.GET)
    counts = rowset.counts(owner)
    pending = _Part(rowset.pending(owner))
    wrong = pending.count
    if counts:
        total, whole = sum(counts.values()), None
    else:
        whole = _Part(rowset.queryset(owner))
        total = whole.count
    searchable = total + wrong > PER_PAGE or bool(rowset.filters and total)
    if not searchable:
        asked = Asked.read(rowset, QueryDict())
    if asked.is_narrowed or whole is None or asked.sort or rowset.default_sort:
        pending, whole = _narrowed(rowset, owner, asked, counts, pending)
    page: Page = Paginator(_Items(pending, whole), PER_PAGE).get_page(asked.page)  # type: ignore[arg-type]
    lines = _Lines(rowset, owner, request, asked.query(**{PAGE: str(page.number)} if page.number > 1 else {}))
    return {
        "rowset": rowset,
        "heads": _heads(rowset, asked),
        "lines": [lines.line(item, is_pending) for item, is_pending in page.object_list],
        "page": page,
        "query": f"&{asked.query()}" if asked.query() else "",
        "search": asked.search,
        "hidden": asked.hidden(),
        "searchable": searchable,
        "narrowed": asked.is_narrowed,
        "tabs": [_tab(one, asked, counts) for one in rowset.filters if one.tabs and searchable],
        "selects": [(one, asked.chosen[one.name]) for one in rowset.filters if not one.tabs],
        "pending": wrong,
        "total": total,
        "count_words": _count_words(rowset, total, wrong),
        "found_words": rowset.count_words(whole.count),
        "full": total + wrong >= rowset.max_rows,
        "may_change": rowset.may_change(owner, request),
        "add_url": rowset.url("add", owner),
        "import_url": rowset.url("import", owner) if rowset.can_import else "",
        "empty_url": rowset.url("empty", owner) if rowset.can_remove else "",
        "exports": _exports(rowset, owner, asked) if rowset.can_export and total else [],
        "done": done_message(rowset, request),
    }


def _narrowed(
    rowset: RowSet, owner: Any, asked: Asked, counts: Mapping[str, int], pending: _Part
) -> tuple[_Part, _Part]:
    """What is asked for. Rows to correct belong to no filter: they stand on the page that nobody narrowed."""
    rows = asked.rows(rowset.queryset(owner))
    if asked.search and not rowset.search_field:
        rows = _Found(row for row in rows if _holds(asked, (column.value(row) for column in rowset.columns)))
    if asked.search:
        wrong = [row for row in rowset.pending(owner) if _holds(asked, row.values.values())]
        pending = _Part(_Found(wrong))
    elif asked.is_narrowed:
        pending = _Part(_Found())
    return pending, _Part(rows, _known_count(rowset, asked, counts))


def _known_count(rowset: RowSet, asked: Asked, counts: Mapping[str, int]) -> int | None:
    """How many rows the tab shows, when it alone narrows the list: that is counted already."""
    others = [one for one in rowset.filters if asked.chosen[one.name] and not one.tabs]
    if not counts or asked.search or others:
        return None
    (tab,) = (one for one in rowset.filters if one.tabs)
    return counts[asked.chosen[tab.name]] if asked.chosen[tab.name] else sum(counts.values())


def _holds(asked: Asked, texts: Iterable[Any]) -> bool:
    """Whether all words of the search are in `texts`, without case and accents."""
    text = fold(" ".join(map(str, texts)))
    return all(word in text for word in fold(asked.search).split())


def _count_words(rowset: RowSet, total: int, pending: int) -> str:
    words = rowset.count_words(total + pending)
    return f"{words} · {pending} à corriger" if pending else words


def _heads(rowset: RowSet, asked: Asked) -> list[dict[str, str]]:
    heads = []
    for column in rowset.columns:
        address, direction = asked.heading(column.sort) if column.sort else ("", "")
        url = f"?{address}#{rowset.kind}" if column.sort else ""
        heads.append({"label": column.label, "url": url, "direction": direction})
    return heads


def _tab(one: Filter, asked: Asked, counts: Mapping[str, int]) -> dict[str, Any]:
    links = [
        {
            "label": label,
            "count": counts[value] if value else sum(counts.values()),
            "url": f"?{asked.query(**{one.name: value})}#{asked.rowset.kind}",
            "now": asked.chosen[one.name] == value,
        }
        for value, label in one.choices
    ]
    return {"label": one.label, "links": links}


def _exports(rowset: RowSet, owner: Any, asked: Asked) -> list[tuple[str, str]]:
    query = f"?{asked.query()}" if asked.query() else ""
    return [(kind, rowset.url("export", owner, kind) + query) for kind in ("xlsx", "csv")]


class _Lines:
    """Makes the lines of a page. Cells are finished here and addresses are worked out once: with fifty rows, both were
    most of what the page cost."""

    def __init__(self, rowset: RowSet, owner: Any, request: HttpRequest, query: str) -> None:
        self.rowset = rowset
        self.first, *self.others = rowset.columns
        self.openings = [
            format_html('<td class="{}" data-label="{}">', column.css, column.label)
            if column.css
            else format_html('<td data-label="{}">', column.label)
            for column in self.others
        ]

        def address(name: str) -> str:
            return rowset.url(name, owner, _ANY) + keep(query)

        may_change = rowset.may_change(owner, request)
        self.actions = [(action, address(action.name)) for action in rowset.actions if may_change]
        self.corrections = [("Corriger", address("correct")), ("Retirer", address("discard"))] if may_change else []
        self.row_page = address(rowset.row_page) if rowset.row_page else ""

    def line(self, row: Any, is_pending: bool) -> Line:
        return self._to_correct(row) if is_pending else self._good(row)

    def _good(self, row: Any) -> Line:
        name = str(self.first.value(row))
        texts = [
            tag(text, column.tone(row)) if column.tone and text else text
            for column, text in ((column, str(column.value(row))) for column in self.others)
        ]
        links = [(action.label, url) for action, url in self.actions if action.when is None or action.when(row)]
        title = escape(name)
        if self.row_page:
            title = mark_safe(f'<a href="{escape(self.row_page.replace(_ANY, str(row.pk)))}">{title}</a>')  # noqa: S308
        return self._line(row, title, name, texts, links, [])

    def _to_correct(self, row: Any) -> Line:
        texts = [
            format_html("<strong>{}</strong>", text or "vide")
            if any(name in row.errors for name in column.fields)
            else text
            for column, text in ((column, _typed(column, row)) for column in self.others)
        ]
        errors = [self._told(row, name, text) for name in wrong_names(self.rowset, row) for text in row.errors[name]]
        name = typed_name(self.rowset, row)
        return self._line(row, escape(_typed(self.first, row)), name, texts, self.corrections, errors)

    def _told(self, row: Any, name: str, message: str) -> str:
        """A message, with the wrong value in front unless a column shows it or the message says it."""
        value = str(row.values.get(name, ""))[:60]
        if not value or value in message or any(name in column.fields for column in self.rowset.columns):
            return message
        label = self.rowset.form_class.base_fields[name].label
        return f"{label} « {value} » : {lower_first(message)}"

    def _line(
        self, row: Any, title: SafeString, name: str, texts: list[str], links: list[tuple[str, str]], errors: list[str]
    ) -> Line:
        pk = str(row.pk)
        cells = "".join(
            f"{opening}{conditional_escape(text)}</td>" for opening, text in zip(self.openings, texts, strict=True)
        )
        there = [(label, url.replace(_ANY, pk)) for label, url in links]
        return Line(f"ligne-{pk}", title, name, mark_safe(cells), there, errors)  # noqa: S308 escaped


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
    done = request.GET.get("fait", "")
    if done in rowset.done_words:
        return rowset.done_words[done]
    match done:
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
