"""Received files that nobody may open: waiting for the virus scanner, or refused by it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from core.admin import ReadOnlyAdmin, subject_link
from documents.models import Upload


@admin.register(Upload)
class HeldUploadAdmin(ReadOnlyAdmin):
    """All other received files stand on the page of what they were sent for."""

    list_display = ["created_at", "name", "scan", "scan_at", "about"]
    ordering = ["-created_at"]
    fields = ["created_at", "name", "kind", "uploaded_by", "scan", "scan_at", "refusal_reason", "about"]
    readonly_fields = ["about"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(scan__in=[Upload.Scan.HELD, Upload.Scan.REFUSED])

    @admin.display(description="envoyé pour")
    def about(self, upload: Upload) -> SafeString | str:
        return subject_link(upload)
