"""What a SEPA mandate must say, and what is ticked before it is signed. Word for word: these texts are evidence.

Source: EPC, « SEPA Core Direct Debit Scheme, Mandate Translations » (French), with the 13 months of the
French forms (Code monétaire et financier, art. L. 133-24). What a mandate says is frozen in its document when it is
prepared: a change here is for the mandates to come.
"""

from __future__ import annotations

from core.brand import brand
from core.identifiers import mask_iban

TITLE = "Mandat de prélèvement SEPA"
RIGHTS = (
    "Vos droits concernant le présent mandat sont expliqués dans un document que vous pouvez obtenir auprès de votre "
    "banque."
)
RECURRING = "Paiement récurrent"


def authorisation(creditor: str) -> list[str]:
    """The text of the mandate."""
    return [
        f"En signant ce formulaire de mandat, vous autorisez (A) {creditor} à envoyer des instructions à votre banque "
        f"pour débiter votre compte, et (B) votre banque à débiter votre compte conformément aux instructions de "
        f"{creditor}.",
        "Vous bénéficiez du droit d’être remboursé par votre banque selon les conditions décrites dans la convention "
        "que vous avez passée avec elle. Une demande de remboursement doit être présentée :",
        "– dans les 8 semaines suivant la date de débit de votre compte pour un prélèvement autorisé ;",
        "– sans tarder et au plus tard dans les 13 mois en cas de prélèvement non autorisé.",
    ]


def consents(rum: str, creditor: str, debtor: str, iban: str) -> list[str]:
    """The boxes to tick, each a sentence in the person's mouth."""
    return [
        f"J’ai lu en entier le mandat de prélèvement SEPA {rum}.",
        f"J’autorise {creditor} à prélever ses factures sur le compte {mask_iban(iban)}, au nom de {debtor}.",
        "J’ai le droit d’engager le titulaire de ce compte, et je choisis de signer ce mandat électroniquement, avec "
        "un code reçu par SMS ou par courriel.",
    ]


def creditor() -> dict[str, object]:
    """The operator as a creditor, to be kept with the mandate."""
    operator = brand().operator
    return {"name": operator["name"], "lines": list(operator["address"]), "ics": operator["ics"]}
