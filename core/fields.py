"""Model fields of ours: personal numbers encrypted at rest and found by a keyed hash (see `core.crypto`), and text as a
search compares it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import FieldError
from django.db import models
from django.db.models.lookups import IsNull

from core.crypto import decrypt, encrypt, search_hash
from core.text import fold


class EncryptedTextField(models.TextField):
    """Text that is unreadable in the database.

    It can be neither searched nor ordered by: put a `SearchHashField` beside it. An empty value stays empty, so that
    « not given » can be told from SQL. `max_length` bounds the text in forms and in `full_clean`.
    """

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "isnull":
            return IsNull
        raise FieldError(f"{self.name} is encrypted: look it up by a SearchHashField.")

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return encrypt(text) if text else text

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return decrypt(value) if value else value


class SearchHashField(models.CharField):
    """The keyed hash of another field, kept up to date on save and bulk_create: `SearchHashField(source="iban")`.

    `filter(iban_hash=search_hash(typed))` finds the row. `QuerySet.update()` and `save(update_fields=…)` write only
    what they are told: whoever changes the source through them names the hash too.
    """

    def __init__(self, *args: Any, source: str, **kwargs: Any) -> None:
        self.source = source
        kwargs.update(max_length=64, editable=False, blank=True, default="")
        kwargs.setdefault("db_index", True)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, path, args, kwargs = super().deconstruct()
        for fixed in ("max_length", "editable", "blank", "default"):
            kwargs.pop(fixed, None)
        return name, path, args, {**kwargs, "source": self.source}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = search_hash(getattr(model_instance, self.source) or "")
        setattr(model_instance, self.attname, value)
        return value


class FoldedField(models.CharField):
    """Other fields as people search them, without case and accents: `FoldedField(sources=("last_name", "job_title"))`.

    `filter(folded__contains=fold(word))` finds a word whichever database it is, which SQL's own comparisons do not.
    Kept up to date on save and bulk_create; `QuerySet.update()` writes only what it is told.
    """

    def __init__(self, *args: Any, sources: tuple[str, ...], **kwargs: Any) -> None:
        self.sources = tuple(sources)
        kwargs.update(editable=False, blank=True, default="")
        kwargs.setdefault("max_length", 300)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, path, args, kwargs = super().deconstruct()
        for fixed in ("editable", "blank", "default"):
            kwargs.pop(fixed, None)
        return name, path, args, {**kwargs, "sources": self.sources}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        text = fold(" ".join(str(getattr(model_instance, source) or "") for source in self.sources))
        value = text[: self.max_length]
        setattr(model_instance, self.attname, value)
        return value
