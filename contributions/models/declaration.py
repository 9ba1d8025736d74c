"""Each member's declaration, the employees as declared, and those who arrived since."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import cached_property

from billing.models import Invoice
from billing.models.invoice import Mode
from contributions.models.campaign import Campaign
from contributions.states import MOVES, State, Way
from core.access import Visitor
from core.dates import french_date, today
from documents.models import Document
from membership.models import Employee, Member
from membership.models.establishment import Monitoring

# « A déclaré en retard », of validated ones: what came to staff counts from the day it came (`Declaration.is_late`).
DECLARED_LATE = Q(received_on__gt=F("campaign__deadline")) | Q(
    received_on=None, validated_at__date__gt=F("campaign__deadline")
)


class DeclarationQuerySet(models.QuerySet):
    def for_visitor(self, visitor: Visitor) -> Self:
        """Those of the companies the account may see."""
        return self.filter(member__in=Member.objects.for_visitor(visitor))

    def current(self) -> Self:
        """The last version of each declaration."""
        return self.exclude(state=State.REPLACED)


class Declaration(models.Model):
    """What one member declares for one year. Its list of employees is the member's own, at 1 January (D-21): nothing is
    copied before validation, which freezes it as `DeclaredEmployee`. A correction is a new version.
    """

    moves = MOVES

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    campaign = models.ForeignKey(
        Campaign, verbose_name="campagne", on_delete=models.PROTECT, related_name="declarations"
    )
    member = models.ForeignKey(Member, verbose_name="adhérent", on_delete=models.PROTECT, related_name="declarations")
    version = models.PositiveSmallIntegerField("version", default=1, editable=False)
    replaces = models.OneToOneField(
        "self", null=True, editable=False, on_delete=models.PROTECT, related_name="replaced_by"
    )
    state = models.CharField("état", max_length=9, choices=State, default=State.DRAFT, editable=False)

    confirmed_steps = models.JSONField(default=list, editable=False)
    typed = models.JSONField(default=dict, editable=False)

    # What the member's list said when the campaign opened: for the dashboard, and to tell who has nobody to declare.
    expected_headcount = models.PositiveIntegerField("effectif connu à l’ouverture", default=0, editable=False)
    expected_net = models.DecimalField(
        "cotisation attendue HT", max_digits=12, decimal_places=2, default=Decimal("0.00"), editable=False
    )

    nobody = models.BooleanField("aucun salarié, confirmé", default=False)
    payment_mode = models.CharField("mode de règlement", max_length=8, choices=Mode, blank=True)
    signer_last_name = models.CharField("nom", max_length=80, blank=True)
    signer_first_name = models.CharField("prénom", max_length=80, blank=True)
    signer_function = models.CharField("fonction", max_length=80, blank=True)
    signer_email = models.EmailField("adresse électronique", blank=True)

    # Set when staff validate it for the employer: how his word came, and when.
    came_by = models.CharField("reçue", max_length=5, choices=Way, blank=True, editable=False)
    received_on = models.DateField("reçue le", null=True, editable=False)

    # Set at validation.
    headcount = models.PositiveIntegerField("effectif déclaré", null=True, editable=False)
    lines = models.JSONField("lignes", default=list, editable=False)  # as billing.Invoice.lines
    net = models.DecimalField("cotisation HT", max_digits=12, decimal_places=2, null=True, editable=False)
    vat_rate = models.DecimalField("taux de TVA", max_digits=5, decimal_places=2, null=True, editable=False)
    vat = models.DecimalField("TVA", max_digits=12, decimal_places=2, null=True, editable=False)
    total = models.DecimalField("cotisation TTC", max_digits=12, decimal_places=2, null=True, editable=False)
    invoice = models.OneToOneField(
        Invoice, verbose_name="facture", null=True, editable=False, on_delete=models.PROTECT, related_name="declaration"
    )
    # A correction that no single invoice bears is credited in several notes, `invoice` being the first of them; and
    # what was invoiced for an arrival of the year is credited where the correction counts him after all.
    further_credits = models.ManyToManyField(
        Invoice, verbose_name="autres avoirs", editable=False, related_name="further_of"
    )
    bordereau = models.OneToOneField(Document, null=True, editable=False, on_delete=models.PROTECT, related_name="+")

    started_at = models.DateTimeField("commencée le", null=True, editable=False)
    updated_at = models.DateTimeField("modifiée le", default=timezone.now, editable=False)
    validated_at = models.DateTimeField("validée le", null=True, editable=False)
    validated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    reminded_on = models.DateField("dernière relance le", null=True, editable=False)
    # The day from which arrivals of the year are looked at again (see contributions/midyear.py); empty: never.
    midyear_on = models.DateField("arrivées examinées le", null=True, editable=False)

    objects = DeclarationQuerySet.as_manager()

    class Meta:
        verbose_name = "déclaration annuelle"
        verbose_name_plural = "déclarations annuelles"
        ordering = ["-campaign__year", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "member", "version"], name="declaration_version_once"),
            models.UniqueConstraint(
                fields=["campaign", "member"], condition=Q(state="draft"), name="one_draft_declaration"
            ),
            models.UniqueConstraint(
                fields=["campaign", "member"], condition=Q(state="validated"), name="one_valid_declaration"
            ),
            models.CheckConstraint(
                condition=Q(state="draft", validated_at=None)
                | ~Q(state="draft")
                & Q(validated_at__isnull=False, net__isnull=False, total__isnull=False, headcount__isnull=False),
                name="validated_means_priced",
            ),
            models.CheckConstraint(
                condition=Q(came_by="", received_on=None) | ~Q(came_by="") & Q(received_on__isnull=False),
                name="received_some_way_on_a_day",
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "state", "started_at"], name="declaration_progress"),
            models.Index(fields=["campaign", "state", "version"], name="declaration_counts"),
            models.Index(fields=["-updated_at", "-id"], name="declaration_latest"),
            models.Index(fields=["campaign", "-updated_at", "-id"], name="declaration_of_campaign"),
            models.Index(fields=["midyear_on"], name="declaration_midyear", condition=Q(midyear_on__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"Déclaration {self.campaign.year} de {self.member}"

    @property
    def is_draft(self) -> bool:
        return self.state == State.DRAFT

    @property
    def reference(self) -> str:
        """« DC-2027-A000123 », and « DC-2027-A000123-2 » for its first correction. Needs the member."""
        first = f"DC-{self.campaign.year}-{self.member.number}"
        return first if self.version == 1 else f"{first}-{self.version}"

    @cached_property
    def issued(self) -> list[Invoice]:
        """What its validation issued: an invoice, if any, then credit notes, if any."""
        if self.invoice is None:
            return []
        return [self.invoice, *(self.further_credits.order_by("number") if self.replaces_id else ())]

    @cached_property
    def last_year(self) -> Declaration | None:
        """What the member validated the year before: read once a page."""
        before = Declaration.objects.filter(campaign__year=self.campaign.year - 1, member=self.member_id)
        return before.filter(state=State.VALIDATED).select_related("campaign").first()

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many employees were there on 1 January, by their category of today: the member's list, read once a page.

        A list says one category for each, so a correction also takes up what changed later: its step 2 names whom."""
        everyone = Employee.objects.filter(establishment=self.member.establishment_id)
        there = everyone.present(self.campaign.reference_day).order_by()
        return dict(there.values_list("monitoring").annotate(number=models.Count("*")))

    @property
    def signer(self) -> str:
        return f"{self.signer_first_name} {self.signer_last_name}".strip()

    @property
    def origin(self) -> str:
        """« reçue sur papier le 5 février 2027 », of one that staff validated for the employer; else nothing."""
        return f"reçue {self.get_came_by_display()} le {french_date(self.received_on)}" if self.received_on else ""

    @property
    def is_late(self) -> bool:
        """Declared after the deadline, or not yet and it is over. What came to staff counts from the day it came."""
        day = self.received_on or (today(self.validated_at) if self.validated_at else today())
        return day > self.campaign.deadline

    def touch(self) -> None:
        """The person has just worked on it. Does not save."""
        self.updated_at = timezone.now()
        self.started_at = self.started_at or self.updated_at


class DeclaredEmployee(models.Model):
    """An employee as declared, kept as it was whatever becomes of the person's row."""

    declaration = models.ForeignKey(Declaration, on_delete=models.CASCADE, related_name="declared")
    employee = models.ForeignKey(Employee, null=True, on_delete=models.SET_NULL, related_name="declared")
    last_name = models.CharField("nom", max_length=80)
    first_name = models.CharField("prénom", max_length=80)
    birth_date = models.DateField("date de naissance")
    hired_on = models.DateField("date d’embauche")
    monitoring = models.CharField("type de suivi", max_length=3, choices=Monitoring)

    class Meta:
        verbose_name = "salarié déclaré"
        verbose_name_plural = "salariés déclarés"
        ordering = ["last_name", "first_name", "birth_date", "pk"]

    def __str__(self) -> str:
        return f"{self.last_name} {self.first_name}"


class Arrival(models.Model):
    """An employee who arrived in the year, and the invoice of his contribution: once per employee and year.

    The person is told by name and birth date as well: a row removed and entered again is the same person. `credit` is
    set once a correction of the declaration counts him, and has credited it.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="arrivals")
    member = models.ForeignKey(Member, verbose_name="adhérent", on_delete=models.PROTECT, related_name="arrivals")
    employee = models.ForeignKey(Employee, null=True, on_delete=models.SET_NULL, related_name="+")
    last_name = models.CharField("nom", max_length=80)
    first_name = models.CharField("prénom", max_length=80)
    birth_date = models.DateField("date de naissance")
    hired_on = models.DateField("date d’embauche")
    monitoring = models.CharField("type de suivi", max_length=3, choices=Monitoring)
    invoice = models.ForeignKey(Invoice, verbose_name="facture", on_delete=models.PROTECT, related_name="+")
    credit = models.ForeignKey(Invoice, verbose_name="avoir", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "arrivée en cours d’année"
        verbose_name_plural = "arrivées en cours d’année"
        ordering = ["last_name", "first_name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "member", "last_name", "first_name", "birth_date"],
                condition=Q(credit=None),
                name="arrival_billed_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.last_name} {self.first_name}"
