"""Mails and SMS about a mandate. None holds a whole IBAN, but for the signed PDF that goes to its signer."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.shortcuts import resolve_url

from billing.models import Collection, Invoice, Mandate, Mode
from core.brand import brand
from core.dates import french_date, today
from core.identifiers import format_iban
from core.money import euros
from notifications.mail import Mail, Sms

OPEN_SPACE = "Ouvrir mon espace"
NOT_YOU = "Vous n’êtes pas à l’origine de cette opération ? Appelez-nous sans attendre."


def code(channel: str, to: str, digits: str, mandate: Mandate) -> Mail | Sms:
    """The code that signs. Nobody of ours will ever ask for it."""
    if channel == "sms":
        text = f"{brand().name} : {digits} est votre code pour signer le mandat {mandate.rum}. Valable 10 minutes. "
        return Sms(to, f"{text}Ne le donnez à personne.", private=True)
    return Mail(
        to=to,
        subject=f"Votre code pour signer le mandat {mandate.rum}",
        title="Votre code de signature",
        paragraphs=["Tapez ce code sur la page où vous signez le mandat de prélèvement. Il est valable dix minutes."],
        private_code=digits,
        facts=_account(mandate),
        after=["Ne donnez ce code à personne : nous ne vous le demanderons jamais au téléphone.", NOT_YOU],
    )


def signed(mandate: Mandate, apart: Sequence[Invoice] = ()) -> Mail:
    """The signed mandate, to keep; `apart`: what it does not have debited (`collections.apart`)."""
    days = settings.PRENOTIFICATION_DAYS
    return _mail(
        mandate,
        title="Votre mandat de prélèvement est signé",
        paragraphs=[
            "Vous trouverez en pièce jointe votre mandat de prélèvement SEPA signé : gardez-le.",
            f"{'' if apart else 'Vous n’avez rien d’autre à faire. '}Chaque prélèvement vous est annoncé au moins "
            f"{days} jours avant, avec son montant et sa date.",
            *map(to_pay_apart, apart),
        ],
        facts=_with_ours(mandate, apart),
        after=["Vous pouvez révoquer ce mandat à tout moment dans votre espace.", NOT_YOU],
        attachments=[mandate.document],
    )


def signed_by(mandate: Mandate, signer: str, apart: Sequence[Invoice] = ()) -> Mail:
    """To those who manage for the customer: somebody else signed, who may. The account is told, never whole."""
    return _mail(
        mandate,
        title=f"Mandat de prélèvement signé pour {mandate.debtor_name}",
        paragraphs=[
            f"{signer} a signé en votre nom un mandat de prélèvement SEPA. Les factures à régler par prélèvement "
            f"seront prélevées sur le compte ci-dessous, chacune après son annonce."
            f"{'' if apart else ' Vous n’avez rien à faire.'}",
            *map(to_pay_apart, apart),
        ],
        facts=_with_ours(mandate, apart),
        after=["Vous ne l’avez pas demandé ? Révoquez ce mandat dans votre espace, et appelez-nous sans attendre."],
    )


def to_pay_apart(invoice: Invoice) -> str:
    """Of an invoice that a mandate does not have debited: it was issued to be paid another way, or lost its debit."""
    how, due = "par chèque" if invoice.mode == Mode.CHEQUE else "par virement", french_date(invoice.due_on)
    when = f"au plus tard le {due}"
    if invoice.due_on < today():
        when = f"dès que possible, car son échéance du {due} est passée"
    return f"La facture {invoice.number} ne sera pas prélevée : réglez {euros(invoice.left)} {how}, {when}."


def bank_details_changed(old: Mandate, new: Mandate) -> Mail:
    """To the address that the replaced mandate knew (B-22): whoever changed it cannot keep this from arriving."""
    return _mail(
        old,
        title="Votre compte prélevé a changé",
        paragraphs=[
            f"Le {french_date(new.signed_at) if new.signed_at else ''}, un nouveau mandat de prélèvement SEPA a été "
            f"signé pour {new.debtor_name}. Il remplace le mandat {old.rum}, qui ne sert plus."
        ],
        facts=[
            ("Ancien compte", old.masked_iban),
            ("Nouveau compte", new.masked_iban),
            ("Nouveau mandat (RUM)", new.rum),
        ],
        after=[NOT_YOU],
    )


def revoked(mandate: Mandate, cancelled: Sequence[Collection], running: Sequence[Collection]) -> Mail:
    """No further debit, and what becomes of those under way."""
    paragraphs = ["Ce mandat est révoqué : il ne permet plus aucun prélèvement."]
    paragraphs += not_debited(cancelled)
    paragraphs += [
        f"Le prélèvement de {euros(each.amount)} du {french_date(each.collects_on)} aura lieu : il est "
        "déjà transmis à la banque."
        for each in running
    ]
    title = "Votre mandat de prélèvement est révoqué"
    return _mail(mandate, title=title, paragraphs=paragraphs, facts=_with_ours(mandate, cancelled), after=[NOT_YOU])


def lapsed(mandate: Mandate, cancelled: Sequence[Collection] = ()) -> Mail:
    """36 months without a debit: the bank would refuse it."""
    return _mail(
        mandate,
        title="Votre mandat de prélèvement n’est plus valable",
        paragraphs=[
            "Ce mandat n’a pas servi depuis 36 mois : il est caduc, comme le veut la règle des prélèvements SEPA.",
            *not_debited(cancelled),
            "Pour être de nouveau prélevé, signez un nouveau mandat dans votre espace : cela prend trois minutes.",
        ],
        facts=_with_ours(mandate, cancelled),
    )


def not_debited(cancelled: Sequence[Collection]) -> list[str]:
    """Each debit that was announced and is cancelled with its mandate, and how to pay instead."""
    if not cancelled:
        return []
    return [
        *(
            f"Le prélèvement de {euros(each.amount)} annoncé pour le {french_date(each.collects_on)} (facture "
            f"{each.invoice.number}) n’aura pas lieu."
            for each in cancelled
        ),
        "Ce qui devait être prélevé reste dû : réglez-le par virement, le numéro de la facture en référence, ou par "
        f"chèque à l’ordre de {brand().name}, ce numéro au dos. Si vous signez un nouveau mandat, ce qui reste dû sera "
        "prélevé, après une nouvelle annonce.",
    ]


def _with_ours(mandate: Mandate, owed: Sequence[Collection | Invoice]) -> list[tuple[str, str]]:
    """The account of the mandate; and ours, and where a cheque goes, when there is something to pay."""
    operator = brand().operator
    ours = [
        ("Pour régler par virement, IBAN", format_iban(operator["iban"])),
        ("BIC", operator["bic"]),
        ("Chèque à envoyer à", brand().postal_address),
    ]
    return [*_account(mandate), *(ours if owed else [])]


def _account(mandate: Mandate) -> list[tuple[str, str]]:
    return [
        ("Mandat (RUM)", mandate.rum),
        ("Compte", mandate.masked_iban),
        ("Créancier (ICS)", f"{mandate.creditor['name']} ({mandate.creditor['ics']})"),
    ]


def _mail(mandate: Mandate, *, title: str, facts: Sequence[tuple[str, str]] = (), **parts: object) -> Mail:
    return Mail(
        to=mandate.email,
        subject=f"{title} ({mandate.rum})",
        title=title,
        greeting="Bonjour,",
        facts=facts or _account(mandate),
        button=(OPEN_SPACE, settings.SITE_URL + resolve_url(settings.LOGIN_URL)),
        **parts,  # type: ignore[arg-type]
    )
