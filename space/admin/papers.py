"""Documents that staff publish for every member, and the register of attestations."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from core.admin import ReadOnlyAdmin
from core.exporting import ExportMixin, column
from core.forms import GuichetModelForm
from core.journal import Actor
from core.transitions import Refused
from documents import intake, uploads
from documents.downloads import serve
from space import papers
from space.models import Attestation, UsefulDocument


class UsefulDocumentForm(GuichetModelForm):
    new_file = forms.FileField(
        label="Fichier",
        required=False,
        help_text="PDF, JPEG, PNG ou HEIC, 10 Mo au plus. Un nouveau fichier remplace le précédent.",
    )

    class Meta:
        model = UsefulDocument
        fields = ["title", "section", "service", "description", "position", "published_from", "published_until"]

    def clean_new_file(self) -> Any:
        """Refused here, where the form can say why; stored once the document itself is."""
        file = self.cleaned_data["new_file"]
        if not file and not self.instance.file_id:
            raise ValidationError("Choisissez le fichier à publier.")
        if file:
            try:
                intake.clean(file)
            except Refused as refusal:
                raise ValidationError(str(refusal)) from refusal
        return file


class ServiceFilter(admin.SimpleListFilter):
    """The services that publish; those documents that name none are found under « Tout »."""

    title = "service"
    parameter_name = "service"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        named = UsefulDocument.objects.exclude(service="").order_by("service")
        return [(name, name) for name in named.values_list("service", flat=True).distinct()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(service=self.value()) if self.value() else queryset


@admin.register(UsefulDocument)
class UsefulDocumentAdmin(ExportMixin, admin.ModelAdmin):
    form = UsefulDocumentForm
    list_display = ["title", "section", "service", "published_from", "published_until", "position", "look"]
    list_filter = ["section", ServiceFilter]
    list_select_related = ["file"]
    list_per_page = 50
    search_fields = ["title", "description"]
    readonly_fields = ["look"]
    export_name = "documents-utiles"
    export_columns = [
        column("Titre", "title", 40),
        column("Rubrique", "get_section_display", 24),
        column("Service", "service", 24),
        column("Description", "description", 50),
        column("Publié du", "published_from", 12),
        column("Au", "published_until", 12),
        column("Rang", "position", 8),
        column("Fichier", "file.name", 36),
    ]

    def get_fields(self, request: HttpRequest, obj: UsefulDocument | None = None) -> Any:
        file = ["new_file", "look"] if obj else ["new_file"]
        return ["title", "section", "service", "description", *file, "published_from", "published_until", "position"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_safe(self.file_view))
        return [path("<uuid:pk>/fichier/", view, name="space_usefuldocument_file"), *super().get_urls()]

    def file_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        document = get_object_or_404(UsefulDocument.objects.select_related("file"), pk=pk)
        if document.file is None:
            raise Http404
        return serve(document.file, inline=True)

    def save_model(self, request: HttpRequest, obj: UsefulDocument, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if file := form.cleaned_data.get("new_file"):
            # After the commit: a file must not stay when its row is rolled back.
            transaction.on_commit(lambda: self._publish(request, obj, file))

    def _publish(self, request: HttpRequest, document: UsefulDocument, file: Any) -> None:
        try:
            papers.publish(document, file, by=Actor.staff(request.user))
        except Refused as refusal:
            messages.error(request, f"Le fichier n’a pas été enregistré : {refusal}")

    def delete_model(self, request: HttpRequest, obj: UsefulDocument) -> None:
        uploads.purge(obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for document in queryset:
            self.delete_model(request, document)

    @admin.display(description="fichier publié")
    def look(self, document: UsefulDocument) -> SafeString | str:
        if not document.file_id or document.file is None:
            return "Aucun."
        url = reverse("admin:space_usefuldocument_file", args=[document.pk])
        return format_html('<a href="{}" target="_blank">{}</a>', url, document.file.name)


@admin.register(Attestation)
class AttestationAdmin(ExportMixin, ReadOnlyAdmin):
    """What was certified, to whom, and until when. The code is the bearer's business: it is not shown here."""

    list_display = ["number", "kind", "member", "issued_on", "valid_until", "asked_by"]
    list_filter = ["kind", "issued_on"]
    list_select_related = ["member__establishment"]
    search_fields = ["number", "member__number", "member__establishment__name"]
    fields = ["number", "kind", "member", "issued_on", "valid_until", "asked_by", "created_at"]
    export_name = "attestations"
    export_columns = [
        column("Numéro", "number", 16),
        column("Type", "get_kind_display", 36),
        column("Numéro d’adhérent", "member.number", 16),
        column("Entreprise", "member.establishment.name", 36),
        column("Établie le", "issued_on", 12),
        column("Valable jusqu’au", "valid_until", 14),
        column("Demandée par", "asked_by", 24),
    ]

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Filtering by the start of a code would tell it letter after letter."""
        return not lookup.startswith("code") and super().lookup_allowed(lookup, value, request)
