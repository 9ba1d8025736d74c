"""Words that several pages of the back office share."""

from __future__ import annotations

from typing import Any

from django.utils.safestring import SafeString

from contributions.models import Declaration
from contributions.states import State
from core.dates import today
from core.templatetags.guichet import tag


def change(then: Any, now: Any) -> str:
    """« + 3,2 % », « égal », or nothing to compare with."""
    if now == then:
        return "égal"
    if not then:
        return ""
    rate = round(100 * (now - then) / then, 1)
    return f"{'+' if rate > 0 else '−'}\u00a0{abs(rate)}\u00a0%".replace(".", ",")


def stage_tag(row: Declaration) -> SafeString:
    """Where the member stands, as a label."""
    if row.state != State.DRAFT:
        return tag(row.get_state_display(), "good" if row.state == State.VALIDATED else "calm")
    if row.version > 1:
        return tag("Correction en cours", "wait")
    text = "En cours" if row.started_at else "Pas commencée"
    if row.campaign.deadline < today():
        return tag(f"{text}, en retard", "bad")
    return tag(text, "wait" if row.started_at else "")
