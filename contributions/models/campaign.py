"""A year's campaign, and the reminders that were sent in it."""

from __future__ import annotations

import uuid
from datetime import date

from django.db import models
from django.db.models import Q
from django.utils import timezone

from contributions.states import ACCEPTING, CAMPAIGN_MOVES, CampaignState, MidYear
from core.dates import today


class Campaign(models.Model):
    """A year's call for declarations, set by staff, opened for every member in one action."""

    moves = CAMPAIGN_MOVES

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    year = models.PositiveIntegerField("année", unique=True)
    opens_on = models.DateField("ouverture le")
    deadline = models.DateField("à déclarer au plus tard le", help_text="Ce jour compris.")
    payment_days = models.PositiveSmallIntegerField("jours pour régler", default=30)
    midyear = models.CharField("salariés arrivés en cours d’année", max_length=4, choices=MidYear, default=MidYear.NONE)
    midyear_days = models.PositiveSmallIntegerField("jours de présence avant cotisation", default=31)
    penalties = models.TextField("pénalités", blank=True, help_text="Phrase montrée à l’adhérent et sur le bordereau.")
    announces = models.BooleanField(
        "annoncer l’ouverture par courriel",
        default=True,
        help_text="À chaque personne qui déclare, ou au représentant de l’entreprise qui n’a pas de compte.",
    )
    state = models.CharField(
        "état", max_length=8, choices=CampaignState, default=CampaignState.PREPARED, editable=False
    )
    # Staff confirmed an opening that lies ahead: the sweep opens it on its day.
    scheduled_at = models.DateTimeField("ouverture confirmée le", null=True, editable=False)
    opened_at = models.DateTimeField("ouverte le", null=True, editable=False)
    opened_count = models.PositiveIntegerField("déclarations préparées", default=0, editable=False)
    expected_count = models.PositiveIntegerField("adhérents concernés", default=0, editable=False)
    # How far an opening has come: keys of members are taken in order, this is the last one done.
    opened_up_to = models.UUIDField(null=True, editable=False)
    next_reminder = models.DateField("prochaine relance automatique le", null=True, editable=False)

    class Meta:
        verbose_name = "campagne de cotisation"
        verbose_name_plural = "campagnes de cotisation"
        ordering = ["-year"]
        permissions = [("run_campaign", "Peut ouvrir une campagne et relancer les adhérents")]
        constraints = [
            models.CheckConstraint(condition=Q(deadline__gte=models.F("opens_on")), name="campaign_dates_in_order")
        ]

    def __str__(self) -> str:
        return f"Cotisation {self.year}"

    @property
    def reference_day(self) -> date:
        """The day at which employees count: 1 January (C-04)."""
        return date(self.year, 1, 1)

    @property
    def last_day(self) -> date:
        return date(self.year, 12, 31)

    @property
    def accepts(self) -> bool:
        """Whether declarations may be filled in and validated, be it after the deadline."""
        return self.state in ACCEPTING

    @property
    def is_late(self) -> bool:
        """The deadline has gone by: one may still declare, and the penalties are told."""
        return today() > self.deadline


class ReminderWave(models.Model):
    """One sending of reminders to those who have not declared: by the calendar, or by staff.

    It is sent in batches, `up_to` being the last declaration done: a worker that dies leaves the rest to the next one.
    """

    class Kind(models.TextChoices):
        MONTH = "month", "30 jours avant la date limite"
        WEEK = "week", "7 jours avant la date limite"
        LATE = "late", "Le lendemain de la date limite"
        LAST = "last", "15 jours après la date limite"
        STAFF = "staff", "Relance demandée par le service"

    class Target(models.TextChoices):
        ALL = "all", "Tous ceux qui n’ont pas déclaré"
        SILENT = "silent", "Ceux qui n’ont rien commencé"
        STARTED = "started", "Ceux qui ont commencé sans valider"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="waves")
    kind = models.CharField("moment", max_length=5, choices=Kind)
    deadline = models.DateField("date limite d’alors")
    target = models.CharField("à qui", max_length=7, choices=Target, default=Target.ALL)
    # Who was reminded on that day or since is left in peace.
    spare_since = models.DateField("sauf ceux relancés depuis le")
    created_at = models.DateTimeField("lancée le", default=timezone.now)
    created_by = models.CharField("par", max_length=150)
    up_to = models.UUIDField(null=True)
    expected_count = models.PositiveIntegerField("déclarations à relancer", default=0)
    reminded_count = models.PositiveIntegerField("déclarations relancées", default=0)
    finished_at = models.DateTimeField("terminée le", null=True)

    class Meta:
        verbose_name = "relance de campagne"
        verbose_name_plural = "relances de campagne"
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "kind", "deadline"], condition=~Q(kind="staff"), name="automatic_wave_once"
            )
        ]
        indexes = [models.Index(fields=["created_at"], condition=Q(finished_at=None), name="wave_unfinished")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.campaign})"
