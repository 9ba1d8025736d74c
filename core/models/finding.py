from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone

from core.models.subject import subject_key


class Finding(models.Model):
    """A received file in which the virus scanner found something. Of the file only the fingerprint is kept, no byte.

    `subject_type` and `subject_id` say what it was sent for; both are empty for a list that was to be imported.
    """

    found_at = models.DateTimeField("trouvé le", default=timezone.now, db_index=True, editable=False)
    signature = models.CharField("programme malveillant", max_length=100, editable=False)
    sha256 = models.CharField("empreinte du fichier", max_length=64, editable=False)
    size = models.PositiveIntegerField("taille", editable=False)
    subject_type = models.CharField(max_length=60, blank=True, editable=False)
    subject_id = models.UUIDField(null=True, editable=False)

    class Meta:
        verbose_name = "fichier malveillant refusé"
        verbose_name_plural = "fichiers malveillants refusés"
        ordering = ["-found_at"]

    def __str__(self) -> str:
        return self.signature

    @classmethod
    def note(cls, signature: str, *, size: int, sha256: str, subject: models.Model | None = None) -> Finding:
        key: dict[str, Any] = subject_key(subject) if subject is not None else {}
        return cls._default_manager.create(signature=signature, size=size, sha256=sha256, **key)
