"""One function per mail about an invoice; to whom, `billing.addressees` says when it is sent."""

from __future__ import annotations

from billing import given_back
from billing.models import Collection, Invoice, Receipt
from core.brand import brand
from core.dates import french_date
from core.identifiers import format_iban
from core.money import euros
from documents.models import Document
from notifications.mail import Mail


def settled(
    invoice: Invoice, document: Document, given_up: Collection | None = None, sent: Collection | None = None
) -> Mail:
    """All of it was received: the invoice « acquittée » (issue point 7). `given_up`: the debit that was announced;
    `sent`: the one that is at the bank, and will take place all the same."""
    return Mail(
        to="",
        subject=f"Votre facture {invoice.number} est acquittée",
        title="Votre règlement est bien reçu",
        greeting="Bonjour,",
        paragraphs=[
            f"Nous avons bien reçu votre règlement de la facture {invoice.number} ({invoice.title}). Vous la trouverez "
            "en pièce jointe, acquittée. Vous n’avez rien à faire.",
            *([_no_debit(given_up)] if given_up else []),
            *([_debit_all_the_same(sent)] if sent else []),
        ],
        facts=_facts(invoice),
        after=[_excess(invoice)] if invoice.excess else [],
        attachments=[document],
    )


def due_again(invoice: Invoice, receipt: Receipt, document: Document) -> Mail:
    """A receipt was cancelled: the invoice that was « acquittée » is to be paid again."""
    return Mail(
        to="",
        subject=f"Votre facture {invoice.number} est de nouveau à régler",
        title="Un règlement a été annulé",
        greeting="Bonjour,",
        paragraphs=[
            f"Le règlement de {euros(receipt.amount)} reçu le {french_date(receipt.received_on)} pour la facture "
            f"{invoice.number} ({invoice.title}) est annulé. La facture acquittée que vous avez reçue n’est plus "
            "valable : celle qui est jointe la remplace.",
            f"Motif : {receipt.cancel_reason}",
            f"C’est à vous d’agir : il reste à régler {given_back.left(invoice)}.",
        ],
        facts=[*_facts(invoice), *transfer(invoice)],
        after=["Cela vous étonne ? Appelez-nous, nous regarderons cela avec vous."],
        attachments=[document],
    )


def transfer(invoice: Invoice) -> list[tuple[str, str]]:
    """How to pay an invoice by transfer, as facts of a mail."""
    operator = brand().operator
    return [
        ("IBAN", format_iban(operator["iban"])),
        ("BIC", operator["bic"]),
        ("Référence à indiquer", invoice.reference),
    ]


def _facts(invoice: Invoice) -> list[tuple[str, str]]:
    facts = [("Facture", invoice.number), ("Total TTC", euros(invoice.total))]
    return [*facts, ("Avoirs", euros(invoice.credited))] if invoice.credited else facts


def _no_debit(given_up: Collection) -> str:
    return (
        f"Le prélèvement de {euros(given_up.amount)} annoncé pour le {french_date(given_up.collects_on)} n’aura pas "
        "lieu : cette facture ne vous sera pas prélevée en plus."
    )


def _debit_all_the_same(sent: Collection) -> str:
    return (
        f"Votre règlement est arrivé quand le prélèvement de {euros(sent.amount)} du {french_date(sent.collects_on)} "
        "était déjà transmis à la banque : il aura encore lieu, et cette somme vous sera remboursée."
    )


def _excess(invoice: Invoice) -> str:
    return (
        f"Vous avez réglé {euros(invoice.excess)} de trop : nous vous contacterons pour vous les rembourser, ou les "
        "reporter sur votre prochaine facture."
    )
