"""An invoice as its customer reads it, on whichever page: what is due, or since when nothing is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from billing.collections import is_overdue
from billing.models import Invoice
from core.dates import french_date, today


@dataclass(frozen=True)
class InvoiceLine:
    """One invoice, found by `collections.with_debit_day`."""

    it: Invoice
    notes: Sequence[str] = ()  # what became of money paid too much: see `excess.told`

    @property
    def state(self) -> tuple[str, str]:
        """The sentence and the tone of its label."""
        invoice = self.it
        if invoice.kind == Invoice.Kind.CREDIT:
            return "Avoir", "calm"
        if invoice.settled_on:
            return f"Acquittée le {french_date(invoice.settled_on)}", "good"
        if self.debited_on:
            coming = self.debited_on >= today()
            words = "Sera prélevée le" if coming else "Prélèvement en cours, présenté le"
            return f"{words} {french_date(self.debited_on)}", "calm"
        if self.is_late:
            return "En retard", "bad"
        return f"À régler au plus tard le {french_date(invoice.due_on)}", "wait"

    @property
    def badge(self) -> tuple[str, str]:
        """The same in a word or two, where the days are told elsewhere."""
        if self.it.kind == Invoice.Kind.INVOICE and self.it.settled_on:
            return "Réglée", "good"
        words, tone = self.state
        return ("À régler", tone) if tone == "wait" else (words, tone)

    @property
    def debited_on(self) -> date | None:
        """The day of the debit to come: the customer has nothing to do (`collections.with_debit_day`)."""
        day: date | None = None if self.it.settled_on else self.it.debited_on  # type: ignore[attr-defined]
        return day

    @property
    def is_late(self) -> bool:
        return is_overdue(self.it)

    @property
    def left(self) -> Any:
        """What remains, when a part is paid."""
        return self.it.left if self.it.paid and not self.it.settled_on else None
