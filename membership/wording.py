"""Words and numbers that several mails of the membership portal share."""

from __future__ import annotations

from collections.abc import Iterable

from core.brand import brand
from core.dates import french_date
from core.identifiers import format_iban, format_siret, is_mobile
from membership.models import Application, Contact
from membership.pieces import Piece
from membership.unpaid import Unpaid

NOT_QUOTED = "Pour protéger vos échanges, leur contenu n’est pas repris ici."


def name(dossier: Application) -> str:
    """How the text calls the company; a draft may have no name yet."""
    establishment = dossier.establishment
    return f"« {establishment.name} »" if establishment.name else by_siret(dossier)


def by_siret(dossier: Application) -> str:
    """The same in mails about a draft that was never validated: anybody may have typed its name, and the address that
    it goes to. What he writes there must not reach a stranger in our name."""
    siret = dossier.establishment.siret
    return f"l’établissement {format_siret(siret)}" if siret else "votre établissement"


def kept(dossier: Application) -> str:
    """Until when a draft is kept, as a sentence to append."""
    if not dossier.purge_on:
        return ""
    return (
        f" Votre saisie est gardée jusqu’au {french_date(dossier.purge_on)} ; chaque modification repousse cette date."
    )


def deleted(dossier: Application) -> str:
    """What becomes of a draft that nobody comes back to, as a sentence to append."""
    if not dossier.purge_on:
        return ""
    day = french_date(dossier.purge_on)
    return f" Sans nouvelles de votre part au {day} inclus, la demande et ses documents seront supprimés."


def numbers(invoices: Iterable[Unpaid]) -> str:
    """What a transfer for these invoices is to say."""
    return ", ".join(invoice.number for invoice in invoices)


def transfer(reference: str) -> list[tuple[str, str]]:
    """How to pay by transfer."""
    operator = brand().operator
    return [
        ("IBAN", format_iban(operator["iban"])),
        ("BIC", operator["bic"]),
        ("Référence à indiquer", reference),
    ]


def to_send(piece: Piece | None) -> str:
    """What is to be done about a missing piece."""
    if piece is None:
        return "À envoyer"
    if piece.status == "refused":
        return f"Refusé : {piece.note}"
    return piece.note or "Pas encore reçu"


def merged_name(dossier: Application) -> str:
    """What the one PDF of all that the company sent is called (M-07)."""
    return f"documents-{dossier.reference or 'brouillon'}.pdf"


def mobile(dossier: Application) -> str:
    """The mobile number of who may act: the head or human resources, else the establishment's own number."""
    deciders = {Contact.Role.HEAD, Contact.Role.HR}
    contacts = dossier.establishment.contacts.all()
    numbers = [contact.phone for contact in contacts if deciders.intersection(contact.roles)]
    return next((number for number in [*numbers, dossier.establishment.phone] if is_mobile(number)), "")
