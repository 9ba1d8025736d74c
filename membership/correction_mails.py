"""What is written to the company when staff put its dossier right."""

from __future__ import annotations

from membership import wording
from membership.mails import FOLLOW, RESUME, compose
from membership.models import Application
from notifications.mail import Mail


def address_corrected(dossier: Application, url: str) -> Mail:
    """The first mail to the right address: the link, and where to find what went astray."""
    if dossier.is_draft:
        what = f"Reprenez votre demande là où vous en étiez.{wording.kept(dossier)}"
    else:
        what = "Vous y trouvez tout ce que nous avons envoyé à l’ancienne adresse, et ce que nous attendons de vous."
    return compose(
        dossier,
        title="Votre adresse électronique est corrigée",
        paragraphs=[
            f"À votre demande, les courriels sur votre dossier pour {wording.name(dossier)} partent désormais à cette "
            "adresse. Les liens envoyés auparavant ne servent plus.",
            what,
        ],
        button=(RESUME if dossier.is_draft else FOLLOW, url),
        after=["Vous n’avez rien demandé ? Appelez-nous."],
    )


def reopened(dossier: Application, reason: str, url: str) -> Mail:
    """What was typed can be changed again, and must be validated again."""
    return compose(
        dossier,
        title="Votre demande est à corriger",
        paragraphs=[
            f"Nous avons rouvert votre demande pour {wording.name(dossier)}. Tout ce que vous avez saisi est là : "
            "corrigez ce qui doit l’être, puis validez à nouveau à la dernière étape.",
            f"Motif : {reason}",
            "C’est à vous d’agir : nous reprenons la vérification dès que vous avez validé. Vous recevrez alors un "
            f"nouveau bordereau, qui remplace le précédent.{wording.kept(dossier)}",
        ],
        button=(RESUME, url),
        after=["Une question ? Appelez-nous."],
    )
