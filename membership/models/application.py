"""The dossier de pré-adhésion and what belongs to it."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Self

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Round
from django.utils import timezone

from billing.models import Invoice
from core.access import Visitor, linked_ids
from core.dates import today
from core.fields import EncryptedTextField
from core.money import euros
from documents.models import Document
from membership.models.establishment import Establishment
from membership.states import CLOSED, MOVES, Queue, State

LINK = "dossier"  # purpose of the links that open a dossier
DRAFT_REMINDER = timedelta(days=7)
DRAFT_LIFE = timedelta(days=60)
TOUCHED = ["updated_at", "remind_on", "purge_on"]  # columns that `touch` sets


class ApplicationQuerySet(models.QuerySet):
    def for_visitor(self, visitor: Visitor) -> Self:
        """The dossiers whose personal link this browser has opened. Staff have the admin."""
        return self.filter(pk__in=linked_ids(visitor, self.model, LINK))


class Application(models.Model):
    """One request to join, from its first step to the member number.

    `siret` repeats the establishment's, so that the database itself refuses a second open dossier for it. `queue` and
    `due_on` are derived by `settling.settle` and stored, so that the work queue reads an index and not a history.
    """

    moves = MOVES

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField("référence", max_length=20, unique=True, null=True, editable=False)
    establishment = models.OneToOneField(
        Establishment, verbose_name="établissement", on_delete=models.PROTECT, related_name="application"
    )
    siret = models.CharField("SIRET", max_length=14, blank=True, editable=False)
    state = models.CharField("état", max_length=12, choices=State, default=State.DRAFT, editable=False)
    contact_email = models.EmailField("adresse électronique de suivi", blank=True)

    confirmed_steps = models.JSONField(default=list, editable=False)
    typed = models.JSONField(default=dict, editable=False)

    representative_last_name = models.CharField("nom du représentant", max_length=80, blank=True)
    representative_first_name = models.CharField("prénom du représentant", max_length=80, blank=True)
    representative_function = models.CharField("fonction du représentant", max_length=80, blank=True)
    representative_email = models.EmailField("adresse électronique du représentant", blank=True)

    # The invoice « acquittée » of the membership (M-23), issued when the dossier is accepted.
    invoice = models.OneToOneField(
        Invoice, verbose_name="facture", null=True, editable=False, on_delete=models.PROTECT, related_name="application"
    )

    queue = models.CharField("file", max_length=8, choices=Queue, default=Queue.NONE, editable=False)
    due_on = models.DateField("à traiter au plus tard le", null=True, editable=False)
    waiting_since = models.DateTimeField("en attente depuis", null=True, editable=False)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="suivi par", null=True, blank=True, on_delete=models.SET_NULL
    )

    # Counts what happened to the dossier: a page sends it back, so that of two people acting at once one is told.
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField("créé le", default=timezone.now, editable=False)
    updated_at = models.DateTimeField("modifié le", default=timezone.now, editable=False)
    submitted_at = models.DateTimeField("validé le", null=True, editable=False)
    closed_at = models.DateTimeField("clos le", null=True, editable=False)

    unanswered_since = models.DateTimeField("message sans réponse depuis", null=True, editable=False)  # of the company

    # Deadlines (see membership/deadlines.py): the day from which each is due; empty when it is not running.
    remind_on = models.DateField("rappel du brouillon le", null=True, editable=False)
    purge_on = models.DateField("suppression du brouillon le", null=True, editable=False)
    relance_on = models.DateField("relance des pièces le", null=True, editable=False)
    last_call_on = models.DateField("dernier rappel le", null=True, editable=False)
    answer_by = models.DateField("réponse attendue au plus tard le", null=True, editable=False)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = "dossier de pré-adhésion"
        verbose_name_plural = "dossiers de pré-adhésion"
        ordering = ["-created_at", "pk"]
        permissions = [("process_application", "Peut instruire un dossier (tout sauf l’argent)")]
        constraints = [
            models.UniqueConstraint(
                fields=["siret"],
                condition=~Q(siret="") & ~Q(state__in=CLOSED),
                name="one_open_dossier_per_siret",
            ),
            models.CheckConstraint(
                condition=Q(state=State.DRAFT)
                | Q(reference__isnull=False, submitted_at__isnull=False) & ~Q(siret="") & ~Q(representative_email=""),
                name="submitted_means_identified",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=False, state__in=CLOSED)
                | Q(closed_at__isnull=True) & ~Q(state__in=CLOSED),
                name="closed_means_dated",
            ),
        ]
        indexes = [
            models.Index(fields=["queue", "due_on", "id"], name="dossier_queue", condition=~Q(queue="")),
            models.Index(fields=["assigned_to", "due_on", "id"], name="dossier_assigned", condition=~Q(queue="")),
            models.Index(fields=["due_on", "id"], name="dossier_due", condition=~Q(queue="")),
            models.Index(fields=["-submitted_at"], name="dossier_submitted"),
            models.Index(fields=["state", "-created_at"], name="dossier_state"),
            models.Index(fields=["-created_at"], name="dossier_newest"),
            models.Index(fields=["closed_at"], name="dossier_closed", condition=Q(closed_at__isnull=False)),
            models.Index(fields=["siret"], name="dossier_held", condition=Q(state=State.UNPAID, queue=Queue.COMPANY)),
            models.Index(
                fields=["unanswered_since", "id"],
                name="dossier_unanswered",
                condition=Q(unanswered_since__isnull=False),
            ),
            *(
                models.Index(fields=[day], name=f"dossier_{day}", condition=Q(**{f"{day}__isnull": False}))
                for day in ("remind_on", "purge_on", "relance_on", "last_call_on", "answer_by")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference or 'Brouillon'} {self.establishment}"

    @property
    def is_draft(self) -> bool:
        return self.state == State.DRAFT

    @property
    def is_open(self) -> bool:
        return self.state not in CLOSED

    @property
    def representative(self) -> str:
        return f"{self.representative_first_name} {self.representative_last_name}".strip()

    @property
    def mail_to(self) -> str:
        """Where to write about this dossier: the representative once known, else who began it."""
        return self.representative_email or self.contact_email

    def touch(self) -> None:
        """The person has just worked on it: its draft deadlines start again. Does not save (all of `TOUCHED`)."""
        self.updated_at = timezone.now()
        if self.is_draft:
            self.remind_on = today() + DRAFT_REMINDER
            self.purge_on = today() + DRAFT_LIFE


class Payment(models.Model):
    """Money received for a dossier. It is held until the dossier is accepted (M-18), or refunded (M-19)."""

    class Mode(models.TextChoices):
        TRANSFER = "transfer", "Virement"
        CHEQUE = "cheque", "Chèque"
        CARD = "card", "Carte bancaire"
        CASH = "cash", "Espèces"

    class State(models.TextChoices):
        HELD = "held", "Reçu, non encaissé"
        CASHED = "cashed", "Encaissé"
        TO_REFUND = "to_refund", "À rembourser"
        REFUNDED = "refunded", "Remboursé ou rendu"
        CANCELLED = "cancelled", "Annulé (erreur de saisie)"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="payments")
    mode = models.CharField("mode", max_length=8, choices=Mode)
    amount = models.DecimalField(
        "montant", max_digits=10, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )
    received_on = models.DateField("reçu le")
    reference = models.CharField(
        "référence", max_length=60, blank=True, help_text="Numéro de chèque, libellé du virement"
    )
    payer_iban = EncryptedTextField("IBAN du payeur", blank=True, help_text="Pour rembourser un virement")
    state = models.CharField("état", max_length=9, choices=State, default=State.HELD, editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="saisi par", null=True, on_delete=models.SET_NULL, editable=False
    )
    recorded_at = models.DateTimeField("saisi le", default=timezone.now, editable=False)

    class Meta:
        verbose_name = "règlement"
        verbose_name_plural = "règlements"
        ordering = ["received_on", "pk"]
        permissions = [("handle_payment", "Peut enregistrer et rembourser un règlement")]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive")]
        indexes = [models.Index(fields=["state"], name="payment_state")]

    def __str__(self) -> str:
        return f"{self.get_mode_display()} de {euros(self.amount)}"


class PieceRequest(models.Model):
    """A relance: what was asked of the company, when, and until when it may answer."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="piece_requests")
    pieces = models.JSONField("pièces demandées", default=list)  # kinds, see membership/pieces.py
    message = models.TextField("message", blank=True)
    asked_at = models.DateTimeField("demandé le", default=timezone.now)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    answer_by = models.DateField("réponse attendue au plus tard le")

    class Meta:
        verbose_name = "demande de pièces"
        verbose_name_plural = "demandes de pièces"
        ordering = ["asked_at", "pk"]

    def __str__(self) -> str:
        return f"Demande du {today(self.asked_at):%d/%m/%Y}"


class Proforma(models.Model):
    """The facture proforma of a dossier. Amounts are frozen when it is issued; `lines` is what the PDF shows."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="proforma")
    number = models.CharField("numéro", max_length=20, unique=True)
    issued_on = models.DateField("émise le")
    lines = models.JSONField("lignes")  # [{"label", "quantity", "unit", "amount"}], amounts as decimal strings
    net = models.DecimalField("total HT", max_digits=10, decimal_places=2)
    vat_rate = models.DecimalField("taux de TVA", max_digits=5, decimal_places=2)
    vat = models.DecimalField("TVA", max_digits=10, decimal_places=2)
    total = models.DecimalField("total TTC", max_digits=10, decimal_places=2)
    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "facture proforma"
        verbose_name_plural = "factures proforma"
        ordering = ["-issued_on", "-number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(total=Round(models.F("net") + models.F("vat"), precision=2)), name="proforma_adds_up"
            )
        ]

    def __str__(self) -> str:
        return self.number
