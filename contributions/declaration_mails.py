"""The mails of a declaration: what was declared, what was invoiced since, who acts next and by when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse

from billing.models import Invoice
from billing.models.invoice import Mode
from contributions import collecting, recipients
from contributions.models import Declaration
from contributions.pricing import Contribution
from contributions.recipients import Recipient
from core.brand import brand
from core.dates import french_date
from core.identifiers import format_iban
from core.money import euros
from core.text import counted
from documents.models import Document
from notifications.mail import Mail


def validated(declaration: Declaration, priced: Contribution) -> Mail:
    """It is declared: the bordereau, the invoice, and how to pay (C-07)."""
    year = declaration.campaign.year
    corrects = declaration.replaces_id is not None
    what = f"La correction de votre déclaration {year}" if corrects else f"Votre déclaration {year}"
    title = f"{'Votre correction' if corrects else 'Votre déclaration'} {year} est validée"
    source = f" Notre service l’a saisie d’après votre déclaration {declaration.origin}." if declaration.came_by else ""
    return Mail(
        to=declaration.signer_email,
        subject=f"{title} ({declaration.reference})",
        title=title,
        greeting=f"Bonjour {declaration.signer},",
        paragraphs=[
            f"{what} pour « {declaration.member.establishment} » est validée.{source} Le bordereau de cotisation, en "
            "pièce jointe, reprend ce que vous avez déclaré.",
            *_what_to_pay(declaration, *declaration.issued),
            *_one_payment(declaration.invoice, [one.name or one.email for one in recipients.employers(declaration)]),
            *_late(declaration),
        ],
        facts=_facts(declaration, priced),
        button=_button(declaration, "Voir ma déclaration"),
        after=[_mistake(declaration)],
        attachments=_documents(declaration),
    )


def validated_for(declaration: Declaration, priced: Contribution, to: Recipient) -> Mail:
    """To the employer: a delegate, or staff, declared for him (B-06)."""
    year, by = declaration.campaign.year, declaration.validated_by
    who = "notre service" if declaration.came_by or by is None else by.get_full_name() or by.email
    what = f"La correction de votre déclaration {year}" if declaration.replaces_id else f"Votre déclaration {year}"
    title = f"{what} a été validée par {who} pour votre compte"
    source = f", d’après la déclaration {declaration.origin} de {declaration.signer}" if declaration.came_by else ""
    return Mail(
        to=to.email,
        subject=f"{title} ({declaration.reference})",
        title=title,
        greeting=f"Bonjour {to.name}," if to.name else "Bonjour,",
        paragraphs=[
            f"{what} pour « {declaration.member.establishment} » a été validée par {who}{source}. Le bordereau de "
            "cotisation, en pièce jointe, reprend ce qui a été déclaré.",
            *_what_to_pay(declaration, *declaration.issued),
            *_one_payment(declaration.invoice, [declaration.signer] if declaration.signer_email else []),
            *_late(declaration),
        ],
        facts=[*_facts(declaration, priced), ("Déclarée par", f"{declaration.signer}, {declaration.signer_function}")],
        button=_button(declaration, "Voir la déclaration") if to.has_account else None,
        after=[f"Vous n’êtes pas d’accord avec cette déclaration ? Appelez-nous au {brand().phone_display}."],
        attachments=_documents(declaration),
    )


def _late(declaration: Declaration) -> list[str]:
    if not (declaration.is_late and declaration.campaign.penalties):
        return []
    campaign = declaration.campaign
    return [f"Cette déclaration a été validée après le {french_date(campaign.deadline)}. {campaign.penalties}"]


def _facts(declaration: Declaration, priced: Contribution) -> list[tuple[str, str]]:
    return [
        ("Référence", declaration.reference),
        ("Salariés déclarés", str(priced.headcount)),
        ("Cotisation TTC", euros(priced.total)),
        *_how_to_pay(declaration.invoice),
    ]


def _mistake(declaration: Declaration) -> str:
    if declaration.came_by:
        return f"Une erreur dans ce que nous avons saisi ? Appelez-nous au {brand().phone_display}."
    return "Une erreur dans la déclaration ? Corrigez-la depuis la même page : seule la différence est facturée."


def _documents(declaration: Declaration) -> list[Document]:
    issued = [invoice.document for invoice in declaration.issued]
    return [document for document in (declaration.bordereau, *issued) if document]


def arrivals(
    declaration: Declaration, invoice: Invoice, number: int, to: Recipient, readers: Sequence[Recipient]
) -> Mail:
    """Employees who arrived in the year have been there long enough: their contribution is invoiced. `to` is one of the
    `readers`."""
    campaign = declaration.campaign
    words = counted(number, "salarié arrivé", "salariés arrivés")
    somebody = "Ce salarié" if number == 1 else "Un de ces salariés"
    return Mail(
        to=to.email,
        subject=f"Cotisation {campaign.year} : {words} en cours d’année ({invoice.number})",
        title=f"{words} en cours d’année",
        greeting=f"Bonjour {to.name}," if to.name else "Bonjour,",
        paragraphs=[
            f"Depuis votre déclaration {campaign.year}, votre liste compte {words} après le 1er janvier, avec au moins "
            f"{campaign.midyear_days} jours de présence : la cotisation de l’année est due pour chaque salarié arrivé, "
            "une seule fois. La facture est en pièce jointe.",
            *_what_to_pay(declaration, invoice),
            *_one_payment(invoice, [one.name or one.email for one in readers if one != to]),
        ],
        facts=[("Facture", invoice.number), ("Montant TTC", euros(invoice.total)), *_how_to_pay(invoice)],
        button=_button(declaration, "Voir ma déclaration", invoice) if to.has_account else None,
        after=[f"{somebody} n’est plus chez vous ? Mettez sa date de sortie dans votre liste, et appelez-nous."],
        attachments=[invoice.document],
    )


def _what_to_pay(declaration: Declaration, *issued: Invoice) -> list[str]:
    """How to pay the invoice that was issued, if any, and what its credit notes do, if any."""
    if not issued:
        return ["Vous n’avez rien à régler."]
    found: list[str] = []
    for invoice in issued:
        if invoice.kind == Invoice.Kind.INVOICE:
            found += _to_pay(declaration, invoice)
    return [*found, *_credited([one for one in issued if one.kind == Invoice.Kind.CREDIT])]


def _credited(credits: Sequence[Invoice]) -> list[str]:
    if len(credits) > 1:
        each = " et ".join(f"{one.number} de {euros(one.total)}" for one in credits)
        return [
            f"Les avoirs {each} sont en pièces jointes : ils réduisent ce que vous nous devez, ou vous sont remboursés "
            "si vous avez déjà réglé.",
            *collecting.lowered_by(credits),
        ]
    return [
        sentence
        for one in credits
        for sentence in (
            f"L’avoir {one.number}, de {euros(one.total)}, est en pièce jointe : il réduit ce que vous nous devez, ou "
            "vous est remboursé si vous avez déjà réglé.",
            *collecting.lowered_by([one]),
        )
    ]


def _to_pay(declaration: Declaration, invoice: Invoice) -> list[str]:
    if invoice.left == 0:
        return [
            f"La facture {invoice.number} est en pièce jointe : ce que vous aviez déjà réglé la couvre, vous n’avez "
            "rien à payer."
        ]
    due = f"{euros(invoice.left)}, au plus tard le {french_date(invoice.due_on)}"
    match invoice.mode:
        case Mode.DEBIT:
            return [f"La facture {invoice.number} est en pièce jointe. {_debit_words(declaration, invoice)}"]
        case Mode.CHEQUE:
            return [
                f"C’est à vous d’agir : réglez {due}, par chèque à l’ordre de {brand().name}, le numéro "
                f"{invoice.number} au dos."
            ]
    return [f"C’est à vous d’agir : réglez {due}, par virement, avec la référence {invoice.number}."]


def _one_payment(invoice: Invoice | None, others: Sequence[str]) -> list[str]:
    """Several people read that there is something to pay: it is to be paid once."""
    if not others or invoice is None or not invoice.left or invoice.mode == Mode.DEBIT:
        return []
    read = "reçoit" if len(others) == 1 else "reçoivent"
    return [f"{' et '.join(others)} {read} aussi ce message : mettez-vous d’accord, un seul règlement suffit."]


def _debit_words(declaration: Declaration, invoice: Invoice) -> str:
    """Whether somebody must sign, or the day of the debit."""
    if day := collecting.announced(invoice):
        return f"Vous n’avez rien à faire : {euros(invoice.left)} seront prélevés le {french_date(day)}."
    told = "un message annonce chaque prélèvement avant sa date."
    if collecting.has_mandate(declaration.member, invoice.due_on):
        return f"Vous avez choisi le prélèvement SEPA : vous n’avez rien à faire, {told}"
    return (
        "Vous avez choisi le prélèvement SEPA. C’est à vous d’agir : signez votre mandat en ligne, page "
        f"« Prélèvement SEPA » de votre espace. Sans lui, rien ne peut être prélevé. Une fois signé, {told}"
    )


def _how_to_pay(invoice: Invoice | None) -> list[tuple[str, str]]:
    if invoice is None or invoice.kind == Invoice.Kind.CREDIT or invoice.mode == Mode.DEBIT or not invoice.left:
        return []
    if invoice.mode == Mode.CHEQUE:
        return [("Chèque à envoyer à", brand().postal_address)]
    operator: dict[str, Any] = brand().operator
    return [
        ("IBAN", format_iban(operator["iban"])),
        ("BIC", operator["bic"]),
        ("Référence à indiquer", invoice.reference),
    ]


def _button(declaration: Declaration, label: str, invoice: Invoice | None = None) -> tuple[str, str]:
    """To what is declared; but to the mandate as long as one has to be signed."""
    if collecting.wants_mandate(invoice or declaration.invoice, declaration.member):
        path = reverse("space:mandate-current", args=[declaration.member_id])
        return "Signer mon mandat de prélèvement", f"{settings.SITE_URL}{path}"
    return label, _url(declaration)


def _url(declaration: Declaration) -> str:
    path = reverse("contributions:declaration", args=[declaration.member_id, declaration.pk])
    return f"{settings.SITE_URL}{path}"
