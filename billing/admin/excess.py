"""All the money paid too much that went on: carried to other invoices, or paid back."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from billing.admin.ledger import OnAnInvoice
from billing.models import ExcessUse
from core.admin import presence_filter
from core.sheets import Column
from core.templatetags.guichet import tag


@admin.register(ExcessUse)
class ExcessUseAdmin(OnAnInvoice):
    """Its rows lead to the invoice on which too much was paid, where each is entered and cancelled."""

    list_display = ["day", "amount_shown", "kind", "number", "buyer", "went", "reference", "state"]
    list_filter = ["kind", "mode", presence_filter("cancelled_at", "état", "Valables", "Annulés"), "made_on"]
    search_fields = ["reference", "invoice__number", "invoice__buyer_name"]
    anchor = "#trop-percu"
    export_name = "trop-percus-rendus"
    export_columns = [
        (Column("Fait le", 12, is_date=True), lambda use: use.made_on),
        (Column("Montant", 12), lambda use: use.amount),
        (Column("Ce qu’il est devenu", 16), lambda use: use.get_kind_display()),
        (Column("Facture", 16), lambda use: use.invoice.number),
        (Column("Client", 36), lambda use: use.invoice.buyer_name),
        (Column("Reporté sur", 16), lambda use: use.receipt.invoice.number if use.receipt else ""),
        (Column("Mode de remboursement", 22), lambda use: use.get_mode_display()),
        (Column("Compte", 24), lambda use: use.masked_iban),
        (Column("Référence", 30), lambda use: use.reference),
        (Column("Saisi par", 24), lambda use: use.recorded_by.get_full_name() if use.recorded_by else ""),
        (Column("Annulé le", 12, is_date=True), lambda use: use.cancelled_at),
        (Column("Motif d’annulation", 40), lambda use: use.cancel_reason),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ExcessUse]:
        return super().get_queryset(request).select_related("invoice", "receipt__invoice", "recorded_by")

    @admin.display(description="fait le", ordering="made_on")
    def day(self, use: ExcessUse) -> str:
        return f"{use.made_on:%d/%m/%Y}"

    @admin.display(description="où")
    def went(self, use: ExcessUse) -> str:
        if use.receipt:
            return use.receipt.invoice.number
        return f"{use.get_mode_display()} {use.masked_iban}".strip()

    @admin.display(description="état")
    def state(self, use: ExcessUse) -> SafeString:
        return tag("Annulé", "bad") if use.cancelled_at else tag("Fait", "good")
