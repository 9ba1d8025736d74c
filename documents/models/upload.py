from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.models import SubjectMixin


class Review(models.TextChoices):
    PENDING = "pending", "à vérifier"
    ACCEPTED = "accepted", "acceptée"
    REFUSED = "refused", "refusée"


class Upload(SubjectMixin):
    """A file somebody sent for a dossier, rebuilt as a clean PDF and stored under a name of ours."""

    Review = Review

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.SlugField("pièce", max_length=40, editable=False)
    name = models.CharField("nom du fichier", max_length=120, editable=False)
    position = models.PositiveIntegerField("rang", default=0, editable=False)
    pages = models.PositiveSmallIntegerField("pages", editable=False)
    size = models.PositiveIntegerField("taille", editable=False)
    sha256 = models.CharField("empreinte", max_length=64, editable=False)
    received_sha256 = models.CharField("empreinte du fichier reçu", max_length=64, editable=False)
    file = models.FileField("fichier", max_length=80, editable=False)
    uploaded_by = models.CharField("envoyé par", max_length=150, blank=True, editable=False)
    review = models.CharField("avis", max_length=10, choices=Review, default=Review.PENDING, editable=False)
    refusal_reason = models.CharField("motif du refus", max_length=500, blank=True, editable=False)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="vérifié par", null=True, editable=False, on_delete=models.SET_NULL
    )
    reviewed_at = models.DateTimeField("vérifié le", null=True, editable=False)
    created_at = models.DateTimeField("reçu le", auto_now_add=True)

    # True on what `uploads.accept` returns when this very file was there already; never stored.
    already_there = False

    class Meta:
        verbose_name = "pièce reçue"
        verbose_name_plural = "pièces reçues"
        ordering = ["position", "created_at"]
        indexes = [models.Index(fields=["subject_type", "subject_id", "position"])]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "kind", "received_sha256"], name="upload_same_file_once"
            ),
            models.CheckConstraint(
                condition=Q(review="refused") & ~Q(refusal_reason="")
                | Q(review__in=["pending", "accepted"], refusal_reason=""),
                name="upload_refused_says_why",
            ),
            models.CheckConstraint(
                condition=Q(review="pending", reviewed_at=None) | ~Q(review="pending") & Q(reviewed_at__isnull=False),
                name="upload_reviewed_has_a_date",
            ),
            models.CheckConstraint(condition=~Q(file="") & ~Q(sha256=""), name="upload_has_a_file"),
            models.CheckConstraint(condition=Q(pages__gt=0, size__gt=0), name="upload_is_not_empty"),
        ]

    def __str__(self) -> str:
        return self.name
