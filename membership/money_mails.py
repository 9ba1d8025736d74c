"""The mails about money of a dossier that is given back, or that never was."""

from __future__ import annotations

from core.dates import french_date
from core.identifiers import mask_iban
from core.money import euros
from membership import links, wording
from membership.eligibility import present_member
from membership.mails import FIND_AGAIN, compose, what_now
from membership.models import Application, Payment
from membership.states import State
from notifications.mail import Mail


def refunded(dossier: Application, payment: Payment) -> Mail:
    """The transfer was paid back, or the cheque sent back (M-19)."""
    amount = euros(payment.amount)
    facts = [("Montant", amount), ("Règlement reçu le", french_date(payment.received_on))]
    if payment.mode == Payment.Mode.CHEQUE:
        title = "Votre chèque vous est renvoyé"
        text = f"Nous vous renvoyons par courrier votre chèque de {amount}. Il n’a pas été encaissé."
    else:
        title = "Votre règlement vous est remboursé"
        text = f"Nous avons ordonné le remboursement de {amount}. Comptez quelques jours ouvrés selon votre banque."
        if payment.payer_iban:
            facts.append(("Compte crédité", mask_iban(payment.payer_iban)))
    return compose(
        dossier,
        title=title,
        paragraphs=[f"{text} Vous n’avez rien à faire."],
        facts=[("Dossier", dossier.reference or ""), *facts],
        after=["Rien reçu d’ici dix jours ouvrés ? Appelez-nous."],
    )


def came_late(dossier: Application, payment: Payment) -> Mail:
    """Money came in once the dossier was over: it is given back (M-19)."""
    amount, returned = euros(payment.amount), dossier.state == State.RETURNED
    over = "vous avait été retourné" if returned else "était déjà retiré, à votre demande"
    nothing = "" if present_member(dossier.siret) else " : aucune adhésion n’est enregistrée"
    if payment.mode == Payment.Mode.CHEQUE:
        back, text = "renvoyé", f"Votre chèque de {amount} ne sera pas encaissé : nous vous le renvoyons par courrier."
    else:
        back, text = "remboursé", f"Nous vous rembourserons {amount}, soit la totalité."
    return compose(
        dossier,
        title=f"Votre règlement est arrivé trop tard et vous sera {back}",
        paragraphs=[
            f"Nous avons reçu un règlement pour {wording.name(dossier)}, alors que votre dossier {dossier.reference} "
            f"{over}{nothing}.",
            f"{text} C’est à nous d’agir : un message vous le confirmera dès que ce sera fait.",
        ],
        facts=[
            ("Dossier", dossier.reference or ""),
            ("Montant", amount),
            ("Règlement reçu le", french_date(payment.received_on)),
        ],
        button=(FIND_AGAIN, links.dossier_url(dossier)),
        after=[*what_now(dossier, "Vous souhaitez toujours adhérer ? Recommencez"), "Une question ? Appelez-nous."],
    )


def not_refunded(dossier: Application, payment: Payment, reason: str) -> Mail:
    """A payment that was to be given back had been entered by mistake: nothing comes."""
    amount = euros(payment.amount)
    return compose(
        dossier,
        title="Il n’y aura pas de remboursement",
        paragraphs=[
            f"Nous vous avions annoncé que nous vous rendrions {amount}. Ce règlement avait été enregistré par erreur, "
            "et ne vous sera donc pas remboursé.",
            f"Motif : {reason}",
        ],
        facts=[("Dossier", dossier.reference or ""), ("Montant", amount)],
        after=["Vous nous avez bien réglé cette somme ? Appelez-nous."],
    )
