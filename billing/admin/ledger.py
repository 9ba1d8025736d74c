"""Rows of money that stand on an invoice, where each is entered and cancelled: what came in, what was given back."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.admin import ReadOnlyAdmin
from core.exporting import ExportMixin
from core.money import euros


class OnAnInvoice(ExportMixin, ReadOnlyAdmin):
    """A list whose rows have an `invoice` and an `amount`; each leads to that invoice's page, at `anchor`."""

    anchor = ""

    def change_view(self, request: HttpRequest, object_id: str, *args: object, **kwargs: object) -> HttpResponse:
        row = self.get_object(request, object_id) if self.has_view_permission(request) else None
        if row is None:
            return super().change_view(request, object_id)
        return HttpResponseRedirect(reverse("admin:billing_invoice_change", args=[row.invoice_id]) + self.anchor)

    @admin.display(description="montant", ordering="amount")
    def amount_shown(self, row: Any) -> SafeString:
        return format_html('<span class="num">{}</span>', euros(row.amount))

    @admin.display(description="facture", ordering="invoice__number")
    def number(self, row: Any) -> str:
        return row.invoice.number

    @admin.display(description="client", ordering="invoice__buyer_name")
    def buyer(self, row: Any) -> str:
        return row.invoice.buyer_name
