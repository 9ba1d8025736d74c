"""How the back office says where an invoice stands."""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from billing.collections import is_overdue
from billing.models import Collection, Invoice, Mandate
from billing.models.collection import CollectionState
from core.dates import french_date, today
from core.journal import timeline

DEBIT_TONES = {
    CollectionState.PLANNED: "wait",
    CollectionState.EXPORTED: "wait",
    CollectionState.COLLECTED: "good",
    CollectionState.RETURNED: "bad",
    CollectionState.CANCELLED: "",
}


def next_debit(mandate: Mandate) -> str:
    """What the bank will be told of the next debit, as people say it; empty when the mandate brings none."""
    if not mandate.is_active:
        return ""
    return "Premier" if mandate.sequence == Mandate.Sequence.FIRST else "Récurrent"


def history(row: Collection | Mandate) -> SafeString:
    """Its journal, a line each, by days of Paris."""
    entries = timeline(row, staff=True)
    rows = ((f"{today(entry.at):%d/%m/%Y}", entry.message, entry.actor_name, entry.reason) for entry in entries)
    return format_html_join("\n", "<div>{} · {} ({}) {}</div>", rows)


def stage(invoice: Any) -> tuple[str, str]:
    """What became of the invoice (of `collections.with_debit_day`), and the tone of its label."""
    if invoice.kind == Invoice.Kind.CREDIT:
        return "Avoir", "calm"
    if invoice.settled_on:
        return ("Trop-perçu", "wait") if invoice.excess else ("Acquittée", "good")
    if invoice.debited_on:
        return "Prélèvement prévu" if invoice.debited_on >= today() else "Prélèvement en cours", "wait"
    if is_overdue(invoice):
        return "En retard", "bad"
    return "À régler", "wait" if invoice.paid else ""


def due(invoice: Any) -> tuple[str, str]:
    """The due day, and red once it is past and something is due that no debit under way will bring."""
    if invoice.kind == Invoice.Kind.CREDIT:
        return "", ""
    return french_date(invoice.due_on), "bad" if is_overdue(invoice) else ""
