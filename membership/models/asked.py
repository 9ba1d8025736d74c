from __future__ import annotations

from django.db import models

from core.models import Asked


class LinksAsked(Asked):
    """What somebody typed at « Reprendre mon dossier »."""

    email = models.EmailField(max_length=320)  # as many as the form takes

    class Meta(Asked.Meta):
        verbose_name = "demande de liens"
        verbose_name_plural = "demandes de liens"

    def __str__(self) -> str:
        return self.email
