"""Which date triggers which verb of a campaign. There is one row a year, so that these cost nothing to look for."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from contributions import opening, reminders
from contributions.models import Campaign
from contributions.states import CampaignState
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
)
