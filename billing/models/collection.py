"""Direct debits, and the files that carry them to the bank."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from billing.models.invoice import Invoice, Receipt
from billing.models.mandate import Mandate, Sequence
from core.fields import EncryptedTextField
from notifications.models import Message


class CollectionFile(models.Model):
    """A pain.008 file of one collection date: made once, never changed, the same at each download.

    Kept encrypted in the row and not on the disk: it holds whole IBANs, and lives or dies with the transaction that
    took the collections.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField("référence du fichier", max_length=35, unique=True)  # MsgId
    collects_on = models.DateField("date de prélèvement")
    schema = models.CharField("format", max_length=20)
    count = models.PositiveIntegerField("prélèvements")
    total = models.DecimalField("total", max_digits=14, decimal_places=2)
    sha256 = models.CharField("empreinte", max_length=64)
    content = EncryptedTextField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="préparé par", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField("préparé le", default=timezone.now)

    class Meta:
        verbose_name = "fichier de prélèvement"
        verbose_name_plural = "fichiers de prélèvement"
        ordering = ["-made_at"]
        constraints = [models.CheckConstraint(condition=Q(count__gt=0, total__gt=0), name="collection_file_not_empty")]

    def __str__(self) -> str:
        return f"Fichier {self.reference}"

    def save(self, **options: Any) -> None:
        """Write a new row; one that exists is what the bank has received."""
        if not self._state.adding:
            raise TypeError("a collection file never changes")
        super().save(**options)


class CollectionState(models.TextChoices):
    PLANNED = "planned", "Prévu"
    EXPORTED = "exported", "Transmis à la banque"
    COLLECTED = "collected", "Encaissé"
    RETURNED = "returned", "Rejeté"
    CANCELLED = "cancelled", "Annulé"


class Collection(models.Model):
    """One debit: of an invoice, by a mandate, on a day that was announced. Moved by `billing.collections` only."""

    State = CollectionState

    moves = {
        CollectionState.PLANNED: {CollectionState.EXPORTED, CollectionState.CANCELLED},
        CollectionState.EXPORTED: {CollectionState.COLLECTED, CollectionState.RETURNED},
        CollectionState.COLLECTED: {CollectionState.RETURNED},
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    invoice = models.ForeignKey(Invoice, verbose_name="facture", on_delete=models.PROTECT, related_name="collections")
    mandate = models.ForeignKey(Mandate, verbose_name="mandat", on_delete=models.PROTECT, related_name="collections")
    amount = models.DecimalField(
        "montant", max_digits=12, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )
    collects_on = models.DateField("date de prélèvement")
    end_to_end_id = models.CharField("référence de bout en bout", max_length=35, unique=True)
    state = models.CharField(
        "état", max_length=9, choices=CollectionState, default=CollectionState.PLANNED, editable=False
    )
    sequence = models.CharField("séquence", max_length=4, choices=Sequence, blank=True, editable=False)  # at export
    notice = models.ForeignKey(
        Message, verbose_name="annonce", null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    file = models.ForeignKey(
        CollectionFile,
        verbose_name="fichier",
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="lines",
    )
    receipt = models.OneToOneField(
        Receipt,
        verbose_name="règlement",
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="collection",
    )
    returned_on = models.DateField("rejeté le", null=True, editable=False)
    return_code = models.CharField("motif du rejet", max_length=4, blank=True, editable=False)
    # It ended for a reason that another mandate mends: with that one, what is still due is debited again.
    renewable = models.BooleanField("à prévoir avec un autre mandat", default=False, editable=False)
    due_again_on = models.DateField("à régler autrement depuis le", null=True, editable=False)  # once lost
    remind_on = models.DateField("prochain rappel le", null=True, editable=False)  # since: see `billing.reminding`
    created_at = models.DateTimeField("prévu le", default=timezone.now, editable=False)

    class Meta:
        verbose_name = "prélèvement"
        verbose_name_plural = "prélèvements"
        ordering = ["-collects_on", "end_to_end_id"]
        indexes = [
            models.Index(fields=["collects_on", "state"], name="collection_day"),
            models.Index(fields=["remind_on"], condition=Q(remind_on__isnull=False), name="collection_remind_on"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["invoice"], condition=Q(state__in=["planned", "exported"]), name="one_running_collection"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="collection_amount_positive"),
            models.CheckConstraint(
                condition=Q(state__in=["planned", "cancelled"], file=None, sequence="")
                | Q(state__in=["exported", "collected", "returned"], file__isnull=False) & ~Q(sequence=""),
                name="collection_exported_with_its_file",
            ),
            models.CheckConstraint(
                condition=~Q(state="returned") & Q(returned_on=None, return_code="")
                | Q(state="returned", returned_on__isnull=False) & ~Q(return_code=""),
                name="collection_return_says_why",
            ),
            models.CheckConstraint(
                condition=Q(renewable=False) | Q(state__in=["cancelled", "returned"]),
                name="collection_renewable_is_over",
            ),
        ]

    def __str__(self) -> str:
        return f"Prélèvement {self.end_to_end_id}"
