"""What the sweep does for the space: answers that no worker was woken for, drafts that nobody came back to."""

from __future__ import annotations

from datetime import datetime, timedelta

from dateutil.relativedelta import relativedelta
from django.db.models import QuerySet

from core.deadlines import Deadline, register
from space import changes, entry, requests
from space.models import AccessAsked, ChangeRequest, MemberRequest
from space.models.requests import DRAFT_DAYS
from space.request_states import State

KEPT_YEARS = 3


def _forgotten(moment: datetime) -> QuerySet:
    return MemberRequest.objects.filter(state=State.DRAFT, last_at__lte=moment - timedelta(days=DRAFT_DAYS))


def _long_closed(moment: datetime) -> QuerySet:
    """Exchanges: three years after their end (docs/privacy.md)."""
    closed = MemberRequest.objects.filter(state__in=[State.CLOSED, State.CANCELLED])
    return closed.filter(closed_at__lt=moment - relativedelta(years=KEPT_YEARS))


def _long_decided(moment: datetime) -> QuerySet:
    """The same of a change asked for, once it was applied or refused."""
    return ChangeRequest.objects.filter(decided_at__lt=moment - relativedelta(years=KEPT_YEARS))


register(
    Deadline(
        entry.ASKED,
        "répondre à une demande d’accès",
        lambda moment: AccessAsked.objects.filter(asked_at__lte=moment),
        lambda asked, moment: entry.answer(asked),
    ),
    Deadline(
        "request-drafts",
        "supprimer un brouillon de demande abandonné",
        _forgotten,
        lambda request, moment: requests.discard_draft(request),
    ),
    Deadline(
        "request-purge",
        "effacer une demande close depuis trois ans",
        _long_closed,
        lambda request, moment: requests.delete(request),
    ),
    Deadline(
        "change-purge",
        "effacer une demande de modification traitée depuis trois ans",
        _long_decided,
        lambda change, moment: changes.delete(change),
    ),
)
