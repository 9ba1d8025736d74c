"""All that was received, whatever the invoice."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from billing.admin.ledger import OnAnInvoice
from billing.models import Receipt
from core.admin import presence_filter
from core.sheets import Column
from core.templatetags.guichet import tag


@admin.register(Receipt)
class ReceiptAdmin(OnAnInvoice):
    """Its rows lead to their invoice, where a receipt is entered and cancelled."""

    list_display = ["day", "amount_shown", "mode", "number", "buyer", "reference", "clerk", "state"]
    list_filter = ["mode", presence_filter("cancelled_at", "état", "Valables", "Annulés"), "received_on"]
    search_fields = ["reference", "invoice__number", "invoice__buyer_name"]
    list_select_related = ["invoice", "recorded_by"]
    anchor = "#reglements"
    export_name = "reglements"
    export_columns = [
        (Column("Reçu le", 12, is_date=True), lambda receipt: receipt.received_on),
        (Column("Montant", 12), lambda receipt: receipt.amount),
        (Column("Mode de règlement", 18), lambda receipt: receipt.get_mode_display()),
        (Column("Facture", 16), lambda receipt: receipt.invoice.number),
        (Column("Client", 36), lambda receipt: receipt.invoice.buyer_name),
        (Column("Référence", 30), lambda receipt: receipt.reference),
        (Column("Saisi par", 24), lambda receipt: _clerk(receipt)),
        (Column("Annulé le", 12, is_date=True), lambda receipt: receipt.cancelled_at),
        (Column("Motif d’annulation", 40), lambda receipt: receipt.cancel_reason),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Receipt]:
        return super().get_queryset(request).select_related("invoice", "recorded_by").defer("invoice__lines")

    @admin.display(description="reçu le", ordering="received_on")
    def day(self, receipt: Receipt) -> str:
        return f"{receipt.received_on:%d/%m/%Y}"

    @admin.display(description="saisi par")
    def clerk(self, receipt: Receipt) -> str:
        return _clerk(receipt)

    @admin.display(description="état")
    def state(self, receipt: Receipt) -> SafeString:
        return tag("Annulé", "bad") if receipt.cancelled_at else tag("Encaissé", "good")


def _clerk(receipt: Receipt) -> str:
    return receipt.recorded_by.get_full_name() if receipt.recorded_by else ""
