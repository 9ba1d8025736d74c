"""The timeline of a declaration: what happened, the money that came, then who must act and by which date (B-02)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from billing.models import Invoice, Receipt
from billing.models.invoice import Mode
from contributions import collecting
from contributions.models import Declaration
from contributions.states import CampaignState
from core.dates import french_date, today
from core.journal import timeline
from core.models import JournalEntry, SubjectQuerySet
from core.money import euros

YOU, US = "À vous d’agir", "À nous d’agir"
HOW: dict[str, str] = {Mode.TRANSFER: "Par virement.", Mode.CHEQUE: "Par chèque."}


def events(declaration: Declaration, invoices: Sequence[Invoice]) -> list[dict[str, Any]]:
    """For `components/timeline.html`. `invoices` are its `billed.bills`, each with `debited_on` and `arrived_in`."""
    happened = [
        (
            entry.at,
            {"state": "done", "title": entry.message, "text": entry.reason, "when": entry.at, "who": entry.actor_name},
        )
        for entry in journal(declaration)
    ]
    happened += [(receipt.recorded_at, _received(receipt)) for receipt in _receipts(invoices)]
    past = [event for _, event in sorted(happened, key=lambda pair: pair[0])]
    if declaration.is_draft:
        return [*past, _to_validate(declaration)]
    return [*past, *(event for invoice in invoices for event in _coming(invoice, declaration))]


def journal(declaration: Declaration, *, staff: bool = False) -> SubjectQuerySet[JournalEntry]:
    """As `core.journal.timeline`; that of a correction begins with what happened to the versions before it."""
    if declaration.version == 1:
        return timeline(declaration, staff=staff)
    same = Declaration.objects.filter(campaign=declaration.campaign_id, member=declaration.member_id)
    entries = JournalEntry.objects.about_any(same.filter(version__lte=declaration.version))
    return entries if staff else entries.filter(internal=False)


def _receipts(invoices: Sequence[Invoice]) -> list[Receipt]:
    """The money received that still counts: in one query, and in none when there is no such money."""
    paid = [invoice.pk for invoice in invoices if invoice.paid]
    if not paid:
        return []
    return list(Receipt.objects.filter(invoice__in=paid, cancelled_at=None).select_related("invoice"))


def _received(receipt: Receipt) -> dict[str, Any]:
    """The day is the one the money came; it may be entered days later."""
    day, number = french_date(receipt.received_on), receipt.invoice.number
    text = f"{receipt.get_mode_display()}, le {day}, pour la facture {number}."
    return {"state": "done", "title": f"Règlement reçu\u00a0: {euros(receipt.amount)}", "text": text}


def _to_validate(declaration: Declaration) -> dict[str, Any]:
    campaign, corrects = declaration.campaign, declaration.replaces_id is not None
    title = "Correction à valider" if corrects else "Déclaration à valider"
    event = {"state": "now", "title": title, "who": YOU}
    if campaign.state == CampaignState.CLOSED:
        text = f"La campagne {campaign.year} est close\u00a0: appelez-nous ou écrivez-nous, nous la ferons avec vous."
        return {**event, "text": text}
    if corrects:
        return {**event, "text": "Ce que vous aviez validé reste valable jusque-là."}
    late = "La date limite est passée\u00a0: vous pouvez encore déclarer en ligne." if campaign.is_late else ""
    return {**event, "text": late, "by": campaign.deadline}


def _coming(invoice: Any, declaration: Declaration) -> Iterator[dict[str, Any]]:
    """What an invoice waits for; nothing once it is settled, nor of a credit note."""
    if invoice.excess:
        yield {"state": "next", "title": f"{euros(invoice.excess)} à reporter ou à vous rembourser", "who": US}
    if not invoice.left:
        return
    amount = euros(invoice.left)
    if day := invoice.debited_on:
        when = f"le {french_date(day)}" if day >= today() else f"en cours, présenté le {french_date(day)}"
        yield {"state": "next", "title": f"Prélèvement de {amount} {when}", "who": US}
        return
    title = f"Règlement de la facture {invoice.number} ({amount})"
    pay = {"state": "now", "title": title, "who": YOU, "by": invoice.due_on}
    if invoice.mode != Mode.DEBIT or invoice.arrived_in:  # arrivals are paid as their card on the page says
        yield {**pay, "text": HOW.get(invoice.mode, HOW[Mode.TRANSFER])}
    elif lost := invoice.collections.order_by("-collects_on").first():
        day = french_date(lost.collects_on)
        yield {**pay, "text": f"Le prélèvement du {day} n’a pas eu lieu\u00a0: réglez par virement."}
    elif collecting.has_mandate(declaration.member, invoice.due_on):
        yield {"state": "next", "title": f"Annonce du prélèvement de {amount}", "who": US}
    else:
        text = "Sans mandat signé, rien ne peut être prélevé."
        yield {"state": "now", "title": "Mandat de prélèvement à signer", "text": text, "who": YOU, "by": pay["by"]}
        yield {"state": "next", "title": f"Prélèvement de {amount}", "text": "Annoncé par courriel.", "who": US}
