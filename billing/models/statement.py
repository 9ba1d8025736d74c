"""What the bank says came in: a statement, its incoming amounts, and the invoices each may be for."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from billing.models.invoice import Invoice
from core.money import euros


class BankStatement(models.Model):
    """A file from the bank, read once: the same file again is recognised by its fingerprint."""

    class Format(models.TextChoices):
        CAMT = "camt", "CAMT.053"
        TABLE = "table", "tableau"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    filename = models.CharField("fichier", max_length=120)
    format = models.CharField("format", max_length=5, choices=Format)
    fingerprint = models.CharField("empreinte", max_length=64, unique=True, editable=False)
    first_day = models.DateField("du", null=True)
    last_day = models.DateField("au", null=True)
    known = models.PositiveIntegerField("lignes déjà connues", default=0)
    outgoing = models.PositiveIntegerField("débits, laissés de côté", default=0)
    returned = models.JSONField("prélèvements rejetés", default=list)  # « PRL-2027-0000012 ; AM04 », to record
    imported_at = models.DateTimeField("déposé le", default=timezone.now)
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="déposé par", null=True, on_delete=models.SET_NULL
    )

    class Meta:
        verbose_name = "relevé bancaire"
        verbose_name_plural = "relevés bancaires"
        ordering = ["-imported_at", "pk"]

    def __str__(self) -> str:
        return f"Relevé {self.filename}"


class StatementLineQuerySet(models.QuerySet):
    def open(self) -> Self:
        """Those that somebody still has to look at."""
        return self.filter(state=StatementLine.State.OPEN)


class StatementLine(models.Model):
    """An amount received. It becomes receipts, or is set aside with a reason."""

    class State(models.TextChoices):
        OPEN = "open", "À rapprocher"
        MATCHED = "matched", "Rapprochée"
        ASIDE = "aside", "Mise de côté"

    class Certainty(models.TextChoices):
        NONE = "", "Aucune proposition"
        LIKELY = "likely", "À vérifier"
        CERTAIN = "certain", "Sûre"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField("rang", editable=False)
    fingerprint = models.CharField("empreinte", max_length=64, unique=True, editable=False)
    booked_on = models.DateField("date")
    amount = models.DecimalField("montant", max_digits=12, decimal_places=2)
    payer = models.CharField("payeur", max_length=140, blank=True)
    label = models.CharField("libellé", max_length=500, blank=True)
    reference = models.CharField("référence", max_length=140, blank=True)
    state = models.CharField("état", max_length=7, choices=State, default=State.OPEN)
    certainty = models.CharField("proposition", max_length=7, choices=Certainty, blank=True, default=Certainty.NONE)
    note = models.CharField("remarque", max_length=300, blank=True)  # why nothing, or nothing certain, is proposed
    reason = models.CharField("motif", max_length=300, blank=True)  # why it was set aside
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="traitée par", null=True, on_delete=models.SET_NULL
    )
    handled_at = models.DateTimeField("traitée le", null=True)
    # It is, or may be, the money of our own debits: of this file.
    debit_file = models.ForeignKey(
        "billing.CollectionFile",
        verbose_name="fichier de prélèvement",
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="statement_lines",
    )

    objects = StatementLineQuerySet.as_manager()

    class Meta:
        verbose_name = "ligne de relevé"
        verbose_name_plural = "lignes de relevé"
        ordering = ["booked_on", "position", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="statement_line_incoming"),
            models.CheckConstraint(condition=~Q(state="aside") | ~Q(reason=""), name="statement_line_aside_says_why"),
        ]
        indexes = [
            models.Index(fields=["statement", "state"], name="statement_line_state"),
            models.Index(fields=["id"], condition=Q(state="open"), name="statement_line_open"),
        ]

    def __str__(self) -> str:
        return f"{euros(self.amount)} du {self.booked_on:%d/%m/%Y}"


class Proposal(models.Model):
    """One invoice that a line may pay, and how much of the line goes to it."""

    line = models.ForeignKey(StatementLine, on_delete=models.CASCADE, related_name="proposals")
    invoice = models.ForeignKey(Invoice, verbose_name="facture", on_delete=models.CASCADE, related_name="+")
    amount = models.DecimalField("montant", max_digits=12, decimal_places=2, default=Decimal("0.00"))

    class Meta:
        verbose_name = "proposition"
        verbose_name_plural = "propositions"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["line", "invoice"], name="proposal_once")]

    def __str__(self) -> str:
        return f"{euros(self.amount)} pour {self.invoice}"
