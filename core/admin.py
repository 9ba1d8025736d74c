from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from core.caching import LongList
from core.exporting import ExportMixin, column, moment
from core.models import Commune, Finding, JournalEntry
from core.money import euros
from core.sheets import Column
from core.subjects import SubjectList, is_about, read_subjects, subject_link, subject_words

LIST = "Liste à importer"  # what a refused file was sent for, when it was about no dossier


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


def presence_filter(name: str, about: str, missing: str, given: str) -> type[admin.SimpleListFilter]:
    """A filter of a list on whether the date `name` is there, in words of people: « Annulés », « Valables ». Its
    addresses are those of Django's own filter, « Vide » and « Non vide »."""

    class PresenceFilter(admin.SimpleListFilter):
        title = about
        parameter_name = f"{name}__isempty"

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            return [("1", missing), ("0", given)]

        def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
            asked = self.value() in ("0", "1")
            return queryset.filter(**{f"{name}__isnull": self.value() == "1"}) if asked else queryset

    return PresenceFilter


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


class SubjectAdmin(ExportMixin, ReadOnlyAdmin):
    """Rows about something (core.models.subject), which each names, with a link."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return SubjectList

    def complete(self, rows: list[Any]) -> None:
        read_subjects(rows)


@admin.register(Commune)
class CommuneAdmin(ReadOnlyAdmin):
    """The 35,000 communes, mostly for the fields that look one up."""

    list_display = ["name", "code", "department"]
    search_fields = ["name__istartswith", "code__startswith", "postcodes__code__startswith"]


@admin.register(JournalEntry)
class JournalEntryAdmin(SubjectAdmin):
    """The audit trail, newest first. A dossier's own history stands on its page.

    It is searched by what was done, by whom, and by what it is about: a company's name, SIRET or number, a reference.
    """

    list_display = ["at", "message", "actor_name", "internal", "about"]
    list_filter = ["internal", "at"]
    search_fields = ["message", "actor_name"]
    ordering = ["-pk"]
    fields = ["at", "actor_name", "message", "reason", "from_state", "to_state", "internal", "about"]
    readonly_fields = ["about"]
    export_name = "journal"
    export_columns = [
        *moment("Le", "at"),
        column("Événement", "message", 60),
        column("Motif", "reason", 40),
        column("Par", "actor_name", 24),
        column("Interne", "internal", 9),
        (Column("À propos de", 50), subject_words),
    ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[JournalEntry], search_term: str
    ) -> tuple[QuerySet[JournalEntry], bool]:
        found, _ = super().get_search_results(request, queryset, search_term)
        return (found | queryset.filter(is_about(search_term, request)) if search_term.strip() else found), False

    @admin.display(description="à propos de")
    def about(self, entry: JournalEntry) -> SafeString | str:
        return subject_link(entry)


@admin.register(Finding)
class FindingAdmin(SubjectAdmin):
    """What the virus scanner refused. The fingerprint is what one looks up elsewhere; the file is gone."""

    list_display = ["found_at", "signature", "about"]
    fields = ["found_at", "signature", "sha256", "size", "about"]
    readonly_fields = ["about"]
    export_name = "fichiers-malveillants"
    export_columns = [
        *moment("Trouvé le", "found_at"),
        column("Programme malveillant", "signature", 36),
        column("Empreinte (SHA-256)", "sha256", 66),
        column("Taille", "size", 12),
        (Column("Envoyé pour", 50), lambda finding: subject_words(finding) or LIST),
    ]

    @admin.display(description="envoyé pour")
    def about(self, finding: Finding) -> SafeString | str:
        return subject_link(finding) or LIST
