from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone


class AccessAsked(models.Model):
    """What somebody typed at « Créer votre accès », until a worker has looked whether it is right.

    The page only writes this row, right or wrong: what it answers, and how long it takes, tell nothing (B1).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=12)
    siret = models.CharField(max_length=14)
    asked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "demande d’accès"
        verbose_name_plural = "demandes d’accès"
        ordering = ["asked_at", "pk"]

    def __str__(self) -> str:
        return self.number
