"""The mail that reminds of an invoice to pay by transfer or by cheque, before it falls due and after (B-03)."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.text import capfirst

from billing import given_back, mails
from billing.models import Invoice
from billing.models.invoice import Mode
from billing.reminder_days import Stage
from core.brand import brand
from core.dates import french_date
from core.money import euros
from core.text import lower_first
from documents.models import Document
from notifications.mail import Mail

PAPERS = "Voir mes documents"


def reminder(invoice: Invoice, stage: Stage, document: Document, *, papers: str = "", several: bool = False) -> Mail:
    """What is still due, since when, and how to pay it. `papers`: the address of the page where the customer finds his
    invoices; `several`: he is not the only one who reads this."""
    subject, title, paragraphs = _words(invoice, stage)
    return Mail(
        to="",  # see `billing.reminding`
        subject=f"{subject} – {invoice.buyer_name}",  # who keeps several companies' books tells them apart
        title=title,
        greeting="Bonjour,",
        paragraphs=paragraphs,
        facts=[*_what_is_due(invoice), *_how_to_pay(invoice)],
        button=(PAPERS, papers) if papers else None,
        after=_after(stage, several),
        attachments=[document],
    )


def _words(invoice: Invoice, stage: Stage) -> tuple[str, str, Sequence[str]]:
    """Subject, title and paragraphs: each stage says it more firmly."""
    what = f"la facture {invoice.number} ({invoice.title}), établie pour {invoice.buyer_name},"
    left, due, how = euros(invoice.left), french_date(invoice.due_on), _how(invoice)
    match stage:
        case Stage.SOON:
            return (
                f"Facture {invoice.number} : {left} à régler au plus tard le {due}",
                "Votre facture arrive à échéance",
                [
                    f"{capfirst(what)} arrive à échéance le {due}.",
                    f"C’est à vous d’agir : réglez {left} au plus tard le {due}, {how}.",
                ],
            )
        case Stage.LATE:
            missing = "le solde de votre règlement" if invoice.paid > 0 else "votre règlement"
            return (
                f"Facture {invoice.number} : l’échéance du {due} est passée",
                "Votre règlement ne nous est pas parvenu",
                [
                    f"Sauf erreur de notre part, nous n’avons pas encore reçu {missing} pour {what} à régler au plus "
                    f"tard le {due}. Il s’agit sans doute d’un oubli.",
                    f"C’est à vous d’agir : réglez {left} dès que possible, {how}.",
                ],
            )
    unpaid = f"reste {'en partie ' if invoice.paid > 0 else ''}impayée à ce jour"
    return (
        f"Facture {invoice.number} impayée : {left} à régler sans tarder",
        "Votre facture reste impayée",
        [
            f"Sauf erreur de notre part, {what} à régler au plus tard le {due}, {unpaid}.",
            f"C’est à vous d’agir : réglez {left} sans tarder, {how}.",
            *_penalties(invoice),
        ],
    )


def _how(invoice: Invoice) -> str:
    if invoice.mode == Mode.CHEQUE:
        return f"par chèque à l’ordre de {brand().name}, le numéro {invoice.number} au dos"
    return f"par virement, avec la référence {invoice.reference}"


def _penalties(invoice: Invoice) -> list[str]:
    """In the very words of the invoice, which are frozen with it."""
    printed = str(invoice.document.snapshot.get("penalties", ""))
    return [f"Comme le rappelle la facture, {lower_first(printed)}"] if printed else []


def _what_is_due(invoice: Invoice) -> list[tuple[str, str]]:
    facts = [("Facture", invoice.number), ("Total TTC", euros(invoice.total))]
    if invoice.credited:
        facts.append(("Avoirs", euros(invoice.credited)))
    if invoice.paid > 0:
        facts.append(("Déjà réglé", euros(invoice.paid)))
    return [*facts, ("Reste à régler", given_back.left(invoice)), ("Échéance", french_date(invoice.due_on))]


def _how_to_pay(invoice: Invoice) -> list[tuple[str, str]]:
    by_transfer = mails.transfer(invoice)
    if invoice.mode != Mode.CHEQUE:
        return by_transfer
    (_, iban), *others = by_transfer
    return [
        ("Chèque à envoyer à", brand().postal_address),
        ("Ou par virement, IBAN", iban),
        *others,
    ]


def _after(stage: Stage, several: bool) -> list[str]:
    found = ["Vous venez de la régler ? Merci, et ne tenez pas compte de ce message."]
    if stage != Stage.SOON:
        phone = brand().phone_display
        found.append(f"Une difficulté pour régler ? Appelez-nous au {phone}, nous chercherons une solution avec vous.")
    if several:
        found.append(
            "D’autres personnes de votre entreprise reçoivent ce message : mettez-vous d’accord, un seul règlement "
            "suffit."
        )
    return found
