"""From the text of a cell to what a form's field stores, each distinct text judged once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, cast

from django import forms
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models

from core.text import fold

_LIST = re.compile(r"\s*[,;/\n]\s*|\s+et\s+")


class CellReader:
    """Reads the cells of one column by the very field, validators and `clean_<field>` of the form."""

    def __init__(self, form: forms.ModelForm, name: str, value_aliases: Mapping[str, str]) -> None:
        self.form, self.name, self.field = form, name, form.fields[name]
        self.choices = _choices(self.field, value_aliases)
        self.method = getattr(form, f"clean_{name}", None)
        try:
            self.model_field: models.Field | None = form._meta.model._meta.get_field(name)
        except FieldDoesNotExist:
            self.model_field = None
        self.known: dict[str, tuple[Any, str]] = {}

    def read(self, text: str) -> tuple[Any, str]:
        """The cleaned value and no error, or nothing and the error."""
        found = self.known.get(text)
        if found is None:
            found = self.known[text] = self._read(text)
        return found

    def answer(self, text: str) -> Any:
        """`text` as a browser would send it: the value of a choice, a list of them, or the text."""
        text = unicodedata.normalize("NFC", text)
        if isinstance(self.field, forms.MultipleChoiceField):
            parts = [part for part in _LIST.split(text) if part]
            return [self.choices.get(fold(part), part) for part in parts]
        if isinstance(self.field, forms.ChoiceField):
            return self.choices.get(fold(text), text)
        return text

    def _read(self, text: str) -> tuple[Any, str]:
        try:
            value = self.field.clean(self.answer(text))
            if self.method:
                self.form.cleaned_data = {self.name: value}
                value = self.method()
            if self.model_field and (value not in self.field.empty_values or self.field.required):
                value = self.model_field.clean(value, self.form.instance)
        except ValidationError as error:
            return None, " ".join(map(str, error.messages))
        return value, ""


def options(field: forms.ChoiceField) -> list[tuple[str, str]]:
    """The choices of a field as (value, label), as a browser would get them."""
    choices = cast("Iterable[tuple[Any, Any]]", field.choices)
    return [(str(value), str(label)) for value, label in choices]


def _choices(field: forms.Field, value_aliases: Mapping[str, str]) -> dict[str, str]:
    """Each way of writing a choice, without case and accents, and the choice it means."""
    if not isinstance(field, forms.ChoiceField):
        return {}
    known = {fold(label): value for value, label in options(field)}
    known |= {fold(value): value for value, _ in options(field)}
    return known | {fold(written): value for written, value in value_aliases.items()}
