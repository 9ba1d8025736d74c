from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from core.models.subject import SubjectMixin, SubjectQuerySet


class OneTimeCodeQuerySet(SubjectQuerySet["OneTimeCode"]):
    def living(self) -> Self:
        """Neither used nor void; perhaps too old to be typed, but still to be sent again."""
        return self.filter(spent_at=None, voided_at=None)

    def count_try(self, pk: uuid.UUID, limit: int, now: datetime) -> bool:
        """Take one of the tries left, in one UPDATE whatever comes at once; False when there is none."""
        open_one = self.living().filter(pk=pk, expires_at__gt=now, tries__lt=limit)
        return bool(open_one.update(tries=F("tries") + 1))


class OneTimeCode(SubjectMixin):
    """A six-digit code sent to somebody, to be typed once. The row counts its sendings and tries: sending it again
    makes other digits and forgives no try. Rows stay as evidence; the digits are in none of them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.SlugField("usage", max_length=30)
    digest = models.CharField(max_length=64)  # keyed hash of the digits of the last sending
    fingerprint = models.CharField("empreinte", max_length=64)  # SHA-256 of what was shown to who asked
    session = models.CharField(max_length=64)  # hash of the session that asked
    channel = models.CharField("canal", max_length=4)
    to = models.CharField("envoyé à", max_length=60)  # masked
    created_at = models.DateTimeField("demandé le", default=timezone.now)
    sent_at = models.DateTimeField("envoyé le", default=timezone.now)
    expires_at = models.DateTimeField("valable jusqu’au")
    sendings = models.PositiveSmallIntegerField("envois", default=1)
    tries = models.PositiveSmallIntegerField("essais", default=0)
    spent_at = models.DateTimeField("utilisé le", null=True)
    voided_at = models.DateTimeField("annulé le", null=True)

    objects = OneTimeCodeQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = "code à usage unique"
        verbose_name_plural = "codes à usage unique"
        ordering = ["created_at"]
        indexes = [models.Index(fields=["subject_type", "subject_id", "purpose"], name="code_subject")]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "purpose"],
                condition=Q(spent_at=None, voided_at=None),
                name="one_living_code",
            ),
            models.CheckConstraint(condition=Q(spent_at=None) | Q(voided_at=None), name="code_spent_or_void"),
        ]

    def __str__(self) -> str:
        return f"code envoyé à {self.to}"
