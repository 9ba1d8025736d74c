"""« Demander une modification » : what a company says of itself, that staff check before it counts (A-06)."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from membership.models import Member


class ChangeRequest(models.Model):
    """Old and new answers by field (see `space.changes.FIELDS`), and a message for what the form does not ask."""

    class State(models.TextChoices):
        WAITING = "waiting", "En attente de vérification"
        APPLIED = "applied", "Appliquée"
        REFUSED = "refused", "Refusée"

    moves = {State.WAITING: {State.APPLIED, State.REFUSED}}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(
        Member, verbose_name="adhérent", on_delete=models.CASCADE, related_name="change_requests", editable=False
    )
    state = models.CharField("état", max_length=8, choices=State, default=State.WAITING, editable=False)
    old = models.JSONField("avant", default=dict, editable=False)
    new = models.JSONField("demandé", default=dict, editable=False)
    message = models.TextField("message", blank=True, editable=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="compte",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
    )
    asked_by_name = models.CharField("demandé par", max_length=150, editable=False)
    asked_at = models.DateTimeField("demandé le", default=timezone.now, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="traité par",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
    )
    decided_at = models.DateTimeField("traité le", null=True, editable=False)
    reason = models.TextField("motif du refus", blank=True, editable=False)

    class Meta:
        verbose_name = "demande de modification"
        verbose_name_plural = "demandes de modification"
        ordering = ["-asked_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at=None) | ~Q(state="waiting") & Q(decided_at__isnull=False),
                name="change_decided_means_dated",
            )
        ]
        indexes = [
            models.Index(fields=["state", "asked_at"], name="change_state"),
            models.Index(fields=["member", "-asked_at"], name="change_member"),
            models.Index(fields=["decided_at"], name="change_decided", condition=Q(decided_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.member.establishment} · {self.get_state_display()}"
