"""Which date triggers which verb, in the campaigns."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from contributions import collecting
from contributions.midyear import midyear_supplement
from contributions.models import Declaration
from contributions.states import State
from core.dates import today
from core.deadlines import Deadline, register
from core.journal import Actor


def _arrivals(moment: datetime) -> QuerySet:
    return Declaration.objects.filter(state=State.VALIDATED, midyear_on__lte=today(moment))


register(
    Deadline(
        "midyear-arrivals",
        "facturer les salariés arrivés en cours d’année",
        _arrivals,
        lambda declaration, moment: midyear_supplement(declaration, on=today(moment)),
    ),
    Deadline(
        "debit-waiting",
        "prévoir le prélèvement d’une facture dont le mandat vient d’être signé",
        collecting.waiting,
        lambda invoice, moment: collecting.plan(invoice, by=Actor.clock()),
    ),
)
