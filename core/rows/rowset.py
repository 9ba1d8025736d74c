"""The declaration of a list: what a portal says of it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.db import models
from django.http import HttpRequest
from django.urls import reverse

from core import sheets
from core.access import LINK
from core.models import PendingRow
from core.rows.cells import options
from core.text import fold

MAX_ROWS = 2000


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

    max_rows = MAX_ROWS
    can_import = True
    key_fields: tuple[str, ...]  # two rows alike in these are the same person, whatever the case and accents
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

    def changed(self, owner: Any) -> None:
        """Called in the transaction of each change, with the owner locked."""

    def check(self, cleaned: dict[str, Any]) -> dict[str, str]:
        """The rules between fields: `{field: French sentence}`. Fields that are wrong by themselves are absent."""
        return {}

    # --- What follows from it -------------------------------------------------------------------------------------

    @property
    def model(self) -> type[models.Model]:
        return self.form_class._meta.model

    def queryset(self, owner: Any) -> models.QuerySet:
        return self.model._default_manager.filter(**self.parent(owner))

    def new(self, owner: Any) -> models.Model:
        return self.model(**self.parent(owner))

    def pending(self, owner: Any) -> models.QuerySet:
        """The rows of the owner's imports that are still to correct."""
        return PendingRow.objects.about(owner).filter(kind=self.kind)

    def key(self, values: Mapping[str, Any]) -> Hashable:
        """What tells one person from another, from stored or cleaned values."""
        parts = (values[name] for name in self.key_fields)
        return tuple(fold(part) if isinstance(part, str) else part for part in parts)

    def count_words(self, number: int) -> str:
        """« 3 salariés »"""
        return f"{number} {self.plural if number > 1 else self.singular}"

    @property
    def e(self) -> str:
        """The mark of the feminine in « ajouté(e) »."""
        return "e" if self.feminine else ""

    def url(self, name: str, owner: Any, *args: Any) -> str:
        return reverse(f"{self.namespace}:{self.kind}-{name}", args=[owner.pk, *args])

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


def _sheet_column(field: forms.Field) -> sheets.Column:
    choices: tuple[str, ...] = ()
    # Several answers cannot be picked from a list, so a field of several has none.
    if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.MultipleChoiceField):
        choices = tuple(label for value, label in options(field) if value)
    hint = " ".join(filter(None, [str(field.help_text), "" if field.required else "Facultatif."]))
    label = str(field.label)
    return sheets.Column(label, max(16, len(label) + 3), hint, choices, isinstance(field, forms.DateField))
