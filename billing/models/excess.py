"""What became of money paid too much."""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from billing.models.invoice import Invoice, Mode, Receipt
from core.fields import EncryptedTextField
from core.identifiers import mask_iban
from core.money import euros


class ExcessUse(models.Model):
    """Money that leaves an invoice on which too much was paid: to another invoice of the customer, or back to him.

    It counts against the receipts of the invoice (`billing.settlement`), so the ledger stays one: what was received,
    less what went on. Where it is carried, `receipt` is what the other invoice received. Written by `billing.excess`.
    """

    class Kind(models.TextChoices):
        CARRIED = "carried", "Reporté"
        REFUNDED = "refunded", "Remboursé"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    invoice = models.ForeignKey(Invoice, verbose_name="facture", on_delete=models.PROTECT, related_name="excess_uses")
    kind = models.CharField("ce qu’il est devenu", max_length=8, choices=Kind)
    amount = models.DecimalField(
        "montant", max_digits=12, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )
    made_on = models.DateField("fait le")
    mode = models.CharField("mode", max_length=8, choices=Mode, blank=True)
    iban = EncryptedTextField("IBAN du compte remboursé", blank=True)
    reference = models.CharField("référence", max_length=140, blank=True)
    receipt = models.OneToOneField(
        Receipt, verbose_name="règlement", null=True, on_delete=models.PROTECT, related_name="carried_from"
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="saisi par", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    recorded_at = models.DateTimeField("saisi le", default=timezone.now, editable=False)
    cancelled_at = models.DateTimeField("annulé le", null=True, editable=False)
    cancel_reason = models.CharField("motif d’annulation", max_length=300, blank=True, editable=False)

    class Meta:
        verbose_name = "trop-perçu rendu"
        verbose_name_plural = "trop-perçus rendus"
        ordering = ["-made_on", "-recorded_at"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="excess_use_amount_positive"),
            models.CheckConstraint(
                condition=Q(kind="carried", receipt__isnull=False, mode="")
                | Q(kind="refunded", receipt=None) & ~Q(mode=""),
                name="excess_use_carried_or_refunded",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at=None, cancel_reason="") | Q(cancelled_at__isnull=False) & ~Q(cancel_reason=""),
                name="excess_use_cancelled_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} : {euros(self.amount)}"

    @property
    def is_refund(self) -> bool:
        return self.kind == self.Kind.REFUNDED

    @property
    def masked_iban(self) -> str:
        return mask_iban(self.iban) if self.iban else ""
