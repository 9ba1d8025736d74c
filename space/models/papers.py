"""« Mes documents »: what staff publish for every member, and the attestations a member asks for."""

from __future__ import annotations

import uuid
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from core.dates import today
from documents.models import Document, Upload
from membership.models import Member


class Section(models.TextChoices):
    """Where a useful document stands on the page (A-40, A-41)."""

    GUARANTEES = "guarantees", "Garanties"
    FORMS = "forms", "Formulaires et bulletins"
    GUIDES = "guides", "Guides et tutoriels"
    OTHER = "other", "Autres documents"


class UsefulDocumentQuerySet(models.QuerySet):
    def published(self) -> Self:
        """What members read today."""
        day = today()
        return self.filter(
            Q(published_until=None) | Q(published_until__gte=day), published_from__lte=day, file__isnull=False
        )


class UsefulDocument(models.Model):
    """A document that staff publish for all members, from one day to another."""

    Section = Section

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField("titre", max_length=120)
    section = models.CharField("rubrique", max_length=12, choices=Section, default=Section.GUIDES)
    service = models.CharField(
        "service", max_length=60, blank=True, help_text="Qui le publie. Exemple : Prévention, Service Adhérents."
    )
    description = models.CharField("description", max_length=300, blank=True)
    position = models.PositiveSmallIntegerField("rang", default=0)
    published_from = models.DateField("publié du", default=today)
    published_until = models.DateField(
        "au", null=True, blank=True, help_text="Ce jour compris. Laissez vide pour ne pas fixer de fin."
    )
    file = models.OneToOneField(
        Upload, verbose_name="fichier", null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )

    objects = UsefulDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = "document utile"
        verbose_name_plural = "documents utiles"
        ordering = ["position", "title"]
        constraints = [
            models.CheckConstraint(
                condition=Q(published_until=None) | Q(published_until__gte=F("published_from")),
                name="useful_dates_in_order",
                violation_error_message="La fin de publication précède son début.",
            )
        ]

    def __str__(self) -> str:
        return self.title


class Attestation(models.Model):
    """What we certified to a member, with the code by which anyone checks the paper (B-13)."""

    class Kind(models.TextChoices):
        MEMBERSHIP = "adhesion", "Attestation d’adhésion"
        UP_TO_DATE = "cotisation", "Attestation de cotisations à jour"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(Member, verbose_name="adhérent", on_delete=models.PROTECT, related_name="attestations")
    kind = models.CharField("type", max_length=10, choices=Kind)
    number = models.CharField("numéro", max_length=20, unique=True)
    code = models.CharField("code de vérification", max_length=12, unique=True)
    issued_on = models.DateField("établie le")
    valid_until = models.DateField("valable jusqu’au")
    document = models.OneToOneField(Document, verbose_name="document", on_delete=models.PROTECT, related_name="+")
    asked_by = models.CharField("demandée par", max_length=150)
    created_at = models.DateTimeField("demandée le", default=timezone.now, editable=False)

    class Meta:
        verbose_name = "attestation"
        verbose_name_plural = "attestations"
        ordering = ["-issued_on", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["member", "kind", "issued_on"], name="one_attestation_of_a_kind_a_day"),
            models.CheckConstraint(condition=Q(valid_until__gte=F("issued_on")), name="attestation_dates_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"
