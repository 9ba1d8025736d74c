from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.models import SubjectMixin, SubjectQuerySet


class State(models.TextChoices):
    PENDING = "pending", "en préparation"
    READY = "ready", "prêt"
    FAILED = "failed", "en échec"


# All that may change once a document is issued: how far its rendering is.
RENDERING_FIELDS = {"state", "attempts", "error", "file", "sha256", "rendered_at", "claimed_at", "retry_at"}


class DocumentQuerySet(SubjectQuerySet):
    def update(self, **values: Any) -> int:
        _refuse_frozen(set(values))
        return super().update(**values)

    def due(self, moment) -> DocumentQuerySet:
        """Documents that wait for a rendering at `moment`."""
        return self.exclude(state=State.READY).filter(retry_at__lte=moment)

    def current(self) -> DocumentQuerySet:
        """The last version of each document: those that no correction replaces."""
        return self.filter(replaced_by=None)


class Document(SubjectMixin):
    """A PDF we issued. Its snapshot holds all that it shows and never changes; a correction is a new version.

    The row is written by `documents.issuing.issue`, in the transaction of what it documents; the file is rendered
    afterwards, once.
    """

    State = State

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.SlugField("type", max_length=40, editable=False)
    number = models.CharField("numéro", max_length=40, blank=True, editable=False)
    version = models.PositiveSmallIntegerField("version", default=1, editable=False)
    replaces = models.OneToOneField(
        "self",
        verbose_name="remplace",
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="replaced_by",
    )
    title = models.CharField("titre", max_length=200, editable=False)
    filename = models.CharField("nom du fichier", max_length=120, editable=False)
    template = models.CharField("modèle", max_length=100, editable=False)
    snapshot = models.JSONField("contenu", editable=False)
    created_at = models.DateTimeField("établi le", auto_now_add=True)

    state = models.CharField("état", max_length=10, choices=State, default=State.PENDING, editable=False)
    attempts = models.PositiveSmallIntegerField("essais", default=0, editable=False)
    error = models.CharField("erreur", max_length=200, blank=True, editable=False)
    claimed_at = models.DateTimeField("pris en charge le", null=True, editable=False)
    retry_at = models.DateTimeField("prochain essai", null=True, default=timezone.now, editable=False)
    file = models.FileField("fichier", max_length=80, blank=True, editable=False)
    sha256 = models.CharField("empreinte", max_length=64, blank=True, editable=False)
    rendered_at = models.DateTimeField("produit le", null=True, editable=False)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = "document"
        verbose_name_plural = "documents"
        ordering = ["created_at"]
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "created_at"]),
            models.Index(fields=["retry_at"], condition=~Q(state="ready"), name="document_due"),
            models.Index(fields=["state", "created_at"], condition=Q(state="failed"), name="document_failed"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="ready", rendered_at__isnull=False, retry_at=None) & ~Q(file="") & ~Q(sha256="")
                | Q(state__in=["pending", "failed"], rendered_at=None, retry_at__isnull=False, file="", sha256=""),
                name="document_ready_has_its_file",
            ),
            models.CheckConstraint(condition=~Q(state="failed") | ~Q(error=""), name="document_failed_says_why"),
            models.CheckConstraint(
                condition=Q(replaces=None, version=1) | Q(replaces__isnull=False, version__gt=1),
                name="document_version_names_what_it_replaces",
            ),
            models.UniqueConstraint(
                fields=["kind", "number", "version"], condition=~Q(number=""), name="document_number_once"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, **options: Any) -> None:
        """Write a new row. One that exists may only have its rendering fields written, and those by name."""
        if not self._state.adding:
            fields = options.get("update_fields")
            _refuse_frozen({field.attname for field in self._meta.concrete_fields} if fields is None else set(fields))
        super().save(**options)

    @property
    def is_ready(self) -> bool:
        return self.state == State.READY


def _refuse_frozen(fields: set[str]) -> None:
    frozen = fields - RENDERING_FIELDS
    if frozen:
        raise TypeError(f"an issued document never changes ({', '.join(sorted(frozen))}): issue a correction")
