"""Why a bank returns a direct debit (ISO 20022 external status reason codes), in words, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

CALL_BANK = "Voyez avec votre banque ce qui l’a empêché."
PAY = "Réglez cette facture par virement ou par chèque."
SIGN = "Pour être de nouveau prélevé, signez un nouveau mandat dans votre espace, avec votre RIB à jour."
FUND = "Approvisionnez le compte, puis appelez-nous pour une nouvelle présentation, ou réglez par virement."


@dataclass(frozen=True)
class Reason:
    """`advice` is for the customer; `suspends`: no other debit would pass with this mandate; `final`: not even another
    mandate has it debited again, for the customer did not want it, or owes nothing more."""

    label: str
    advice: str
    suspends: bool = False
    final: bool = False


REASONS = {
    "AC01": Reason("Le numéro de compte est incorrect", f"{PAY} {SIGN}", suspends=True),
    "AC04": Reason("Le compte est clos", f"{PAY} {SIGN}", suspends=True),
    "AC06": Reason("Le compte est bloqué", f"{CALL_BANK} {PAY}"),
    "AC13": Reason(
        "Le compte est celui d’un particulier, que ce type de prélèvement n’admet pas", f"{PAY} {SIGN}", suspends=True
    ),
    "AG01": Reason("Ce compte n’accepte pas les prélèvements", f"{PAY} {SIGN}", suspends=True),
    "AG02": Reason("Le code d’opération est incorrect", PAY),
    "AM04": Reason("La provision du compte est insuffisante", FUND),
    "AM05": Reason("Ce prélèvement a été présenté deux fois", "Vous n’avez rien à faire : nous vérifions.", final=True),
    "BE05": Reason("La banque ne reconnaît pas le créancier", f"{CALL_BANK} {PAY}"),
    "CNOR": Reason("La banque du créancier n’est pas enregistrée", PAY),
    "DNOR": Reason("La banque du débiteur n’est pas enregistrée", PAY),
    "FF01": Reason("Le format du prélèvement est incorrect", PAY),
    "MD01": Reason("La banque ne connaît pas de mandat valable", f"{PAY} {SIGN}", suspends=True),
    "MD02": Reason("Les données du mandat sont incomplètes ou incorrectes", f"{PAY} {SIGN}", suspends=True),
    "MD06": Reason(
        "Le titulaire du compte a demandé le remboursement",
        "Si vous contestez la facture, écrivez-nous. Sinon, réglez-la par virement ou par chèque.",
        final=True,
    ),
    "MD07": Reason("Le titulaire du compte est décédé", PAY, suspends=True),
    "MS02": Reason(
        "Le titulaire du compte a refusé le prélèvement",
        "Si vous contestez la facture, écrivez-nous. Sinon, réglez-la par virement ou par chèque.",
        final=True,
    ),
    "MS03": Reason("La banque ne donne pas de motif", f"{CALL_BANK} {PAY}"),
    "RC01": Reason("L’identifiant de la banque est incorrect", f"{PAY} {SIGN}", suspends=True),
    "RR01": Reason("Il manque le numéro du compte à débiter, exigé par la réglementation", PAY),
    "RR02": Reason("Il manque l’adresse du titulaire du compte, exigée par la réglementation", PAY),
    "RR03": Reason("Il manque le nom du créancier, exigé par la réglementation", PAY),
    "RR04": Reason("La réglementation s’y oppose", f"{CALL_BANK} {PAY}"),
    "SL01": Reason(
        "La banque applique une consigne du titulaire du compte",
        f"Demandez à votre banque d’autoriser nos prélèvements, puis appelez-nous. {PAY}",
    ),
}

CHOICES = [(code, f"{code} : {reason.label}") for code, reason in REASONS.items()]
