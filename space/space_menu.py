"""The entries of the space itself (A-04)."""

from __future__ import annotations

from typing import Any

from space.company import Company
from space.menu import Card, Entry, register
from space.models import MemberRequest
from space.request_states import TONES, State

FEW = 3


def latest_requests(company: Company) -> dict[str, Any]:
    """« Mes dernières demandes » (A-05), in one query."""
    rows = MemberRequest.objects.sent().filter(member=company.member).defer("folded")[:FEW]
    return {"requests": [(row, TONES[State(row.state)]) for row in rows]}


register(
    Entry("home", "Accueil", "space:home", 10),
    Entry("requests", "Mes demandes", "space:requests", 50),
    Entry("documents", "Mes documents", "space:documents", 60),
    Card(40, latest_requests, "space/cards/requests.html"),
)
