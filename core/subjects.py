"""What rows of the back office are about (core.models.subject), in words and by a link; and the search that follows.

Nothing is declared for it: a subject has the name of its model, the link of its page in the admin if it has one, and is
found by what its own list there searches.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import JSONField, Model, Q, TextField, UUIDField
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst


def read_subjects(rows: Iterable[Any]) -> None:
    """Read what these rows are about, all those of a kind in one query, for `subject_words` and `subject_link`."""
    wanted: dict[str, set[UUID]] = defaultdict(set)
    rows = list(rows)
    for row in rows:
        if row.subject_id:
            wanted[row.subject_type].add(row.subject_id)
    found = {kind: _found(apps.get_model(kind), keys) for kind, keys in wanted.items()}
    for row in rows:
        row.told = found[row.subject_type].get(row.subject_id) if row.subject_id else None


def _found(model: type[Model], keys: set[UUID]) -> dict[UUID, Model]:
    """By key; with what its list reads beside each, which its name may need, and none of its long texts."""
    listed = admin.site._registry.get(model)
    related = listed.list_select_related if listed else None
    rows = model._default_manager.select_related(*related) if isinstance(related, list) else model._default_manager
    long = [each.name for each in model._meta.concrete_fields if isinstance(each, JSONField | TextField)]
    return rows.defer(*long).in_bulk(keys)


def subject_words(row: Any) -> str:
    """« Adhérent · 4012 Menuiserie Morel », « Mandat MOREL-1 »; the kind alone once it is gone."""
    if not row.subject_id:
        return ""
    if not hasattr(row, "told"):
        read_subjects([row])
    kind = str(capfirst(apps.get_model(row.subject_type)._meta.verbose_name))
    name = str(row.told or "")
    says_itself = name.partition(" ")[0].casefold() == kind.partition(" ")[0].casefold()
    return name if says_itself else " · ".join(filter(None, [kind, name]))


def subject_link(row: Any) -> SafeString | str:
    """The same, with a link where the back office has a page for it."""
    words = subject_words(row)
    if not words or row.told is None:
        return words
    try:
        url = reverse(f"admin:{row.subject_type.replace('.', '_')}_change", args=[row.subject_id])
    except NoReverseMatch:
        return words
    return format_html('<a href="{}">{}</a>', url, words)


class SubjectList(ChangeList):
    """A list whose rows are about something: read for one page at once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        read_subjects(self.result_list)


def is_about(term: str, request: HttpRequest) -> Q:
    """The rows about what the lists of the back office find for `term`, of those that this person may open."""
    found = Q()
    for model, listed in admin.site._registry.items():
        if not (listed.search_fields and isinstance(model._meta.pk, UUIDField) and listed.has_view_permission(request)):
            continue
        rows, _ = listed.get_search_results(request, listed.get_queryset(request), term)
        found |= Q(subject_type=model._meta.label_lower, subject_id__in=rows.order_by().values("pk"))
    return found
