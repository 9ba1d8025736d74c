"""What the sweep does for the space: answers that no worker was woken for, drafts that nobody came back to."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet

from core.deadlines import Deadline, register
from space import entry, requests
from space.models import AccessAsked, MemberRequest
from space.models.requests import DRAFT_DAYS
from space.request_states import State


def _forgotten(moment: datetime) -> QuerySet:
    return MemberRequest.objects.filter(state=State.DRAFT, last_at__lte=moment - timedelta(days=DRAFT_DAYS))


register(
    Deadline(
        "access-asked",
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
)
