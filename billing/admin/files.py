"""The files for the bank: downloaded as often as needed, always the same bytes, then marked as collected."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_safe

from billing import collections
from billing.admin.sepa_acting import Act, demand_money, perform
from billing.models import CollectionFile
from billing.models.collection import CollectionState
from billing.permissions import HANDLE_MONEY
from core.admin import ReadOnlyAdmin, amount_column, person_column
from core.dates import french_date, today
from core.exporting import ExportMixin, column
from core.journal import Actor, record
from core.money import euros
from core.text import counted
from documents import files
from documents.downloads import serve_bytes


@admin.register(CollectionFile)
class CollectionFileAdmin(ExportMixin, ReadOnlyAdmin):
    list_display = [
        "reference",
        "collects_on",
        "count",
        amount_column("total", "total"),
        "made_at",
        person_column("made_by", "préparé par"),
    ]
    list_filter = ["collects_on"]
    list_select_related = ["made_by"]
    search_fields = ["reference"]
    fields = ["reference", "collects_on", "count", "total", "schema", "sha256", "made_at", "made_by"]
    change_form_template = "admin/billing/file_form.html"
    export_name = "fichiers-de-prelevement"
    export_columns = [
        column("Référence", "reference", 36),
        column("Date de prélèvement", "collects_on", 14),
        column("Prélèvements", "count", 12),
        column("Total", "total", 14),
        column("Préparé le", "made_at", 12),
        column("Préparé par", "made_by.get_full_name", 24),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[CollectionFile]:
        return super().get_queryset(request).defer("content")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path(
                "<uuid:pk>/fichier.xml", view(require_safe(self.download_view)), name="billing_collectionfile_download"
            ),
            path("<uuid:pk>/encaisser/", view(self.collected_view), name="billing_collectionfile_collected"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        file, may = self.get_object(request, object_id), request.user.has_perm(HANDLE_MONEY)
        come = (
            file is not None
            and file.collects_on <= today()
            and file.lines.filter(state=CollectionState.EXPORTED).exists()
        )
        extra = {"may": may, "may_mark": may and come, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, extra)

    def download_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """It holds whole IBANs: only who handles money takes it, and that is written down."""
        demand_money(request)
        file = get_object_or_404(CollectionFile, pk=pk)
        content = file.content.encode()
        if files.sha256(content) != file.sha256:
            raise RuntimeError("a collection file is not what was made")
        record(file, by=Actor.staff(request.user), message=f"{file} téléchargé", internal=True)
        return serve_bytes(content, f"{file.reference}.xml", "application/xml")

    def collected_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        demand_money(request)
        file = get_object_or_404(CollectionFile.objects.defer("content"), pk=pk)

        def run(typed: dict[str, Any]) -> str:
            outcome = collections.mark_collected(file, by=Actor.staff(request.user))
            for problem in outcome.problems[:20]:
                messages.warning(request, problem)
            if outcome.left:
                left = counted(outcome.left, "prélèvement reste", "prélèvements restent")
                messages.warning(request, f"{left} à encaisser dans ce fichier : marquez-le de nouveau comme encaissé.")
            return f"{counted(outcome.done, 'prélèvement encaissé', 'prélèvements encaissés')}."

        act = Act(
            title="Marquer comme encaissé",
            about=f"{file} · {french_date(file.collects_on)} · {euros(file.total)}",
            back=reverse("admin:billing_collection_days"),
            effect="Un règlement est enregistré sur la facture de chaque prélèvement, sauf ceux déjà rejetés.",
            run=run,
        )
        return perform(request, act)
