"""The customer's authorisation to debit his account (SEPA Core), signed online with a code."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.fields import EncryptedTextField, SearchHashField
from core.identifiers import mask_iban
from core.models import SubjectMixin, SubjectQuerySet
from documents.models import Document


class MandateState(models.TextChoices):
    DRAFT = "draft", "À signer"
    ABANDONED = "abandoned", "Abandonné"
    ACTIVE = "active", "En vigueur"
    SUSPENDED = "suspended", "Suspendu"
    REVOKED = "revoked", "Révoqué"
    LAPSED = "lapsed", "Caduc"


class Sequence(models.TextChoices):
    FIRST = "FRST", "Premier"
    RECURRING = "RCUR", "Suivant"


_UNSIGNED = (MandateState.DRAFT, MandateState.ABANDONED)


class MandateQuerySet(SubjectQuerySet["Mandate"]):
    def in_force(self) -> Self:
        """Those that may be debited."""
        return self.filter(state=MandateState.ACTIVE)

    def debitable_on(self, day: date) -> Self:
        """Those in force whose 36 months will not have passed by `day`."""
        return self.in_force().filter(lapses_on__gt=day)

    def signed(self) -> Self:
        return self.exclude(state__in=_UNSIGNED)


class Mandate(SubjectMixin):
    """« Mandat de prélèvement SEPA » of a customer, whichever he is. A change of account is another mandate.

    Moved by the verbs of `billing.mandates` only. Creditor and debtor are kept as the signed paper names them.
    """

    State = MandateState
    Sequence = Sequence

    # A mandate is never edited into another: what was signed stays as it was.
    moves = {
        MandateState.DRAFT: {MandateState.ACTIVE, MandateState.ABANDONED},
        MandateState.ACTIVE: {MandateState.SUSPENDED, MandateState.REVOKED, MandateState.LAPSED},
        MandateState.SUSPENDED: {MandateState.REVOKED, MandateState.LAPSED},
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    rum = models.CharField("référence unique du mandat", max_length=35, unique=True)
    state = models.CharField("état", max_length=9, choices=MandateState, default=MandateState.DRAFT, editable=False)
    sequence = models.CharField(
        "prochain prélèvement", max_length=4, choices=Sequence, default=Sequence.FIRST, editable=False
    )
    creditor = models.JSONField("créancier")  # {"name", "lines", "ics"}
    debtor_name = models.CharField("titulaire du compte", max_length=70)
    debtor_lines = models.JSONField("adresse du débiteur", default=list)
    iban = EncryptedTextField("IBAN", editable=False)
    iban_hash = SearchHashField(source="iban")
    bic = models.CharField("BIC", max_length=11, blank=True)
    # Of the signer. Notices go to those who answer for the customer (`billing.addressees`), here when nobody does.
    email = models.EmailField("signé depuis l’adresse", help_text="L’adresse qui a reçu le mandat signé.")
    replaces = models.OneToOneField(
        "self",
        verbose_name="remplace",
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="replaced_by",
    )
    document = models.OneToOneField(
        Document, verbose_name="mandat", editable=False, on_delete=models.PROTECT, related_name="+"
    )
    consents = models.JSONField("cases cochées", default=list, editable=False)  # word for word
    proof = models.JSONField("preuve de signature", default=dict, editable=False)  # see billing.mandate_proof
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField("préparé le", default=timezone.now, editable=False)
    signed_at = models.DateTimeField("signé le", null=True, editable=False)
    ended_at = models.DateTimeField("a pris fin le", null=True, editable=False)
    # 36 months after the signature or the last debit.
    lapses_on = models.DateField("caduc le", null=True, editable=False)

    objects = MandateQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = "mandat de prélèvement"
        verbose_name_plural = "mandats de prélèvement"
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "-created_at"], name="mandate_subject"),
            models.Index(fields=["lapses_on"], condition=Q(state__in=["active", "suspended"]), name="mandate_lapses"),
            models.Index(fields=["created_at"], condition=Q(state__in=["draft", "abandoned"]), name="mandate_unsigned"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id"], condition=Q(state="active"), name="one_active_mandate"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "abandoned"], signed_at=None, lapses_on=None)
                | ~Q(state__in=["draft", "abandoned"]) & Q(signed_at__isnull=False, lapses_on__isnull=False),
                name="mandate_signed_or_not",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["revoked", "lapsed"]) | Q(ended_at__isnull=False), name="mandate_end_is_dated"
            ),
        ]

    def __str__(self) -> str:
        return f"Mandat {self.rum}"

    @property
    def masked_iban(self) -> str:
        return mask_iban(self.iban)

    @property
    def is_draft(self) -> bool:
        return self.state == MandateState.DRAFT

    @property
    def is_active(self) -> bool:
        return self.state == MandateState.ACTIVE
