"""What is written to who has a request to come back to: its link, and that a draft does not wait for ever."""

from __future__ import annotations

from datetime import timedelta

from core.dates import french_date, today
from membership import links, wording
from membership.eligibility import may_begin_again
from membership.mails import FIND_AGAIN, FOLLOW, RESUME, compose
from membership.models import Application
from notifications.mail import Mail

_QUESTIONS = "Une question vous arrête ? Appelez-nous. Vous ne souhaitez plus adhérer ? Vous n’avez rien à faire."


def way_back(dossier: Application, url: str) -> Mail:
    """The link to come back to a dossier (B-01)."""
    what, valid = f"votre dossier {dossier.reference} pour {wording.name(dossier)}", ""
    if dossier.is_draft:
        title, button = "Votre dossier est enregistré", RESUME
        text = f"Reprenez votre demande pour {_name(dossier)} là où vous en étiez.{wording.kept(dossier)}"
    elif dossier.closed_at:
        title, button = "Votre lien vers votre dossier", FIND_AGAIN
        again = ", et pouvez recommencer sans rien ressaisir" if may_begin_again(dossier) else ""
        day = french_date(today(dossier.closed_at))
        text = f"Voici le lien vers {what}, clos le {day}. Vous y retrouvez vos documents{again}."
    else:
        title, button = "Votre lien vers votre dossier", FOLLOW
        text = f"Voici le lien vers {what}."
    if not dossier.is_draft:
        valid = f" et reste valable {links.LIFETIME.days} jours"
    to_do = "compléter" if dossier.is_open else "lire"
    return compose(
        dossier,
        title=title,
        paragraphs=[text],
        button=(button, url),
        after=[
            f"Ce lien est personnel{valid} : il ouvre votre dossier sans mot de passe. Ne le transmettez qu’à une "
            f"personne qui doit {to_do} le dossier avec vous.",
        ],
    )


def reminder(dossier: Application, url: str) -> Mail:
    """A draft waits, and will be deleted one day (B-01, B-03)."""
    return compose(
        dossier,
        title="Votre demande de pré-adhésion vous attend",
        paragraphs=[
            f"{_how_it_stands(dossier)} Tout ce que vous avez saisi est gardé : reprenez là où vous en étiez.",
            f"C’est à vous d’agir.{wording.deleted(dossier)}",
        ],
        button=(RESUME, url),
        after=[_QUESTIONS],
    )


def last_reminder(dossier: Application, url: str) -> Mail:
    """The draft is deleted in a few days (B-03)."""
    day = french_date(dossier.purge_on) if dossier.purge_on else ""
    gone = f" le {french_date(dossier.purge_on + timedelta(days=1))}" if dossier.purge_on else ""
    return compose(
        dossier,
        title=f"Dernier rappel : votre demande est gardée jusqu’au {day}",
        paragraphs=[
            f"{_how_it_stands(dossier)} C’est à vous d’agir, au plus tard le {day}.",
            f"Sans nouvelles de votre part, la demande et ses documents seront supprimés{gone}, et il faudrait tout "
            "ressaisir. Il suffit de changer quelque chose, ou de valider : la date est alors repoussée.",
        ],
        button=(RESUME, url),
        after=[_QUESTIONS],
    )


def _name(dossier: Application) -> str:
    return wording.name(dossier) if dossier.reference else wording.by_siret(dossier)


def _how_it_stands(dossier: Application) -> str:
    """A draft that has a reference was validated once: staff have opened it again (`corrections.reopen`)."""
    name = _name(dossier)
    if dossier.reference:
        return (
            f"Votre demande de pré-adhésion {dossier.reference} pour {name} a été rouverte pour être corrigée, et vous "
            "ne l’avez pas encore validée à nouveau."
        )
    return f"Vous avez commencé une demande de pré-adhésion pour {name} et ne l’avez pas encore validée."
