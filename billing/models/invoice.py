"""What was billed and what was received for it. The subject of an invoice is the customer, such as a member."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Self

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Round
from django.utils import timezone

from billing.amounts import NOTHING, balance
from core.models import SubjectMixin, SubjectQuerySet
from core.money import euros
from documents.models import Document


class Mode(models.TextChoices):
    """How a customer pays (D-18), and how money also comes in at the counter."""

    TRANSFER = "transfer", "Virement"
    DEBIT = "debit", "Prélèvement SEPA"
    CHEQUE = "cheque", "Chèque"
    CARD = "card", "Carte bancaire"
    CASH = "cash", "Espèces"


CARRIED = "carried"  # what a receipt is that came from another invoice: see `billing.excess`


# Rounded: SQLite adds decimals as floats.
OVERPAID = Q(total__lt=Round(F("paid") + F("credited"), precision=2))


class InvoiceQuerySet(SubjectQuerySet):
    def unsettled(self) -> Self:
        """Invoices that something is still due on."""
        return self.filter(kind=Invoice.Kind.INVOICE, settled_on=None)

    def overpaid(self) -> Self:
        """Invoices on which we owe money to the customer."""
        return self.filter(OVERPAID)


class Invoice(SubjectMixin):
    """An invoice, or the credit note that corrects one. Issued once, by `billing.invoicing`; never edited.

    Amounts are positive on both kinds. `paid`, `credited` and `settled_on` follow the receipts and the credits
    (`billing.settlement`): settled means that nothing is due. `document` is the PDF as first
    issued; « acquittée » is a later version of that document.
    """

    class Kind(models.TextChoices):
        INVOICE = "invoice", "Facture"
        CREDIT = "credit", "Avoir"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("type", max_length=7, choices=Kind, default=Kind.INVOICE)
    number = models.CharField("numéro", max_length=20, unique=True)
    corrects = models.ForeignKey(
        "self", verbose_name="corrige", null=True, on_delete=models.PROTECT, related_name="corrections"
    )
    title = models.CharField("objet", max_length=120)
    buyer_name = models.CharField("client", max_length=150)
    # {"name", "lines", "siret", "siren", "vat_number", "number", "email"}
    buyer = models.JSONField("coordonnées du client")
    issued_on = models.DateField("émise le")
    service_from = models.DateField("période du")
    service_to = models.DateField("au")
    due_on = models.DateField("échéance")
    mode = models.CharField("mode de règlement", max_length=8, choices=Mode, blank=True)
    lines = models.JSONField("lignes")  # [{"label", "quantity", "unit", "amount"}], amounts as decimal strings
    net = models.DecimalField("total HT", max_digits=12, decimal_places=2)
    vat_rate = models.DecimalField("taux de TVA", max_digits=5, decimal_places=2)
    vat = models.DecimalField("TVA", max_digits=12, decimal_places=2)
    total = models.DecimalField("total TTC", max_digits=12, decimal_places=2)
    paid = models.DecimalField("réglé", max_digits=12, decimal_places=2, default=Decimal("0.00"))
    credited = models.DecimalField("avoirs", max_digits=12, decimal_places=2, default=Decimal("0.00"))
    settled_on = models.DateField("acquittée le", null=True)
    remind_on = models.DateField("prochain rappel le", null=True, editable=False)  # see `billing.reminder_days`
    reminded_on = models.DateField("dernier rappel le", null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)  # what moved on it: a page sends it back
    document = models.OneToOneField(Document, verbose_name="document", on_delete=models.PROTECT, related_name="+")

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        verbose_name = "facture"
        verbose_name_plural = "factures et avoirs"
        ordering = ["-issued_on", "-number"]
        permissions = [("handle_money", "Peut enregistrer les règlements, prélèvements et relevés")]
        constraints = [
            models.CheckConstraint(condition=Q(total=Round(F("net") + F("vat"), precision=2)), name="invoice_adds_up"),
            models.CheckConstraint(
                # `paid` may be below zero: what was given back, of money that the bank took back afterwards.
                condition=Q(net__gte=0, vat__gte=0, credited__gte=0),
                name="invoice_amounts_positive",
            ),
            models.CheckConstraint(
                condition=Q(kind="invoice") | Q(corrects__isnull=False), name="credit_names_invoice"
            ),
        ]
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "-issued_on"], name="invoice_subject"),
            models.Index(fields=["due_on"], condition=Q(settled_on=None, kind="invoice"), name="invoice_due"),
            # « total IN … » of a bank statement; the kind is a parameter, from which SQLite would conclude nothing.
            models.Index(fields=["total"], condition=Q(settled_on=None), name="invoice_unsettled_total"),
            models.Index(fields=["remind_on"], condition=Q(remind_on__isnull=False), name="invoice_remind_on"),
            models.Index(fields=["-issued_on", "-number"], name="invoice_latest"),
            models.Index(fields=["id"], condition=OVERPAID, name="invoice_overpaid"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"

    @property
    def reference(self) -> str:
        """What the customer writes on a transfer: the number."""
        return self.number

    @property
    def balance(self) -> Decimal:
        """What is still due, in euros; below zero, what we owe the customer. Nothing is due on a credit note."""
        if self.kind == self.Kind.CREDIT:
            return NOTHING
        return balance(self.total, self.paid, self.credited)

    @property
    def left(self) -> Decimal:
        """What is still to be paid, never below zero."""
        return max(self.balance, NOTHING)

    @property
    def excess(self) -> Decimal:
        """What was paid too much."""
        return max(-self.balance, NOTHING)


class Receipt(models.Model):
    """Money received for an invoice. One entered by mistake, or returned by the bank, is cancelled and not deleted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    invoice = models.ForeignKey(Invoice, verbose_name="facture", on_delete=models.PROTECT, related_name="receipts")
    mode = models.CharField("mode", max_length=8, choices=[*Mode.choices, (CARRIED, "Report d’un trop-perçu")])
    amount = models.DecimalField(
        "montant", max_digits=12, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )
    received_on = models.DateField("reçu le")
    reference = models.CharField("référence", max_length=140, blank=True)
    statement_line = models.ForeignKey(
        "billing.StatementLine",
        verbose_name="ligne de relevé",
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="receipts",
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="saisi par", null=True, on_delete=models.SET_NULL, editable=False
    )
    recorded_at = models.DateTimeField("saisi le", default=timezone.now, editable=False)
    cancelled_at = models.DateTimeField("annulé le", null=True, editable=False)
    cancel_reason = models.CharField("motif d’annulation", max_length=300, blank=True, editable=False)

    class Meta:
        verbose_name = "règlement reçu"
        verbose_name_plural = "règlements reçus"
        ordering = ["-received_on", "-recorded_at"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="receipt_amount_positive"),
            models.CheckConstraint(
                condition=Q(cancelled_at=None, cancel_reason="") | Q(cancelled_at__isnull=False) & ~Q(cancel_reason=""),
                name="receipt_cancelled_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_mode_display()} de {euros(self.amount)}"
