"""Received files that nobody may open, waiting for the virus scanner or refused by it; PDFs that are not there yet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from core.admin import SubjectAdmin
from core.exporting import column, moment
from core.journal import Actor
from core.sheets import Column
from core.subjects import subject_link, subject_words
from core.text import counted
from documents.issuing import retry
from documents.models import Document, Upload


@admin.register(Upload)
class HeldUploadAdmin(SubjectAdmin):
    """All other received files stand on the page of what they were sent for."""

    list_display = ["created_at", "name", "scan", "scan_at", "about"]
    ordering = ["-created_at"]
    fields = ["created_at", "name", "kind", "uploaded_by", "scan", "scan_at", "refusal_reason", "about"]
    readonly_fields = ["about"]
    export_name = "fichiers-retenus"
    export_columns = [
        *moment("Reçu le", "created_at"),
        column("Nom", "name", 36),
        column("Analyse", "get_scan_display", 20),
        column("Prochaine vérification", "scan_at", 12),
        column("Motif du refus", "refusal_reason", 40),
        (Column("Envoyé pour", 50), subject_words),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(scan__in=[Upload.Scan.HELD, Upload.Scan.REFUSED])

    @admin.display(description="envoyé pour")
    def about(self, upload: Upload) -> SafeString | str:
        return subject_link(upload)


@admin.register(Document)
class UnfinishedDocumentAdmin(SubjectAdmin):
    """PDFs in preparation or in failure, and « Préparer à nouveau le PDF ». Those that are ready
    stand on the page they belong to."""

    list_display = ["created_at", "title", "state", "attempts", "error", "retry_at", "about"]
    list_display_links = ["created_at", "title"]
    list_filter = ["state"]
    ordering = ["-created_at"]
    actions = ["retry_selected"]
    fields = ["created_at", "title", "number", "version", "state", "attempts", "error", "retry_at", "about"]
    readonly_fields = ["about"]
    change_form_template = "admin/documents/document_form.html"
    export_name = "pdf-a-finir"
    export_columns = [
        *moment("Demandé le", "created_at"),
        column("Titre", "title", 36),
        column("Numéro", "number", 20),
        column("État", "get_state_display", 16),
        column("Essais", "attempts", 8),
        column("Erreur", "error", 50),
        (Column("Établi pour", 50), subject_words),
    ]

    def has_view_permission(self, request: HttpRequest, obj: Document | None = None) -> bool:
        return super().has_view_permission(request, obj) or self.has_retry_permission(request)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Who may change a document may have it made again; nobody edits one."""
        return request.user.has_perm("documents.change_document")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).exclude(state=Document.State.READY).defer("snapshot")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.retry_view))
        return [path("<uuid:pk>/reessayer/", view, name="documents_document_retry"), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        extra = {**(kwargs.pop("extra_context", None) or {}), "may_retry": self.has_retry_permission(request)}
        return super().change_view(request, object_id, *args, extra_context=extra, **kwargs)

    def retry_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """The button « Préparer à nouveau le PDF »: back to the list, where it waits until it is made."""
        if not self.has_retry_permission(request):
            raise PermissionDenied
        self._retry(request, [get_object_or_404(Document, pk=pk)])
        return redirect("admin:documents_document_changelist")

    @admin.action(description="Réessayer les PDF choisis", permissions=["retry"])
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[Document]) -> None:
        self._retry(request, queryset)

    def _retry(self, request: HttpRequest, rows: Iterable[Document]) -> None:
        done = sum(retry(document, Actor.staff(request.user)) for document in rows)
        if done:
            self.message_user(request, f"{counted(done, 'PDF sera refait', 'PDF seront refaits')} d’ici une minute.")
        else:
            self.message_user(request, "Aucun de ces PDF n’est en échec : rien à refaire.", messages.WARNING)

    @admin.display(description="établi pour")
    def about(self, document: Document) -> SafeString | str:
        return subject_link(document)
