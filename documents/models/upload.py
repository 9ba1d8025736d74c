from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.models import SubjectMixin


class Review(models.TextChoices):
    PENDING = "pending", "À vérifier"
    ACCEPTED = "accepted", "Accepté"
    REFUSED = "refused", "Refusé"


class Scan(models.TextChoices):
    """What the virus scanner said of the file as it arrived."""

    NONE = "none", "non analysé"  # there was no scanner
    CLEAN = "clean", "rien trouvé"
    HELD = "held", "en cours de vérification"  # no answer yet
    REFUSED = "refused", "refusé, non gardé"


class Upload(SubjectMixin):
    """A file somebody sent for a dossier, rebuilt as a clean PDF and stored under a name of ours.

    While it is held, `file` is the file as it arrived, encrypted; once refused for what is in it, there is no file.
    `pages`, `size` and `sha256` are the PDF's in any case.
    """

    Review, Scan = Review, Scan

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.SlugField("pièce", max_length=40, editable=False)
    name = models.CharField("nom du fichier", max_length=120, editable=False)
    position = models.PositiveIntegerField("rang", default=0, editable=False)
    pages = models.PositiveSmallIntegerField("pages", editable=False)
    size = models.PositiveIntegerField("taille", editable=False)
    sha256 = models.CharField("empreinte", max_length=64, editable=False)
    received_sha256 = models.CharField("empreinte du fichier reçu", max_length=64, editable=False)
    file = models.FileField("fichier", max_length=80, blank=True, editable=False)
    scan = models.CharField(
        "antivirus", max_length=10, choices=Scan, default=Scan.NONE, db_default=Scan.NONE, editable=False
    )
    scan_at = models.DateTimeField("prochaine vérification", null=True, editable=False)
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
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "position"]),
            models.Index(fields=["scan_at"], condition=Q(scan="held"), name="upload_held"),
        ]
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
            models.CheckConstraint(
                condition=Q(scan="refused", file="", review="refused")
                | ~Q(scan="refused") & ~Q(file="") & ~Q(sha256=""),
                name="upload_has_its_file",
            ),
            models.CheckConstraint(
                condition=Q(scan="held", scan_at__isnull=False) | ~Q(scan="held") & Q(scan_at=None),
                name="upload_held_is_scanned_later",
            ),
            models.CheckConstraint(condition=~Q(scan="held") | Q(review="pending"), name="upload_held_is_not_reviewed"),
            models.CheckConstraint(condition=Q(pages__gt=0, size__gt=0), name="upload_is_not_empty"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_held(self) -> bool:
        return self.scan == Scan.HELD

    @property
    def opens(self) -> bool:
        """Whether anybody may open it: not while it is held, never once it was refused for what is in it."""
        return self.scan in (Scan.NONE, Scan.CLEAN)
