from __future__ import annotations

import hashlib
import secrets
import uuid
from datetime import timedelta
from typing import Any, Self

from django.db import models
from django.utils import timezone

from core.models.subject import SubjectMixin, SubjectQuerySet, subject_key


def token_hash(token: str) -> str:
    """SHA-256 in hex. The token is 256 random bits, so no salt or slow hash is needed."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


class AccessLinkQuerySet(SubjectQuerySet["AccessLink"]):
    def alive(self, **about: Any) -> Self:
        """Those that still open something; `about` narrows them in the same step, which each page does."""
        return self.filter(revoked_at=None, spent_at=None, expires_at__gt=timezone.now(), **about)

    def find(self, token: str, purpose: str) -> AccessLink | None:
        """The link of this token, dead or alive; None when the token was never ours."""
        return self.filter(token_hash=token_hash(token), purpose=purpose).first()


class AccessLink(SubjectMixin):
    """A personal link sent by mail. The token is random, stored hashed and dated.

    Opening a link changes nothing, since mail scanners open links; what spends it, where it is single-use, is a POST.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(max_length=30)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    spent_at = models.DateTimeField(null=True, blank=True)

    objects = AccessLinkQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = "lien personnel"
        verbose_name_plural = "liens personnels"
        indexes = [
            models.Index(fields=["subject_type", "subject_id"]),
            models.Index(fields=["expires_at"], name="link_expires"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.id}"

    @classmethod
    def issue(cls, subject: models.Model, purpose: str, lifetime: timedelta) -> tuple[AccessLink, str]:
        """Make a link to `subject`; returns it with its token, which is stored nowhere."""
        token = secrets.token_urlsafe(32)
        now = timezone.now()
        link = cls.objects.create(
            **subject_key(subject),
            purpose=purpose,
            token_hash=token_hash(token),
            created_at=now,
            expires_at=now + lifetime,
        )
        return link, token

    @property
    def is_alive(self) -> bool:
        return self.revoked_at is None and self.spent_at is None and self.expires_at > timezone.now()

    def spend(self) -> bool:
        """Use the link once, for good. False when somebody was faster or it is dead."""
        return bool(type(self).objects.alive().filter(pk=self.pk).update(spent_at=timezone.now()))
