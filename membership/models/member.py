from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from membership.models.establishment import Establishment
from membership.models.operator import Doctor, MedicalCentre


class Member(models.Model):
    """An adhérent, present or past. Past ones are kept: their unpaid invoices bar the way back (M-10, M-11)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    establishment = models.OneToOneField(
        Establishment, verbose_name="établissement", on_delete=models.PROTECT, related_name="member"
    )
    siret = models.CharField("SIRET", max_length=14, db_index=True)
    number = models.CharField("numéro d’adhérent", max_length=12, unique=True)
    joined_on = models.DateField("adhérent depuis le")
    left_on = models.DateField("parti le", null=True, blank=True)
    centre = models.ForeignKey(
        MedicalCentre, verbose_name="centre médical", null=True, blank=True, on_delete=models.PROTECT
    )
    doctor = models.ForeignKey(
        Doctor,
        verbose_name="médecin du travail",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="members",
    )
    users = models.ManyToManyField(
        settings.AUTH_USER_MODEL, verbose_name="comptes", blank=True, related_name="memberships"
    )

    class Meta:
        verbose_name = "adhérent"
        verbose_name_plural = "adhérents"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["siret"], condition=models.Q(left_on=None), name="one_present_member_per_siret"
            ),
            models.CheckConstraint(
                condition=models.Q(left_on=None) | models.Q(left_on__gte=models.F("joined_on")),
                name="left_after_joining",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.establishment}"


class UnpaidInvoice(models.Model):
    """An invoice of a member as the accounting system knows it; paid ones stay, with their date."""

    member = models.ForeignKey(Member, verbose_name="adhérent", on_delete=models.CASCADE, related_name="invoices")
    number = models.CharField("numéro", max_length=30)
    amount = models.DecimalField("montant TTC", max_digits=10, decimal_places=2)
    due_on = models.DateField("échéance")
    paid_on = models.DateField("réglée le", null=True, blank=True)

    class Meta:
        verbose_name = "facture"
        verbose_name_plural = "factures des adhérents"
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["member", "number"], name="invoice_once"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="invoice_amount_positive"),
        ]

    def __str__(self) -> str:
        return self.number
