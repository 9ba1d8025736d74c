from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from core.models.subject import SubjectMixin


class PendingRow(SubjectMixin):
    """A row of an import or of a pasted list that is still to correct: what was typed, word for word, and why not yet.

    It becomes a row of its real table, and disappears here, once corrected.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.SlugField(max_length=30)  # which list of the subject: "employees", "contacts"
    line = models.PositiveIntegerField()  # line in the file, as the person's spreadsheet numbers it
    values = models.JSONField("ce qui était écrit", default=dict)  # field name -> text as typed
    errors = models.JSONField(default=dict)  # field name -> list of French sentences
    created_at = models.DateTimeField("reçue le", default=timezone.now, editable=False, db_index=True)

    class Meta:
        verbose_name = "ligne à corriger"
        verbose_name_plural = "lignes à corriger"
        ordering = ["line", "pk"]
        indexes = [models.Index(fields=["subject_type", "subject_id", "kind"])]

    def __str__(self) -> str:
        return f"ligne {self.line}"
