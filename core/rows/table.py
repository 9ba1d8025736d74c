"""One page of the list: rows to correct first, then the rows, fifty a page, with a search once there are more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, QueryDict

from core.rows.asked import PAGE, Asked
from core.rows.lines import Lines
from core.text import counted, fold, grouped, lower_first, small_int

if TYPE_CHECKING:
    from core.rows.parts import Filter
    from core.rows.rowset import RowSet

PER_PAGE = 50
EXPORTS = [("xlsx", "Excel"), ("csv", "CSV")]


class _Part:
    """A list of the page, read from the database only as far as it is shown."""

    def __init__(self, rows: Any, count: int | None = None) -> None:
        self.rows: Any = rows
        self.first: list[Any] = []
        if count is not None:
            self.count = count
            return
        self.first = list(rows[: PER_PAGE + 1])
        self.count = rows.count() if len(self.first) > PER_PAGE else len(self.first)

    def __getitem__(self, part: slice) -> list[Any]:
        if part.stop <= part.start:
            return []
        return self.first[part] if part.stop <= len(self.first) else list(self.rows[part])


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
    lines = Lines(rowset, owner, request, asked.query(**{PAGE: str(page.number)} if page.number > 1 else {}))
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
        "total": grouped(total) if total else "",
        "count_words": _count_words(asked, whole.count, total, wrong),
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
    rows: Any = asked.rows(rowset.queryset(owner))
    if asked.search and not rowset.search_field:
        rows = _Found(row for row in rows if _holds(asked, (column.value(row) for column in rowset.columns)))
    if asked.search and pending.count:
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
    chosen = next((asked.chosen[one.name] for one in rowset.filters if one.tabs), "")
    return counts[chosen] if chosen else sum(counts.values())


def _holds(asked: Asked, texts: Iterable[Any]) -> bool:
    """Whether all words of the search are in `texts`, without case and accents."""
    text = fold(" ".join(map(str, texts)))
    return all(word in text for word in fold(asked.search).split())


def _count_words(asked: Asked, shown: int, total: int, pending: int) -> str:
    """« 4 salariés », or « 3 présents, 4 en tout » where the list shows only one of its tabs by itself."""
    words = asked.rowset.count_words(total + pending)
    tab = next((one for one in asked.rowset.filters if one.tabs and one.default), None)
    if tab and shown < total and not asked.is_narrowed:
        name = lower_first(str(dict(tab.choices)[tab.default]))
        words = f"{grouped(shown)} {name if shown > 1 else name.removesuffix('s')}, {grouped(total)} en tout"
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
            "count": grouped(counts[value] if value else sum(counts.values())),
            "url": f"?{asked.query(**{one.name: value})}#{asked.rowset.kind}",
            "now": asked.chosen[one.name] == value,
        }
        for value, label in one.choices
    ]
    return {"label": one.label, "links": links}


def _exports(rowset: RowSet, owner: Any, asked: Asked) -> list[dict[str, Any]]:
    """« Exporter la liste complète », and what the page shows when that is less."""

    def links(query: str) -> list[tuple[str, str]]:
        end = f"?{query}" if query else ""
        return [(label, rowset.url("export", owner, kind) + end) for kind, label in EXPORTS]

    found = [{"label": "Exporter la liste complète", "links": links(asked.everything())}]
    if asked.search or any(asked.chosen.values()):
        found.append({"label": "Exporter ce qui est affiché", "links": links(asked.query())})
    return found


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
            return _import_message(rowset, request)
    return ""


def _import_message(rowset: RowSet, request: HttpRequest) -> str:
    added, wrong, taken, gone = (_number(request, name) for name in "ncbs")
    e = rowset.e

    def told(count: int, done: str) -> str:
        return f"{rowset.count_words(count)} {done}{e}{'s' if count > 1 else ''}."

    words = [told(added, "ajouté")] if added else []
    words += [told(taken, "réembauché")] if taken else []
    words += [f"{counted(gone, 'sortie enregistrée', 'sorties enregistrées')}."] if gone else []
    words = words or ["Aucune ligne valide n’a été ajoutée."]
    if wrong:
        words.append(f"{'1 ligne est' if wrong == 1 else f'{wrong} lignes sont'} à corriger ci-dessous.")
    return " ".join(words)


def _number(request: HttpRequest, name: str) -> int:
    return small_int(request.GET.get(name, ""), 6) or 0
