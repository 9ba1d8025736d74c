"""All the money paid too much that went on: carried to other invoices, or paid back."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.models import ExcessUse
from core.admin import ReadOnlyAdmin
from core.exporting import ExportMixin
from core.money import euros
from core.sheets import Column
from core.templatetags.guichet import tag


@admin.register(ExcessUse)
class ExcessUseAdmin(ExportMixin, ReadOnlyAdmin):
    """Its rows lead to the invoice on which too much was paid, where each is entered and cancelled."""

    list_display = ["day", "amount_shown", "kind", "number", "buyer", "went", "reference", "state"]
    list_filter = ["kind", "mode", ("cancelled_at", admin.EmptyFieldListFilter), "made_on"]
    search_fields = ["reference", "invoice__number", "invoice__buyer_name"]
    export_name = "trop-percus-rendus"
    export_columns = [
        (Column("Fait le", 12, is_date=True), lambda use: use.made_on),
        (Column("Montant", 12), lambda use: use.amount),
        (Column("Ce qu’il est devenu", 16), lambda use: use.get_kind_display()),
        (Column("Facture", 16), lambda use: use.invoice.number),
        (Column("Client", 36), lambda use: use.invoice.buyer_name),
        (Column("Reporté sur", 16), lambda use: use.receipt.invoice.number if use.receipt else ""),
        (Column("Mode", 16), lambda use: use.get_mode_display()),
        (Column("Compte", 24), lambda use: use.masked_iban),
        (Column("Référence", 30), lambda use: use.reference),
        (Column("Saisi par", 24), lambda use: use.recorded_by.get_full_name() if use.recorded_by else ""),
        (Column("Annulé le", 12, is_date=True), lambda use: use.cancelled_at),
        (Column("Motif d’annulation", 40), lambda use: use.cancel_reason),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ExcessUse]:
        return super().get_queryset(request).select_related("invoice", "receipt__invoice", "recorded_by")

    def change_view(self, request: HttpRequest, object_id: str, *args: object, **kwargs: object) -> HttpResponse:
        use = self.get_object(request, object_id) if self.has_view_permission(request) else None
        if use is None:
            return super().change_view(request, object_id)
        return HttpResponseRedirect(reverse("admin:billing_invoice_change", args=[use.invoice_id]) + "#trop-percu")

    @admin.display(description="fait le", ordering="made_on")
    def day(self, use: ExcessUse) -> str:
        return f"{use.made_on:%d/%m/%Y}"

    @admin.display(description="montant", ordering="amount")
    def amount_shown(self, use: ExcessUse) -> SafeString:
        return format_html('<span class="num">{}</span>', euros(use.amount))

    @admin.display(description="facture", ordering="invoice__number")
    def number(self, use: ExcessUse) -> str:
        return use.invoice.number

    @admin.display(description="client", ordering="invoice__buyer_name")
    def buyer(self, use: ExcessUse) -> str:
        return use.invoice.buyer_name

    @admin.display(description="où")
    def went(self, use: ExcessUse) -> str:
        if use.receipt:
            return use.receipt.invoice.number
        return f"{use.get_mode_display()} {use.masked_iban}".strip()

    @admin.display(description="état")
    def state(self, use: ExcessUse) -> SafeString:
        return tag("Annulé", "bad") if use.cancelled_at else tag("Fait", "good")
