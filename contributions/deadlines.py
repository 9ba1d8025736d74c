"""Which date triggers which verb: of a campaign, of which there is one row a year, and of declarations, by an index."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from billing.models import Invoice
from contributions import collecting, opening, reminders
from contributions.midyear import midyear_supplement
from contributions.models import Campaign, Declaration
from contributions.states import CampaignState, State
from contributions.waking import work_on_commit
from core.dates import today
from core.deadlines import Deadline, register
from core.journal import Actor


def _to_open(moment: datetime) -> QuerySet:
    """Confirmed by staff for a day that has come."""
    return Campaign.objects.filter(
        state=CampaignState.PREPARED, scheduled_at__isnull=False, opens_on__lte=today(moment)
    )


def _to_remind(moment: datetime) -> QuerySet:
    return Campaign.objects.filter(state=CampaignState.OPEN, next_reminder__lte=today(moment))


def _unfinished(moment: datetime) -> QuerySet:
    """Work that a worker began and did not end, or that none was woken for. It stays due until a worker has done it."""
    waves = reminders.ReminderWave.objects.filter(finished_at=None)
    return Campaign.objects.filter(Q(state=CampaignState.OPENING) | Q(pk__in=waves.values("campaign")))


def _open(campaign: Campaign, moment: datetime) -> None:
    opening.open_campaign(campaign, by=Actor.clock(), day=today(moment))


def _arrivals(moment: datetime) -> QuerySet:
    return Declaration.objects.filter(state=State.VALIDATED, midyear_on__lte=today(moment))


def _bill_arrivals(declaration: Declaration, moment: datetime) -> None:
    midyear_supplement(declaration, on=today(moment))


def _plan(invoice: Invoice, moment: datetime) -> None:
    collecting.plan(invoice, by=Actor.clock())


register(
    Deadline("campaign-opening", "ouvrir une campagne de cotisation", _to_open, _open),
    Deadline(
        "campaign-reminder",
        "relancer les adhérents qui n’ont pas déclaré",
        _to_remind,
        lambda campaign, moment: reminders.by_calendar(campaign, today(moment)),
    ),
    Deadline(
        "campaign-work",
        "reprendre une ouverture ou une relance interrompue",
        _unfinished,
        lambda campaign, moment: work_on_commit(),
    ),
    Deadline(
        "midyear-arrivals",
        "facturer les salariés arrivés en cours d’année",
        _arrivals,
        _bill_arrivals,
        alone=True,  # holds the list of the company before the declaration, and numbers an invoice
    ),
    Deadline(
        "debit-waiting",
        "prévoir le prélèvement d’une facture dont le mandat vient d’être signé",
        collecting.waiting,
        _plan,
        alone=True,  # holds the mandate before the invoice, and numbers a debit
    ),
)
