"""What the sweep does for the space: answers that no worker was woken for."""

from __future__ import annotations

from core.deadlines import Deadline, register
from space import entry
from space.models import AccessAsked

register(
    Deadline(
        "access-asked",
        "répondre à une demande d’accès",
        lambda moment: AccessAsked.objects.filter(asked_at__lte=moment),
        lambda asked, moment: entry.answer(asked),
    )
)
