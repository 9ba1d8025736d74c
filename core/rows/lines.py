"""The lines of a page of the list, made without a template: with fifty rows, that was most of what the page cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe

from core.rows.asked import keep
from core.templatetags.guichet import tag
from core.text import lower_first

if TYPE_CHECKING:
    from core.rows.parts import Column
    from core.rows.rowset import RowSet

_ANY = str(UUID(int=0))  # stands for a row's key in an address


@dataclass(frozen=True)
class Line:
    """A line of the table; `errors` is empty for a row that is all right."""

    anchor: str
    title: SafeString  # what heads the line
    cells: SafeString
    links: SafeString  # what can be done
    errors: list[str]


class Lines:
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
        about = f'<span class="sr"> {escape(name)}</span></a>'
        there = " ".join(f'<a href="{escape(url.replace(_ANY, pk))}">{escape(label)}{about}' for label, url in links)
        return Line(f"ligne-{pk}", title, mark_safe(cells), mark_safe(there), errors)  # noqa: S308 escaped


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
