"""Who may join (M-02, D-16): each refusal says why, and where to go instead."""

from __future__ import annotations

from dataclasses import dataclass

from membership.models import Application, ExcludedNaf, Member, ZoneCommune
from membership.states import CAME_TO_NOTHING, CLOSED

ALREADY_MEMBER = (
    "Cet établissement est déjà adhérent : connectez-vous à son espace adhérent, ou appelez-nous pour y avoir accès."
)


@dataclass(frozen=True)
class Refusal:
    reason: str
    where_to_go: str


def refusals(*, siret: str, commune_code: str, naf: str, headcount: int, agricultural: bool) -> list[Refusal]:
    """Every reason why this establishment cannot join, in the order it should be read; empty when it can.

    `siret` and `naf` are clean (14 digits, `6201Z`), `commune_code` is an INSEE code.
    """
    found = []
    if present_member(siret):
        found.append(
            Refusal(
                "Cet établissement est déjà adhérent.",
                "Créez votre accès à l’espace adhérent depuis la page de connexion, avec votre numéro d’adhérent et ce "
                "SIRET. Vous ne connaissez pas ce numéro ? Appelez-nous.",
            )
        )
    if agricultural:
        found.append(
            Refusal(
                "Les salariés du régime agricole sont suivis par la MSA.",
                "Adressez-vous au service santé-sécurité au travail de votre caisse de MSA.",
            )
        )
    if headcount < 1:
        found.append(
            Refusal(
                "Pour adhérer, il faut employer au moins un salarié.",
                "Revenez dès votre première embauche : la demande prend un quart d’heure. "
                "Travailleur indépendant, appelez-nous pour l’offre réservée aux indépendants.",
            )
        )
    if excluded := _exclusion(naf):
        found.append(Refusal(excluded.reason, excluded.where_to_go))
    if not ZoneCommune.objects.filter(commune=commune_code).exists():
        found.append(
            Refusal(
                "Cette commune n’est pas dans notre zone d’agrément.",
                "Trouvez le service de prévention et de santé au travail de votre commune auprès de la DREETS "
                "de votre région, ou appelez-nous : nous vous indiquerons le bon.",
            )
        )
    return found


def open_dossier(siret: str, *, besides: Application | None = None) -> Application | None:
    """The open request for this SIRET, if there is another one than `besides`."""
    others = Application.objects.filter(siret=siret).exclude(state__in=CLOSED)
    return others.exclude(pk=besides.pk).first() if besides else others.first()


def present_member(siret: str) -> Member | None:
    """Who is a member today with this SIRET."""
    return Member.objects.present().filter(siret=siret).first()


def may_begin_again(dossier: Application) -> bool:
    """Whether it came to nothing, and its establishment has not become a member since (B-01)."""
    return dossier.state in CAME_TO_NOTHING and not present_member(dossier.siret)


def _exclusion(naf: str) -> ExcludedNaf | None:
    """The most precise of the excluded beginnings of this code."""
    prefixes = [naf[:length] for length in range(2, 6)]
    return ExcludedNaf.objects.filter(prefix__in=prefixes).order_by("-prefix").first()
