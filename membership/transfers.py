"""Transfers for a dossier, known in a bank statement by the reference that the proforma has the company write.

What `billing.elsewhere` asks: billing matches the lines of statements with invoices, and a proforma is none.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse

from billing.elsewhere import Paper
from billing.models import StatementLine
from core.dates import french_date
from core.money import euros
from membership.models import Application, Payment
from membership.permissions import HANDLE_PAYMENT
from membership.states import State

# « PA-2027-000123 », or the proforma's own number « PF-2027-000123 », as people and banks write them; SEPA is neither.
_REFERENCE = re.compile(
    r"(?:\bP[\W_]?|(?<!SE)P)([AF])[\W_]*(2[\W_]*0[\W_]*\d[\W_]*\d)((?:[\W_]*\d){6})(?!\d)", re.IGNORECASE
)
_NOT_DIGITS = re.compile(r"\D")
# In which state money is recorded by which verb of the back office: its address, and what leads there.
_TOO_LATE = ("reglement-tardif", "Enregistrer un règlement arrivé trop tard")
_RECORDED_BY = {
    State.AWAITING: ("reglement", "Enregistrer un règlement"),
    State.RETURNED: _TOO_LATE,
    State.WITHDRAWN: _TOO_LATE,
}
_BATCH = 500


def references_in(text: str) -> list[str]:
    """The references of dossiers and the numbers of proformas that a text holds, as we write them, each once."""
    found = (
        f"P{letter.upper()}-{_NOT_DIGITS.sub('', year)}-{_NOT_DIGITS.sub('', rank)}"
        for letter, year, rank in _REFERENCE.findall(text)
    )
    return list(dict.fromkeys(found))


def papers(lines: Sequence[StatementLine]) -> list[Paper | None]:
    """The dossier that each line names first among those we know."""
    named = [references_in(f"{line.reference} {line.label}") for line in lines]
    known = _dossiers({reference for references in named for reference in references})
    payments = _payments(known.values())
    found: list[Paper | None] = []
    for line, references in zip(lines, named, strict=True):
        dossier = next((known[one] for one in references if one in known), None)
        if dossier is not None:
            received = (line.amount, line.booked_on)
            same = [one for one in payments[dossier.pk] if (one.amount, one.received_on) == received]
            found.append(_paper(dossier, same))
        else:
            unknown = f"Dossier d’adhésion inconnu : {', '.join(references)}"
            found.append(Paper(unknown) if references else None)
    return found


def _paper(dossier: Application, same: Sequence[Payment]) -> Paper:
    words = f"Règlement d’une adhésion (dossier {dossier.reference})"
    if same:
        done = f"Déjà enregistré sur ce dossier : {euros(same[0].amount)} le {french_date(same[0].received_on)}."
        return Paper(words, *_page(dossier, "change", "Voir le dossier"), "membership.view_application", done=done)
    if verb := _RECORDED_BY.get(State(dossier.state)):
        return Paper(words, *_page(dossier, *verb), HANDLE_PAYMENT, takes=True)
    return Paper(words, *_page(dossier, "change", "Voir le dossier"), "membership.view_application")


def _page(dossier: Application, name: str, action: str) -> tuple[str, str]:
    return reverse(f"admin:membership_application_{name}", args=[dossier.pk]), action


def _dossiers(references: set[str]) -> dict[str, Application]:
    """By each reference that leads to one."""
    found: dict[str, Application] = {}
    for column in ("reference", "proforma__number"):
        for part in _parts(references):
            rows = Application.objects.filter(**{f"{column}__in": part}).values_list(column, "pk", "reference", "state")
            found.update({name: Application(pk=pk, reference=own, state=state) for name, pk, own, state in rows})
    return found


def _payments(dossiers: Iterable[Application]) -> dict[UUID, list[Payment]]:
    """Those that count, or counted and were given back, of each dossier."""
    found: dict[UUID, list[Payment]] = defaultdict(list)
    for part in _parts({dossier.pk for dossier in dossiers}):
        rows: QuerySet[Payment] = Payment.objects.filter(application__in=part).exclude(state=Payment.State.CANCELLED)
        for payment in rows:
            found[payment.application_id].append(payment)
    return found


def _parts(keys: set[Any]) -> Iterable[list[Any]]:
    listed = sorted(keys)
    return (listed[start : start + _BATCH] for start in range(0, len(listed), _BATCH))
