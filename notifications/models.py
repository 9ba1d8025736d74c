from __future__ import annotations

import uuid
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.fields import EncryptedTextField
from core.models import SubjectMixin
from documents.models import Document


class Message(SubjectMixin):
    """A mail, an SMS or a letter to send: a row written in the same transaction as what it tells.

    A letter is sent once staff have printed it (notifications.letters). A state only changes by conditional UPDATEs
    (notifications.outbox, notifications.sender), so that of two workers, two sweeps or two members of staff, one wins.
    """

    class Channel(models.TextChoices):
        MAIL = "mail", "Courriel"
        SMS = "sms", "SMS"
        LETTER = "letter", "Lettre postale"

    class State(models.TextChoices):
        QUEUED = "queued", "En attente"
        SENDING = "sending", "Envoi en cours"
        SENT = "sent", "Envoyé"
        RETRY = "retry", "Nouvel essai prévu"
        FAILED = "failed", "Échec définitif"

    WAITING = (State.QUEUED, State.RETRY)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    channel = models.CharField("canal", max_length=6, choices=Channel)
    to = models.CharField("destinataire", max_length=254)
    subject_line = models.CharField("objet", max_length=200, blank=True)
    content = models.JSONField("contenu", default=dict)
    # The address behind a private button, or a private SMS. Wiped once sent, or days after that failed for good.
    secret = EncryptedTextField(null=True, blank=True)
    attachments = models.ManyToManyField(
        Document, through="Attachment", related_name="+", verbose_name="pièces jointes"
    )
    dedupe_key = models.CharField("clé", max_length=200, unique=True)
    state = models.CharField("état", max_length=7, choices=State, default=State.QUEUED)
    # Perhaps received already: the link or the worker broke between the sending and its confirmation.
    ambiguous = models.BooleanField("peut-être reçu en double", default=False)
    attempts = models.PositiveSmallIntegerField("essais", default=0)
    next_attempt_at = models.DateTimeField("prochain essai", null=True, blank=True, default=timezone.now)
    claimed_at = models.DateTimeField("pris en charge le", null=True, blank=True)
    message_id = models.CharField("identifiant", max_length=300, editable=False)
    error = models.TextField("dernière erreur", blank=True)
    created_at = models.DateTimeField("créé le", default=timezone.now, db_index=True)
    sent_at = models.DateTimeField("envoyé le", null=True, blank=True)
    # A failure that staff have dealt with, or that needs nobody: told no more on the home page of the back office.
    # A letter: who printed it first, and when.
    handled_at = models.DateTimeField("traité le", null=True, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="traité par", null=True, blank=True, on_delete=models.SET_NULL
    )

    class Meta:
        verbose_name = "message"
        verbose_name_plural = "messages"
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["state", "next_attempt_at"], name="message_due"),
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(secret__isnull=False, state__in=["queued", "retry"]),
                name="message_urgent",
            ),
            models.Index(fields=["subject_type", "subject_id"], name="message_subject"),
            models.Index(
                fields=["state", "created_at"], condition=Q(state="failed", handled_at=None), name="message_failed"
            ),
            models.Index(
                fields=["channel", "created_at"],
                condition=Q(channel="letter", state__in=["queued", "retry"]),
                name="letter_waiting",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(channel__in=["mail", "sms", "letter"]), name="message_channel"),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "retry"], next_attempt_at__isnull=False, claimed_at=None)
                | Q(state="sending", next_attempt_at=None, claimed_at__isnull=False)
                | Q(state="sent", next_attempt_at=None, claimed_at=None, sent_at__isnull=False, secret__isnull=True)
                | Q(state="failed", next_attempt_at=None, claimed_at=None),
                name="message_state",
            ),
            models.CheckConstraint(
                condition=Q(handled_at=None) | Q(state__in=["failed", "sent"]), name="message_handled_once_ended"
            ),
        ]

    def __str__(self) -> str:
        return self.subject_line or self.get_channel_display()

    @classmethod
    def new_id(cls) -> dict[str, object]:
        """A key and the Message-ID that goes with it: the same however often the row is sent."""
        key = uuid.uuid4()
        return {"id": key, "message_id": f"<{key}@{urlsplit(settings.SITE_URL).hostname}>"}

    @property
    def is_letter(self) -> bool:
        return self.channel == self.Channel.LETTER

    @property
    def state_words(self) -> str:
        """« À imprimer » and « Imprimé » of a letter; else the label of its state."""
        words = {self.State.QUEUED: "À imprimer", self.State.RETRY: "À imprimer", self.State.SENT: "Imprimé"}
        return (self.is_letter and words.get(self.State(self.state))) or self.get_state_display()

    @property
    def needs_somebody(self) -> bool:
        """Whether it failed for good and nobody has dealt with that yet."""
        return self.state == self.State.FAILED and self.handled_at is None

    @property
    def is_private(self) -> bool:
        """Whether it carries a personal link or a code."""
        return bool(self.content.get("private"))

    def documents(self) -> list[Document]:
        """What is attached, in order. One query for many messages after `prefetch_related("attached__document")`."""
        return [attached.document for attached in self.attached.all()]


class Attachment(models.Model):
    """A document joined to a message, at its place."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attached")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+", verbose_name="document")
    position = models.PositiveSmallIntegerField("rang")

    class Meta:
        verbose_name = "pièce jointe"
        verbose_name_plural = "pièces jointes"
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["message", "position"], name="attachment_position")]

    def __str__(self) -> str:
        return str(self.document)


class CallbackRequest(models.Model):
    """Somebody asks to be called: the panel behind the telephone icon."""

    class Slot(models.TextChoices):
        SOON = "soon", "Dès que possible"
        MORNING = "morning", "Le matin"
        AFTERNOON = "afternoon", "L’après-midi"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField("nom", max_length=120)
    phone = models.CharField("téléphone", max_length=20)
    slot = models.CharField("moment préféré", max_length=10, choices=Slot, default=Slot.SOON)
    topic = models.CharField("sujet", max_length=300, blank=True)
    earlier = models.TextField("demandes précédentes", blank=True, editable=False)  # a line each, newest first
    asked_at = models.DateTimeField("demandé le", default=timezone.now, editable=False)
    done_at = models.DateTimeField("rappelé le", null=True, editable=False)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="rappelé par", null=True, editable=False, on_delete=models.SET_NULL
    )

    class Meta:
        verbose_name = "demande de rappel"
        verbose_name_plural = "demandes de rappel"
        ordering = ["-asked_at"]
        indexes = [models.Index(fields=["done_at", "asked_at"], name="callback_todo")]

    def __str__(self) -> str:
        return self.name
