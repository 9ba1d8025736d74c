"""« Mes demandes »: what a company asks of us, and the thread of messages that answers it (B-05)."""

from __future__ import annotations

import re
import uuid
from datetime import date, timedelta
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.dates import today
from core.text import MAX_TEXT
from membership.models import Member
from space.request_states import MOVES, SENT, State

DRAFT_DAYS = 60  # a draft is kept so many days after it was last written
REOPEN_DAYS = 30  # a closed request is opened again by answering so many days after its closing
PLACEHOLDERS = ("{prénom}", "{entreprise}", "{référence}")


class RequestTheme(models.Model):
    """What a request is about. Staff word them as they like; a theme in use is hidden rather than deleted."""

    slug = models.SlugField("clé", max_length=40, unique=True, help_text="Sert dans les liens : « cotisation ».")
    label = models.CharField("thème", max_length=60, unique=True)
    position = models.PositiveSmallIntegerField("rang", default=0)
    active = models.BooleanField("proposé", default=True)

    class Meta:
        verbose_name = "thème de demande"
        verbose_name_plural = "thèmes de demande"
        ordering = ["position", "label"]

    def __str__(self) -> str:
        return self.label


class MemberRequestQuerySet(models.QuerySet):
    def sent(self) -> Self:
        """All but drafts, which are their author's alone."""
        return self.filter(state__in=SENT)

    def drafts_of(self, user: Any) -> Self:
        return self.filter(state=State.DRAFT, author=user)


class MemberRequest(models.Model):
    """One request of a company, from its draft on. It moves by the verbs of `space.requests` only."""

    State = State
    moves = MOVES

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(Member, verbose_name="adhérent", on_delete=models.PROTECT, related_name="requests")
    theme = models.ForeignKey(RequestTheme, verbose_name="thème", null=True, on_delete=models.PROTECT)
    reference = models.CharField("référence", max_length=20, null=True, unique=True, editable=False)
    subject = models.CharField("objet", max_length=120, blank=True)
    state = models.CharField("état", max_length=9, choices=State, default=State.DRAFT, editable=False)
    version = models.PositiveIntegerField("version", default=1, editable=False)
    folded = models.TextField(default="", editable=False)  # what a search looks in: no accents, no capitals

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="auteur",
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    author_name = models.CharField("envoyée par", max_length=150, editable=False)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="suivi par",
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_at = models.DateTimeField("commencée le", default=timezone.now, editable=False)
    last_at = models.DateTimeField("dernier échange", default=timezone.now, editable=False)
    sent_at = models.DateTimeField("envoyée le", null=True, editable=False)
    waiting_since = models.DateTimeField("en attente depuis", null=True, editable=False)
    due_on = models.DateField("réponse attendue le", null=True, editable=False)
    closed_at = models.DateTimeField("close le", null=True, editable=False)

    objects = MemberRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "demande"
        verbose_name_plural = "demandes des adhérents"
        ordering = ["-last_at", "pk"]
        permissions = [("answer_request", "Peut répondre aux demandes des adhérents")]
        indexes = [
            models.Index(fields=["member", "-last_at"], name="request_of_member"),
            models.Index(fields=["due_on", "id"], condition=Q(state__in=["open", "waiting"]), name="request_in_hand"),
            models.Index(fields=["assigned_to", "state"], name="request_keeper"),
            models.Index(fields=["last_at"], condition=Q(state="draft"), name="request_draft"),
            models.Index(fields=["closed_at"], condition=Q(closed_at__isnull=False), name="request_closed"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft", reference=None, sent_at=None)
                | ~Q(state="draft") & Q(reference__isnull=False, sent_at__isnull=False, theme__isnull=False),
                name="request_sent_has_its_reference",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["closed", "cancelled"], closed_at__isnull=False)
                | Q(state__in=["draft", "open", "waiting"], closed_at=None),
                name="request_closed_has_its_date",
            ),
        ]

    def __str__(self) -> str:
        return self.reference or "Brouillon"

    @property
    def is_draft(self) -> bool:
        return self.state == State.DRAFT

    @property
    def in_hand(self) -> bool:
        return self.state in (State.OPEN, State.WAITING)

    @property
    def reopens_until(self) -> date | None:
        """The last day on which answering opens a closed request again."""
        if self.state != State.CLOSED or self.closed_at is None:
            return None
        return today(self.closed_at) + timedelta(days=REOPEN_DAYS)

    @property
    def takes_answers(self) -> bool:
        until = self.reopens_until
        return self.in_hand or (until is not None and today() <= until)


class RequestMessage(models.Model):
    """One message of the thread. Until `sent_at` it is its author's draft; its attachments are uploads about it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(MemberRequest, on_delete=models.CASCADE, related_name="messages")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    author_name = models.CharField("par", max_length=150)
    from_staff = models.BooleanField("de notre service", default=False)
    text = models.TextField("message", blank=True)
    created_at = models.DateTimeField("commencé le", default=timezone.now, editable=False)
    sent_at = models.DateTimeField("envoyé le", null=True, editable=False)

    class Meta:
        verbose_name = "message"
        verbose_name_plural = "messages"
        ordering = ["sent_at", "created_at"]
        indexes = [models.Index(fields=["request", "sent_at"], name="message_in_thread")]

    def __str__(self) -> str:
        return f"{self.request} · {self.author_name}"


class CannedReply(models.Model):
    """A reply ready to use; staff choose it, it is filled in, and they correct it before it is sent."""

    title = models.CharField("titre", max_length=80, unique=True)
    theme = models.ForeignKey(
        RequestTheme,
        verbose_name="thème",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        help_text="Laissez vide pour la proposer dans toutes les demandes.",
    )
    text = models.TextField(
        "texte", max_length=MAX_TEXT, help_text=f"Mots remplacés automatiquement : {', '.join(PLACEHOLDERS)}."
    )
    position = models.PositiveSmallIntegerField("rang", default=0)

    class Meta:
        verbose_name = "réponse type"
        verbose_name_plural = "réponses types"
        ordering = ["position", "title"]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        unknown = [name for name in re.findall(r"\{[^{}]*\}", self.text) if name not in PLACEHOLDERS]
        if unknown:
            raise ValidationError(
                {"text": f"{unknown[0]} n’est pas remplacé. Utilisez seulement {', '.join(PLACEHOLDERS)}."}
            )
