from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from core.models.subject import SubjectMixin


class JournalEntry(SubjectMixin):
    """One thing that happened to a dossier: the timeline people see and the audit trail.

    `message` is a finished French sentence. `internal` entries are shown to staff only.
    """

    at = models.DateTimeField("le", default=timezone.now, editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="compte", null=True, editable=False, on_delete=models.SET_NULL
    )
    actor_name = models.CharField("par", max_length=150, editable=False)
    message = models.CharField("événement", max_length=500, editable=False)
    reason = models.TextField("motif", blank=True, editable=False)
    from_state = models.CharField(max_length=30, blank=True, editable=False)
    to_state = models.CharField(max_length=30, blank=True, editable=False)
    internal = models.BooleanField("interne", default=False, editable=False)

    class Meta:
        verbose_name = "entrée du journal"
        verbose_name_plural = "journal"
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["subject_type", "subject_id", "at"])]

    def __str__(self) -> str:
        return self.message
