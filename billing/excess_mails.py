"""Mails about what became of money paid too much; to whom, `billing.addressees` says when they are sent."""

from __future__ import annotations

from billing.models import ExcessUse, Invoice, Mode
from core.dates import french_date
from core.money import euros
from documents.models import Document
from notifications.mail import Mail


def carried(use: ExcessUse, other: Invoice, paid: Document | None) -> Mail:
    """It pays another invoice, `other`; `paid` is that one « acquittée », once nothing is due on it."""
    left = (
        "Elle est acquittée : vous la trouverez en pièce jointe. Vous n’avez rien à faire."
        if paid
        else f"C’est à vous d’agir : il reste {euros(other.left)} à régler au plus tard le {french_date(other.due_on)}."
    )
    return Mail(
        to="",
        subject=f"Votre trop-perçu de {euros(use.amount)} est reporté sur la facture {other.number}",
        title="Votre trop-perçu est reporté",
        greeting="Bonjour,",
        paragraphs=[
            f"Vous aviez réglé {euros(use.amount)} de trop pour la facture {use.invoice.number}. Cette somme est "
            f"reportée sur la facture {other.number} ({other.title}). {left}"
        ],
        facts=[
            ("Montant reporté", euros(use.amount)),
            ("De la facture", use.invoice.number),
            ("Sur la facture", other.number),
            ("Reste à régler", euros(other.left)),
        ],
        after=["Vous préférez être remboursé ? Appelez-nous."],
        attachments=[paid] if paid else [],
    )


def refunded(use: ExcessUse, invoice: Invoice) -> Mail:
    """It was given back."""
    facts = [("Montant", euros(use.amount)), ("Facture", invoice.number), ("Fait le", french_date(use.made_on))]
    facts.append(("Mode de remboursement", use.get_mode_display()))
    if use.iban:
        facts.append(("Compte crédité", use.masked_iban))
    if use.reference:
        facts.append(("Référence", use.reference))
    wait = {
        Mode.TRANSFER: "Comptez quelques jours ouvrés selon votre banque.",
        Mode.CHEQUE: "Le chèque vous arrive par courrier.",
        Mode.CARD: "Comptez quelques jours ouvrés selon votre banque.",
    }.get(Mode(use.mode), "")
    return Mail(
        to="",
        subject=f"Remboursement de {euros(use.amount)} (facture {invoice.number})",
        title="Votre trop-perçu vous est remboursé",
        greeting="Bonjour,",
        paragraphs=[
            f"Vous aviez réglé {euros(use.amount)} de trop pour la facture {invoice.number} ({invoice.title}) : nous "
            f"vous les remboursons. {wait} Vous n’avez rien à faire.".replace("  ", " ")
        ],
        facts=facts,
        after=["Rien reçu d’ici dix jours ouvrés ? Appelez-nous."],
    )


def refund_cancelled(use: ExcessUse, invoice: Invoice) -> Mail:
    """The refund that was told has not taken place, or came back."""
    return Mail(
        to="",
        subject=f"Le remboursement de {euros(use.amount)} est annulé (facture {invoice.number})",
        title="Un remboursement est annulé",
        greeting="Bonjour,",
        paragraphs=[
            f"Le remboursement de {euros(use.amount)} du {french_date(use.made_on)}, pour la facture {invoice.number}, "
            "est annulé.",
            f"Motif : {use.cancel_reason}",
            f"Nous vous devons toujours {euros(invoice.excess)} : nous vous contacterons pour vous les rembourser.",
        ]
        if invoice.excess
        else [
            f"Le remboursement de {euros(use.amount)} du {french_date(use.made_on)}, pour la facture {invoice.number}, "
            "est annulé.",
            f"Motif : {use.cancel_reason}",
        ],
        facts=[("Facture", invoice.number), ("Montant", euros(use.amount))],
        after=["Cela vous étonne ? Appelez-nous, nous regarderons cela avec vous."],
    )
