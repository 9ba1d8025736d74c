"""All that was received, whatever the invoice."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.models import Receipt
from core.admin import ReadOnlyAdmin
from core.exporting import ExportMixin
from core.money import euros
from core.sheets import Column
from core.templatetags.guichet import tag


@admin.register(Receipt)
class ReceiptAdmin(ExportMixin, ReadOnlyAdmin):
    """Its rows lead to their invoice, where a receipt is entered and cancelled."""

    list_display = ["day", "amount_shown", "mode", "number", "buyer", "reference", "clerk", "state"]
    list_filter = ["mode", ("cancelled_at", admin.EmptyFieldListFilter), "received_on"]
    search_fields = ["reference", "invoice__number", "invoice__buyer_name"]
    list_select_related = ["invoice", "recorded_by"]
    export_name = "reglements"
    export_columns = [
        (Column("Reçu le", 12, is_date=True), lambda receipt: receipt.received_on),
        (Column("Montant", 12), lambda receipt: receipt.amount),
        (Column("Mode", 16), lambda receipt: receipt.get_mode_display()),
        (Column("Facture", 16), lambda receipt: receipt.invoice.number),
        (Column("Client", 36), lambda receipt: receipt.invoice.buyer_name),
        (Column("Référence", 30), lambda receipt: receipt.reference),
        (Column("Saisi par", 24), lambda receipt: _clerk(receipt)),
        (Column("Annulé le", 12, is_date=True), lambda receipt: receipt.cancelled_at),
        (Column("Motif d’annulation", 40), lambda receipt: receipt.cancel_reason),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Receipt]:
        return super().get_queryset(request).select_related("invoice", "recorded_by").defer("invoice__lines")

    def change_view(self, request: HttpRequest, object_id: str, *args: object, **kwargs: object) -> HttpResponse:
        receipt = self.get_object(request, object_id) if self.has_view_permission(request) else None
        if receipt is None:
            return super().change_view(request, object_id)
        return HttpResponseRedirect(reverse("admin:billing_invoice_change", args=[receipt.invoice_id]) + "#reglements")

    @admin.display(description="reçu le", ordering="received_on")
    def day(self, receipt: Receipt) -> str:
        return f"{receipt.received_on:%d/%m/%Y}"

    @admin.display(description="montant", ordering="amount")
    def amount_shown(self, receipt: Receipt) -> SafeString:
        return format_html('<span class="num">{}</span>', euros(receipt.amount))

    @admin.display(description="facture", ordering="invoice__number")
    def number(self, receipt: Receipt) -> str:
        return receipt.invoice.number

    @admin.display(description="client", ordering="invoice__buyer_name")
    def buyer(self, receipt: Receipt) -> str:
        return receipt.invoice.buyer_name

    @admin.display(description="saisi par")
    def clerk(self, receipt: Receipt) -> str:
        return _clerk(receipt)

    @admin.display(description="état")
    def state(self, receipt: Receipt) -> SafeString:
        return tag("Annulé", "bad") if receipt.cancelled_at else tag("Encaissé", "good")


def _clerk(receipt: Receipt) -> str:
    return receipt.recorded_by.get_full_name() if receipt.recorded_by else ""
