"""The list of declarations that staff look at, whole, as a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponseBase
from django.utils import timezone

from billing.models.invoice import Mode
from contributions.states import State
from core.exporting import table_response
from core.sheets import Column

COLUMNS = [
    *(Column("Année", 8), Column("Numéro d’adhérent", 16), Column("Raison sociale", 36), Column("SIRET", 18)),
    *(Column("État", 18), Column("Effectif connu au 1er janvier", 14), Column("Effectif déclaré", 12)),
    *(Column("Cotisation attendue HT", 16), Column("Cotisation HT", 14), Column("Cotisation TTC", 14)),
    *(Column("Cotisation HT de l’an dernier", 16), Column("Mode de règlement", 18), Column("Facture", 16)),
    *(Column("Réglé", 12), Column("Commencée le", 14, is_date=True), Column("Validée le", 14, is_date=True)),
    Column("Dernière relance le", 16, is_date=True),
]
_FIELDS = (
    *("campaign__year", "member__number", "member__establishment__name", "member__siret", "state"),
    *("expected_headcount", "headcount", "expected_net", "net", "total", "net_before", "payment_mode"),
    *("invoice__number", "invoice__paid", "started_at", "validated_at", "reminded_on"),
)
_STATE, _MODE, _STARTED, _VALIDATED = 4, 11, 14, 15


def export(found: Any, kind: str) -> HttpResponseBase:
    """The declarations found, as `xlsx` or `csv`, read as they are written."""
    return table_response(kind, COLUMNS, _rows(found), name="declarations", title="Déclarations")


def _rows(found: Any) -> Iterator[list[Any]]:
    for values in found.values_list(*_FIELDS).iterator(chunk_size=2000):
        row = list(values)
        row[_STATE] = stage(row[_STATE], row[_STARTED])
        row[_MODE] = Mode(row[_MODE]).label if row[_MODE] else ""
        for place in (_STARTED, _VALIDATED):
            row[place] = timezone.localdate(row[place]) if row[place] else None
        yield row


def stage(state: str, started: Any) -> str:
    """Where a member stands, in words."""
    if state != State.DRAFT:
        return str(State(state).label)
    return "En cours" if started else "Pas commencée"
