"""What is forgotten of received files."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from core.dates import add_months, midnight, today
from core.deadlines import Deadline, register
from core.models import Finding

FINDING_MONTHS = 12  # docs/privacy.md


def _old(moment: datetime) -> QuerySet:
    return Finding.objects.filter(found_at__lt=midnight(add_months(today(moment), -FINDING_MONTHS)))


register(
    Deadline(
        "finding-purge",
        "oublier un fichier malveillant refusé",
        _old,
        lambda finding, moment: finding.delete(),
    )
)
