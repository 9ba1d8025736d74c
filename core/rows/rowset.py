"""The declaration of a list: what a portal says of it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from core import sheets
from core.access import LINK
from core.models import PendingRow
from core.rows.asked import kept
from core.rows.cells import options
from core.rows.parts import Action, Column, Filter
from core.text import fold, grouped
from core.transitions import lock

MAX_ROWS = 2000
BATCH = 500


class RowSet:
    """A list of rows that belong to an owner (a dossier, an establishment). Subclass it and say what differs.

    The form needs `save()` to write a row of `model`; rules between fields are in `check`, which the form calls too, so
    that a row typed and a row imported are judged alike. `clean_<field>` methods of the form may look at their own
    field only: an import calls each once per distinct value.
    """

    kind: str  # in URL names and in PendingRow.kind
    namespace: str  # of the portal's URLs
    audience: str = LINK
    form_class: type[forms.ModelForm]
    columns: tuple[Column, ...]

    singular: str  # « salarié »
    plural: str
    a: str  # « un salarié »
    the: str  # « le salarié »
    feminine = False
    empty_text = ""  # what to do when there is nobody yet

    base_template = "rows/base.html"  # of the list's own pages; it has a block `page`
    max_rows = MAX_ROWS
    max_import = MAX_ROWS  # lines of one file
    can_import = True
    can_remove = True  # rows are deleted; False where people leave and their row stays
    can_export = False
    search_label, search_button = "Chercher dans la liste", "Chercher"
    search_field = ""  # a FoldedField of the model: words are then looked for in SQL
    filters: Sequence[Filter] = ()
    sorts: Mapping[str, tuple[str, ...]] = {}  # name in the address: order_by; `Column.sort` puts it in a heading
    default_sort = ""  # one of them; "" is the model's own order
    actions: Sequence[Action] = (Action("Modifier", "edit"), Action("Retirer", "remove"))
    row_page = ""  # name of the address that the name of a row leads to
    done_words: Mapping[str, str] = {}  # `?fait=` of the list's own changes: what the page then says
    key_fields: tuple[str, ...]  # two rows alike in these are the same person, whatever the case and accents
    known_fields: tuple[str, ...] = ()  # besides them, what an import must know of the rows that are there
    whole_file = False  # an import may say that its file is complete: those who are not in it leave
    aliases: Mapping[str, tuple[str, ...]] = {}  # field: other headings it is known by in people's files
    value_aliases: Mapping[str, Mapping[str, str]] = {}  # field: {what people write: the choice it means}
    example: Mapping[str, str] = {}  # field: text, in the template to fill in

    # --- What the portal must say ---------------------------------------------------------------------------------

    def owner(self, request: HttpRequest, pk: UUID) -> Any:
        """The visitor's owner, in a state in which the list may be changed; or raises Http404."""
        raise NotImplementedError

    def parent(self, owner: Any) -> dict[str, Any]:
        """What ties a row to its owner: `{"establishment": owner.establishment}`."""
        raise NotImplementedError

    def page_url(self, owner: Any) -> str:
        """The page that shows the list."""
        raise NotImplementedError

    # --- What it may say otherwise ------------------------------------------------------------------------------------

    def reader(self, request: HttpRequest, pk: UUID) -> Any:
        """The owner for those who may read only (export); as a rule, who may change it."""
        return self.owner(request, pk)

    def may_change(self, owner: Any, request: HttpRequest) -> bool:
        """Whether the page offers this visitor to change the list. `owner()` is what refuses."""
        return True

    def page_context(self, owner: Any, request: HttpRequest) -> dict[str, Any]:
        """What `base_template` needs."""
        return {}

    def place(self, owner: Any) -> list[Any]:
        """The arguments of the list's addresses: the key that `owner()` gets, and what else the path holds."""
        return [self.subject(owner).pk]

    def subject(self, owner: Any) -> models.Model:
        """What rows to correct are tied to, when the owner is more than a row of a table."""
        return owner

    def lock(self, owner: Any) -> None:
        """Keep everybody else who changes these rows waiting until the transaction ends."""
        lock(owner)

    def everyone(self, owner: Any) -> models.QuerySet:
        """All rows among which nobody may stand twice, when the list shows only part of them."""
        return self.queryset(owner)

    def counts(self, owner: Any) -> Mapping[str, int]:
        """Rows by value of the filter shown as tabs, each row in one of them; without tabs, any such parts of them."""
        return {}

    def changed(self, owner: Any) -> None:
        """Called in the transaction of each change, with the owner locked."""

    def save(self, owner: Any, form: forms.ModelForm, request: HttpRequest) -> None:
        """Write a valid form, in a transaction with the owner locked. `Refused` is told on the page."""
        form.save()

    def take_back(self, owner: Any, twin: Any, form: forms.ModelForm, request: HttpRequest) -> str:
        """Somebody is added who is there already. Where he had left, bring his row back with the answers of the form
        and return the `?fait=` that says so; otherwise return nothing, and the form is refused."""
        return ""

    def is_stored(self, twin: Any, form: forms.ModelForm) -> bool:
        """Whether `twin` is the very row that the form would add: it came twice."""
        return all(getattr(twin, name, None) == form.cleaned_data[name] for name in form.fields)

    def twin_words(self, twin: Any) -> str:
        """What to tell who adds somebody that is there already. Not the name first: a label may be put in front."""
        return f"Une personne de ce nom, {twin}, est déjà dans la liste."

    def delete(self, owner: Any, rows: models.QuerySet, request: HttpRequest) -> int:
        """Delete `rows`, in a transaction with the owner locked."""
        return rows.delete()[0]

    def add_all(self, owner: Any, rows: list[Any], request: HttpRequest | None) -> None:
        """Write the new rows of an import, in a transaction with the owner locked."""
        self.model._default_manager.bulk_create(rows, batch_size=BATCH)

    def check(self, cleaned: dict[str, Any]) -> dict[str, str]:
        """The rules between fields: `{field: French sentence}`. Fields that are wrong by themselves are absent."""
        return {}

    def comes_back(self, known: Mapping[str, Any], cleaned: Mapping[str, Any]) -> bool:
        """Whether a row of an import is somebody who had left and is taken again."""
        return False

    def take_all_back(self, owner: Any, rows: list[tuple[Any, dict[str, Any]]], request: HttpRequest | None) -> None:
        """Write the new answers of those who come back, as `take_back` does for one."""

    def is_staying(self, known: Mapping[str, Any]) -> bool:
        """Whether somebody could leave because a complete file does not hold him."""
        return True

    def leave_all(self, owner: Any, keys: list[Any], day: date, request: HttpRequest) -> None:
        """They leave: they were not in a complete file. `Refused` is told on the page."""

    def name_of(self, known: Mapping[str, Any]) -> str:
        """Who a row is, from its `key_fields`."""
        return " ".join(str(known[name]) for name in self.key_fields if isinstance(known[name], str))

    # --- What follows from it -------------------------------------------------------------------------------------

    @property
    def model(self) -> type[models.Model]:
        return self.form_class._meta.model

    def queryset(self, owner: Any) -> models.QuerySet:
        return self.model._default_manager.filter(**self.parent(owner))

    def new(self, owner: Any) -> Any:
        return self.model(**self.parent(owner))

    def pending(self, owner: Any) -> models.QuerySet:
        """The rows of the owner's imports that are still to correct."""
        return PendingRow.objects.about(self.subject(owner)).filter(kind=self.kind)

    def key(self, values: Mapping[str, Any]) -> Hashable:
        """What tells one person from another, from stored or cleaned values."""
        parts = (values[name] for name in self.key_fields)
        return tuple(fold(part) if isinstance(part, str) else part for part in parts)

    def count_words(self, number: int) -> str:
        """« 3 salariés »"""
        return f"{grouped(number)} {self.plural if number > 1 else self.singular}"

    @property
    def e(self) -> str:
        """The mark of the feminine in « ajouté(e) »."""
        return "e" if self.feminine else ""

    def url(self, name: str, owner: Any, *args: Any) -> str:
        return reverse(f"{self.namespace}:{self.kind}-{name}", args=[*self.place(owner), *args])

    def back_url(self, owner: Any, request: HttpRequest, done: str = "") -> str:
        """The page of the list, as it was seen when the visitor left it, saying what was done since."""
        query = "&".join(filter(None, [f"fait={done}" if done else "", kept(self, request)]))
        return f"{self.page_url(owner)}{'?' if query else ''}{query}#{self.kind}"

    def show(
        self, request: HttpRequest, owner: Any, template: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        """A page of the list's own: a form, a question, an import."""
        frame = {**self.page_context(owner, request), "rowset": self, "base": self.base_template}
        return render(request, template, {**frame, **context}, status=status)

    def urls(self) -> Any:
        """For `include()` under an address that holds the owner's `<uuid:pk>`."""
        from core.rows.views import urlpatterns

        return urlpatterns(self), None

    def context(self, owner: Any, request: HttpRequest) -> dict[str, Any]:
        """What `rows/table.html` needs."""
        from core.rows.table import context

        return {"rows": context(self, owner, request)}

    def sheet_columns(self) -> list[sheets.Column]:
        """The columns of the template to fill in and of the file of rows to correct."""
        fields = self.form_class.base_fields
        return [_sheet_column(field) for field in fields.values()]

    def export_fields(self) -> list[str]:
        """The model's fields that an export holds: those of the form, so that it can be imported again."""
        return list(self.form_class.base_fields)

    def export_columns(self) -> list[sheets.Column]:
        """A heading for each of them."""
        return self.sheet_columns()


def _sheet_column(field: forms.Field) -> sheets.Column:
    choices: tuple[str, ...] = ()
    # Several answers cannot be picked from a list, so a field of several has none.
    if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.MultipleChoiceField):
        choices = tuple(label for value, label in options(field) if value)
    hint = " ".join(filter(None, [str(field.help_text), "" if field.required else "Facultatif."]))
    label = str(field.label)
    return sheets.Column(label, max(16, len(label) + 3), hint, choices, isinstance(field, forms.DateField))
