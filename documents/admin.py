"""Received files that nobody may open: waiting for the virus scanner, or refused by it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from core.admin import SubjectAdmin
from core.exporting import clock, column
from core.sheets import Column
from core.subjects import subject_link, subject_words
from documents.models import Upload


@admin.register(Upload)
class HeldUploadAdmin(SubjectAdmin):
    """All other received files stand on the page of what they were sent for."""

    list_display = ["created_at", "name", "scan", "scan_at", "about"]
    ordering = ["-created_at"]
    fields = ["created_at", "name", "kind", "uploaded_by", "scan", "scan_at", "refusal_reason", "about"]
    readonly_fields = ["about"]
    export_name = "fichiers-retenus"
    export_columns = [
        column("Reçu le", "created_at", 12),
        column("Heure", "created_at", 8, clock),
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
