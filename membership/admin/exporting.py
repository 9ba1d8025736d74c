"""The list that the work queue shows, whole, as a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.exporting import table_response
from core.sheets import Column
from membership.admin import words
from membership.admin.queue import Asked
from membership.states import State

COLUMNS = [
    Column("Référence", 16),
    Column("Raison sociale", 36),
    Column("SIRET", 18),
    Column("État", 30),
    Column("À faire", 26),
    Column("Validé le", 12, is_date=True),
    Column("En attente depuis", 16, is_date=True),
    Column("Échéance", 12, is_date=True),
    Column("Suivi par", 24),
]
_FIELDS = (
    *("reference", "establishment__name", "siret", "state", "queue", "submitted_at", "waiting_since", "due_on"),
    *("assigned_to__first_name", "assigned_to__last_name"),
)


@require_safe
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The dossiers of the tab or of the search in the address, as `xlsx` or `csv`, read as they are written."""
    if not request.user.has_perm("membership.view_application"):
        raise PermissionDenied
    rows = _rows(Asked.read(request.GET).rows(request.user))
    return table_response(kind, COLUMNS, rows, name="dossiers", title="Dossiers")


def _rows(found: Any) -> Iterator[list[Any]]:
    for reference, name, siret, state, queue, submitted, since, due_on, first, last in found.values_list(
        *_FIELDS
    ).iterator(chunk_size=2000):
        yield [
            *(reference or "Brouillon", name, siret, State(state).label, words.stage(queue, state)[0]),
            *(timezone.localdate(moment) if moment else None for moment in (submitted, since)),
            *(due_on, f"{first or ''} {last or ''}".strip()),
        ]
