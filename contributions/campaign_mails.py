"""The mails of a campaign, one function each: the announcement, and the reminders before and after the deadline."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from contributions.models import Campaign, ReminderWave
from contributions.recipients import Recipient
from core.dates import french_date, today
from core.identifiers import format_siret
from core.text import counted
from membership.models import Member
from notifications.mail import Mail

BUTTON = "Faire ma déclaration"


@dataclass(frozen=True)
class Company:
    """What the mails say of a member."""

    pk: UUID
    number: str
    siret: str
    name: str
    headcount: int
    started: bool = False

    @property
    def called(self) -> str:
        return f"«\u00a0{self.name}\u00a0»" if self.name else f"l’établissement {format_siret(self.siret)}"

    @property
    def list_at_january(self) -> str:
        """« 12 salariés », « aucun salarié »."""
        return counted(self.headcount, "salarié", "salariés") if self.headcount else "aucun salarié"


def companies(members: Collection[UUID]) -> dict[UUID, tuple[str, str, str]]:
    """Number, SIRET and name of each of `members`, in one query."""
    rows = Member.objects.filter(pk__in=members).order_by()
    return {
        pk: (number, siret, name)
        for pk, number, siret, name in rows.values_list("pk", "number", "siret", "establishment__name")
    }


def opened(campaign: Campaign, company: Company, to: Recipient) -> Mail:
    """The campaign is open: what to do, by when (C-02)."""
    year, first = campaign.year, french_date(campaign.reference_day)
    # A campaign may be completed after its deadline: who is called then was not told before.
    by_when = "dès maintenant" if campaign.is_late else f"au plus tard le {french_date(campaign.deadline)}"
    return _mail(
        campaign,
        company,
        to,
        subject=f"Votre déclaration annuelle {year} est ouverte, à faire {by_when}",
        title=f"Votre déclaration annuelle {year} est ouverte",
        paragraphs=[
            f"La déclaration annuelle de {company.called} vous attend dans votre espace adhérent. Elle reprend votre "
            f"liste de salariés : {company.list_at_january} au {first}.",
            f"C’est à vous d’agir, {by_when} : vérifiez la liste, choisissez comment régler, validez. "
            "Si rien n’a changé depuis l’an dernier, quelques clics suffisent.",
        ],
    )


def before_deadline(campaign: Campaign, company: Company, to: Recipient) -> Mail:
    """Not declared yet, and the deadline comes near (B-03): what it costs to let it go by is said while one can act."""
    last_day = french_date(campaign.deadline)
    return _mail(
        campaign,
        company,
        to,
        subject=f"Rappel : déclaration annuelle {campaign.year} à faire au plus tard le {last_day}",
        title=f"Votre déclaration annuelle {campaign.year} est attendue",
        paragraphs=[
            f"Nous n’avons pas encore reçu la déclaration annuelle de {company.called}.{_started(company)}",
            f"C’est à vous d’agir, au plus tard le {last_day}{_days_left(campaign)}.",
            *_penalties(campaign),
        ],
        after=["Une difficulté pour déclarer ? Appelez-nous, nous le ferons avec vous."],
    )


def after_deadline(campaign: Campaign, company: Company, to: Recipient) -> Mail:
    """The deadline is past: it may still be declared, and what it may cost (B-03)."""
    last_day = french_date(campaign.deadline)
    return _mail(
        campaign,
        company,
        to,
        subject=f"Déclaration annuelle {campaign.year} en retard : vous pouvez encore la faire en ligne",
        title="Votre déclaration annuelle est en retard",
        paragraphs=[
            f"La déclaration annuelle {campaign.year} de {company.called} était attendue au plus tard le {last_day}. "
            f"Nous ne l’avons pas reçue.{_started(company)}",
            "C’est à vous d’agir, dès maintenant : la déclaration en ligne reste ouverte.",
            *_penalties(campaign),
        ],
        after=[
            "Vous avez quitté le service, ou vous n’employez plus personne ? Dites-le-nous, nous mettrons votre "
            "dossier à jour."
        ],
    )


def last_call(campaign: Campaign, company: Company, to: Recipient) -> Mail:
    """Fifteen days late: the last reminder that leaves by itself (B-03)."""
    last_day = french_date(campaign.deadline)
    return _mail(
        campaign,
        company,
        to,
        subject=f"Dernier rappel : déclaration annuelle {campaign.year} toujours attendue",
        title="Dernier rappel pour votre déclaration annuelle",
        paragraphs=[
            f"La déclaration annuelle {campaign.year} de {company.called} était attendue au plus tard le {last_day}. "
            f"Malgré nos rappels, nous ne l’avons pas reçue.{_started(company)}",
            "C’est à vous d’agir : déclarez en ligne, ou appelez-nous si quelque chose vous arrête. Sans nouvelles de "
            "votre part, nous vous appellerons.",
            *_penalties(campaign),
        ],
    )


Writer = Callable[[Campaign, Company, Recipient], Mail]
_BY_MOMENT: dict[str, Writer] = {
    ReminderWave.Kind.MONTH: before_deadline,
    ReminderWave.Kind.WEEK: before_deadline,
    ReminderWave.Kind.LATE: after_deadline,
    ReminderWave.Kind.LAST: last_call,
}


def reminder(kind: str, campaign: Campaign) -> Writer:
    """What a reminder says; that of staff says what is true today."""
    if campaign.deadline < today():
        return last_call if kind == ReminderWave.Kind.LAST else after_deadline
    return before_deadline if kind == ReminderWave.Kind.STAFF else _BY_MOMENT[kind]


def _mail(
    campaign: Campaign,
    company: Company,
    to: Recipient,
    *,
    subject: str,
    title: str,
    paragraphs: list[str],
    after: list[str] | None = None,
) -> Mail:
    facts: list[tuple[str, Any]] = [
        ("Entreprise", company.name),
        ("Numéro d’adhérent", company.number),
        ("SIRET", format_siret(company.siret)),
        ("À déclarer au plus tard le", french_date(campaign.deadline)),
    ]
    return Mail(
        to=to.email,
        subject=f"{subject} – {company.name}" if company.name else subject,  # an accountant gets one for each client
        title=title,
        greeting=f"Bonjour {to.name}," if to.name else "Bonjour,",
        paragraphs=paragraphs,
        facts=[(name, value) for name, value in facts if value],
        button=(BUTTON, settings.SITE_URL + reverse("contributions:home", args=[company.pk])),
        after=[*_first_login(company, to), *(after or [])],
    )


def _first_login(company: Company, to: Recipient) -> list[str]:
    if to.has_account:
        return []
    return [
        "Pas encore de compte ? Choisissez « Créer votre accès » sur la page de connexion : il vous faut votre numéro "
        f"d’adhérent ({company.number}), demandé sous le nom de «\u00a0Numéro de personne\u00a0», et votre SIRET "
        f"({format_siret(company.siret)})."
    ]


def _started(company: Company) -> str:
    return " Vous l’avez commencée : tout ce que vous avez saisi est gardé." if company.started else ""


def _days_left(campaign: Campaign) -> str:
    """« (il reste 7 jours) »: counted when the mail is written."""
    left = (campaign.deadline - today()).days
    if left <= 0:
        return " (c’est aujourd’hui)"
    return f" (il reste {counted(left, 'jour', 'jours')})"


def _penalties(campaign: Campaign) -> list[str]:
    return [campaign.penalties.strip()] if campaign.penalties.strip() else []
