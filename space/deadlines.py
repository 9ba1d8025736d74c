"""Which date triggers which verb of the space."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.deadlines import Deadline, register
from space import requests
from space.models import MemberRequest
from space.models.requests import DRAFT_DAYS
from space.request_states import State


def _forgotten(moment: datetime):
    """Drafts that nobody has come back to."""
    return MemberRequest.objects.filter(state=State.DRAFT, last_at__lte=moment - timedelta(days=DRAFT_DAYS))


register(
    Deadline(
        "request-drafts",
        "supprimer un brouillon de demande abandonné",
        _forgotten,
        lambda request, moment: requests.discard_draft(request),
    ),
)
