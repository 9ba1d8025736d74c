"""Which date triggers which verb of billing."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from billing import mandates, reminding
from billing.models import Mandate
from billing.models.mandate import MandateState
from core.dates import today
from core.deadlines import Deadline, register


def _unused(moment: datetime) -> QuerySet[Mandate]:
    running = Mandate.objects.filter(state__in=[MandateState.ACTIVE, MandateState.SUSPENDED])
    return running.filter(lapses_on__lte=today(moment))


register(
    Deadline("mandate-lapse", "rendre caduc un mandat inutilisé depuis 36 mois", _unused, mandates.lapse),
    Deadline(
        "mandate-draft-purge",
        "supprimer un mandat jamais signé",
        mandates.unsigned_since,
        lambda mandate, moment: mandates.forget_draft(mandate),
    ),
    Deadline("invoice-reminder", "rappeler une facture à régler", reminding.due, reminding.by_calendar),
    Deadline(
        "lost-debit-reminder",
        "rappeler une facture dont le prélèvement n’a pas eu lieu",
        reminding.debits_lost,
        reminding.after_lost_debit,
    ),
)
