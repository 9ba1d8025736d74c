from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone


class Asked(models.Model):
    """What somebody typed on a public page, until a worker has looked whether there is an answer.

    The page only writes this row, right or wrong: what it says, and how long it takes, tell nothing (B1).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    asked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True
        ordering = ["asked_at", "pk"]
