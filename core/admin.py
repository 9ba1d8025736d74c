from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from core.caching import LongList
from core.models import Commune, Finding, JournalEntry
from core.money import euros


def amount_column(name: str, label: str) -> Callable[[Any], str]:
    """A column of a list: the amount `name`, in euros."""

    @admin.display(description=label, ordering=name)
    def amount(row: Any) -> str:
        value = getattr(row, name)
        return "" if value is None else euros(value)

    return amount


def person_column(name: str, label: str) -> Callable[[Any], str]:
    """A column of a list: the name of the person `name`, rather than his address."""

    @admin.display(description=label, ordering=f"{name}__last_name")
    def person(row: Any) -> str:
        user = getattr(row, name)
        return (user.get_full_name() or str(user)) if user else ""

    return person


def subject_link(row: Any) -> SafeString | str:
    """What a row is about: the kind of thing, with a link where the back office has a page for it."""
    if not row.subject_id:
        return ""
    kind = capfirst(apps.get_model(row.subject_type)._meta.verbose_name)
    try:
        url = reverse(f"admin:{row.subject_type.replace('.', '_')}_change", args=[row.subject_id])
    except NoReverseMatch:
        return kind
    return format_html('<a href="{}">{}</a>', url, kind)


class ReadOnlyAdmin(admin.ModelAdmin):
    """To look at, never to change here: official data, what happened, what moves by verbs only."""

    list_per_page = 50
    paginator = LongList
    show_full_result_count = False  # would count the whole table at each search

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Commune)
class CommuneAdmin(ReadOnlyAdmin):
    """The 35,000 communes, mostly for the fields that look one up."""

    list_display = ["name", "code", "department"]
    search_fields = ["name__istartswith", "code__startswith", "postcodes__code__startswith"]


@admin.register(JournalEntry)
class JournalEntryAdmin(ReadOnlyAdmin):
    """The audit trail, newest first. A dossier's own history stands on its page."""

    list_display = ["at", "message", "actor_name", "internal", "about"]
    list_filter = ["internal", "at"]
    search_fields = ["message", "actor_name"]
    ordering = ["-pk"]
    fields = ["at", "actor_name", "message", "reason", "from_state", "to_state", "internal", "about"]
    readonly_fields = ["about"]

    @admin.display(description="dossier")
    def about(self, entry: JournalEntry) -> SafeString:
        return format_html("{} {}", entry.subject_type, entry.subject_id)


@admin.register(Finding)
class FindingAdmin(ReadOnlyAdmin):
    """What the virus scanner refused. The fingerprint is what one looks up elsewhere; the file is gone."""

    list_display = ["found_at", "signature", "about"]
    fields = ["found_at", "signature", "sha256", "size", "about"]
    readonly_fields = ["about"]

    @admin.display(description="envoyé pour")
    def about(self, finding: Finding) -> SafeString | str:
        return subject_link(finding) or "Liste à importer"
