"""The lines of a page of the list, made without a template: with fifty rows, that was most of what the page cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe

from core.markup import escaped, worded
from core.rows.asked import keep
from core.templatetags.guichet import tag
from core.text import lower_first

if TYPE_CHECKING:
    from core.rows.parts import Column
    from core.rows.rowset import RowSet

_ANY = str(UUID(int=0))  # stands for a row's key in an address


_TO_CORRECT = '<span class="tag bad">À corriger</span> '


class Lines:
    """Makes the lines of a page, each a finished `<tr>`. Addresses are worked out once, for a key that is none."""

    def __init__(self, rowset: RowSet, owner: Any, request: HttpRequest, query: str) -> None:
        self.rowset = rowset
        self.first, *self.others = rowset.columns
        self.openings = [_opening(column) for column in self.others]

        def address(name: str) -> str:
            return rowset.url(name, owner, _ANY) + keep(query)

        self.may_change = rowset.may_change(owner, request)
        self.actions = [(action, _link(action.label, address(action.name))) for action in rowset.actions]
        self.corrections = [_link(label, address(name)) for label, name in _CORRECTIONS]
        self.row_page = f'<a href="{escaped(address(rowset.row_page))}">' if rowset.row_page else ""

    def line(self, row: Any, is_pending: bool) -> SafeString:
        """A row of the list, or one of an import that is still to correct."""
        html = self._to_correct(row) if is_pending else self._good(row)
        return mark_safe(html.replace(_ANY, str(row.pk)))  # noqa: S308 each part is escaped

    def _good(self, row: Any) -> str:
        name = escaped(self.first.value(row))
        texts = [
            tag(text, column.tone(row)) if column.tone and text else text
            for column, text in ((column, str(column.value(row))) for column in self.others)
        ]
        links = [link for action, link in self.actions if action.when is None or action.when(row)]
        title = f"{self.row_page}{name}</a>" if self.row_page else name
        return self._row("", title, name, texts, links)

    def _to_correct(self, row: Any) -> str:
        texts = [
            mark_safe(f"<strong>{escaped(text or 'vide')}</strong>")  # noqa: S308
            if any(name in row.errors for name in column.fields)
            else text
            for column, text in ((column, _typed(column, row)) for column in self.others)
        ]
        errors = [self._told(row, name, text) for name in wrong_names(self.rowset, row) for text in row.errors[name]]
        why = "".join(f'<p class="why">{worded(error)}</p>' for error in errors)
        title = f"{_TO_CORRECT}{escaped(_typed(self.first, row))}{why}"
        return self._row(' class="bad"', title, escaped(typed_name(self.rowset, row)), texts, self.corrections)

    def _told(self, row: Any, name: str, message: str) -> str:
        """A message, with the wrong value in front unless a column shows it or the message says it."""
        value = str(row.values.get(name, ""))[:60]
        if not value or value in message or any(name in column.fields for column in self.rowset.columns):
            return message
        label = self.rowset.form_class.base_fields[name].label
        return f"{label} « {value} » : {lower_first(message)}"

    def _row(self, attrs: str, title: str, name: str, texts: list[str], links: list[str]) -> str:
        """`title` and `name` are escaped already; `name` is who the links are about."""
        cells = "".join(f"{opening}{escaped(text)}</td>" for opening, text in zip(self.openings, texts, strict=True))
        about = f'<span class="sr"> {name}</span></a>'
        there = f'<td class="ops"><div class="row-actions">{" ".join(link + about for link in links)}</div></td>'
        ops = there if self.may_change else ""
        return f'<tr id="ligne-{_ANY}"{attrs}><th scope="row">{title}</th>{cells}{ops}</tr>\n'


_CORRECTIONS = (("Corriger", "correct"), ("Retirer", "discard"))


def _opening(column: Column) -> str:
    css = f' class="{escaped(column.css)}"' if column.css else ""
    return f'<td{css} data-label="{escaped(column.label)}">'


def _link(label: str, url: str) -> str:
    """A link up to where it says whom it is about."""
    return f'<a href="{escaped(url)}">{escaped(label)}'


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
