from __future__ import annotations

import uuid
from datetime import date
from typing import Self

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.access import Visitor
from core.dates import today
from membership.models.establishment import Establishment
from membership.models.operator import Doctor, MedicalCentre

RIGHTS = ("manages", "employees", "declares", "affiliates")  # columns of Access


class MemberQuerySet(models.QuerySet):
    def for_visitor(self, visitor: Visitor) -> Self:
        """The companies that the account may see today, by its own right or by delegation (B-06)."""
        if not visitor.user.is_authenticated:
            return self.none()
        return self.filter(pk__in=Access.objects.alive().filter(user=visitor.user).values("member"))

    def present(self, on: date | None = None) -> Self:
        """Who is a member on the day `on` (today): until the end of the last day, which may be entered in advance."""
        return self.filter(Q(left_on=None) | Q(left_on__gte=on or today()))


class Member(models.Model):
    """An adhérent, present or past. Past ones are kept: their unpaid invoices bar the way back (M-10, M-11)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    establishment = models.OneToOneField(
        Establishment, verbose_name="établissement", on_delete=models.PROTECT, related_name="member"
    )
    siret = models.CharField("SIRET", max_length=14, db_index=True)
    number = models.CharField("numéro d’adhérent", max_length=12, unique=True)
    joined_on = models.DateField("adhérent depuis le")
    left_on = models.DateField("fin d’adhésion", null=True, blank=True)
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
    adviser = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="chargé d’affaires",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="À qui l’entreprise s’adresse. Laissez vide pour afficher l’équipe.",
    )

    objects = MemberQuerySet.as_manager()

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
        indexes = [models.Index(fields=["left_on"], name="member_gone", condition=Q(left_on__isnull=False))]

    def __str__(self) -> str:
        return f"{self.number} {self.establishment}"

    @property
    def is_present(self) -> bool:
        """The same as `MemberQuerySet.present` today."""
        return self.left_on is None or self.left_on >= today()


class AccessQuerySet(models.QuerySet):
    def alive(self) -> Self:
        """Those that still open something today."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=today()), revoked_at=None)

    def lasting_managers(self) -> Self:
        """Those of people who manage today and will go on: the account is open, its password is made, no end is set."""
        return self._come().filter(manages=True, ends_on=None, revoked_at=None)

    def answering(self) -> Self:
        """Those of people who came, and may pay or sign for the company today."""
        return self._come().alive().filter(Q(manages=True) | Q(declares=True))

    def _come(self) -> Self:
        """Of people whose account is open and whose password is made: the address is theirs."""
        unusable = Q(user__password__startswith=UNUSABLE_PASSWORD_PREFIX) | Q(user__password="")
        return self.filter(user__is_active=True).exclude(unusable)


class Access(models.Model):
    """What an account may do for one company: the person's own right, or a delegation with an end date (B-06).

    Seeing the company's pages goes with every access; the four columns are what may be done besides.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="compte", on_delete=models.CASCADE, related_name="accesses"
    )
    member = models.ForeignKey(Member, verbose_name="adhérent", on_delete=models.CASCADE, related_name="accesses")
    manages = models.BooleanField(
        "administre l’espace", default=False, help_text="Invite d’autres personnes, demande des changements."
    )
    employees = models.BooleanField("tient la liste des salariés", default=False)
    declares = models.BooleanField("déclare et règle les cotisations", default=False)
    affiliates = models.BooleanField("affilie les salariés", default=False)
    ends_on = models.DateField("jusqu’au", null=True, blank=True)
    remind_on = models.DateField("rappel de la fin le", null=True, editable=False)
    invited_as = models.CharField("nom donné à l’invitation", max_length=160, blank=True, editable=False)
    last_used_at = models.DateTimeField("dernière visite le", null=True, editable=False)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    created_at = models.DateTimeField("depuis le", default=timezone.now, editable=False)
    revoked_at = models.DateTimeField("retiré le", null=True, editable=False)

    objects = AccessQuerySet.as_manager()

    class Meta:
        verbose_name = "droit d’accès"
        verbose_name_plural = "droits d’accès"
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "member"], condition=Q(revoked_at=None), name="one_access_per_person_and_company"
            )
        ]
        indexes = [
            models.Index(fields=["remind_on"], name="access_remind_on", condition=Q(remind_on__isnull=False)),
            models.Index(
                fields=["ends_on"], name="access_ends_on", condition=Q(ends_on__isnull=False, revoked_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.member}"

    @property
    def person(self) -> str:
        """Who holds it. Until he comes, by the name he was invited under: his account may have another one, which the
        inviter has no business to learn."""
        if self.invited_as and self.last_used_at is None:
            return self.invited_as
        return self.user.get_full_name() or self.user.email

    @property
    def rights(self) -> set[str]:
        """Of `RIGHTS`, those given."""
        return {name for name in RIGHTS if getattr(self, name)}


class UnpaidInvoice(models.Model):
    """An invoice of a member as the accounting system knows it; paid ones stay, with their date."""

    member = models.ForeignKey(Member, verbose_name="adhérent", on_delete=models.CASCADE, related_name="invoices")
    number = models.CharField("numéro", max_length=30)
    amount = models.DecimalField("montant TTC", max_digits=10, decimal_places=2)
    due_on = models.DateField("échéance")
    paid_on = models.DateField("réglée le", null=True, blank=True)

    class Meta:
        verbose_name = "facture antérieure"
        verbose_name_plural = "factures antérieures"
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["member", "number"], name="invoice_once"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="invoice_amount_positive"),
        ]

    def __str__(self) -> str:
        return self.number
