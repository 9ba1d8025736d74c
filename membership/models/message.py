"""What a company and the back office write to each other about a dossier (B-05)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from core.dates import today
from membership.models.application import Application


class DossierMessage(models.Model):
    """One message of the thread, written by the verbs of `membership.thread`; it is never changed."""

    application = models.ForeignKey(
        Application, verbose_name="dossier", on_delete=models.CASCADE, related_name="messages"
    )
    key = models.UUIDField("clé de la page", editable=False)  # of the page it was typed on: sent twice, it is one
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    author_name = models.CharField("par", max_length=150)
    from_staff = models.BooleanField("de notre service", default=False)
    text = models.TextField("message")
    sent_at = models.DateTimeField("envoyé le", default=timezone.now, editable=False)

    class Meta:
        verbose_name = "message d’un dossier"
        verbose_name_plural = "messages des dossiers"
        ordering = ["sent_at", "pk"]
        indexes = [models.Index(fields=["application", "sent_at"], name="dossier_thread")]

    def __str__(self) -> str:
        return f"{self.author_name}, {today(self.sent_at):%d/%m/%Y}"
