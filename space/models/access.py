from __future__ import annotations

from django.db import models

from core.models import Asked


class AccessAsked(Asked):
    """What somebody typed at « Créer votre accès »."""

    number = models.CharField(max_length=12)
    siret = models.CharField(max_length=14)

    class Meta(Asked.Meta):
        verbose_name = "demande d’accès"
        verbose_name_plural = "demandes d’accès"

    def __str__(self) -> str:
        return self.number
