"""What passes the second step. All are django-otp's devices: the session names the one that let the person in, and
django-otp looks it up at each request, so that deleting or disabling a row closes the door at once."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_otp.models import Device, SideChannelDevice
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp.util import random_number_token

CODE_LENGTH = 6
CODE_LIFETIME = timedelta(minutes=10)
MAX_TRIES = 4  # the fourth wrong one voids the code (B4)
RECOVERY_CODES = 10
TRUST_LIFETIME = timedelta(days=30)


class CodeDevice(SideChannelDevice):
    """The mailbox or telephone that one session sends its codes to.

    There is one for each session that waits for a code, so that a code is worth nothing in another session (B7) and
    nobody's code is replaced by a stranger who knows the password. A new code keeps the count of wrong tries.
    Unconfirmed ones prove a new address or number, and let nobody in.
    """

    class Channel(models.TextChoices):
        MAIL = "mail", "courriel"
        SMS = "sms", "SMS"

    token = models.CharField(max_length=64, blank=True, null=True)  # a keyed hash, never the code
    channel = models.CharField(max_length=4, choices=Channel, blank=True)
    to = models.CharField("destinataire", max_length=254, blank=True)
    tries = models.PositiveSmallIntegerField("essais erronés", default=0)
    sent = models.PositiveSmallIntegerField("codes envoyés", default=0)
    sent_at = models.DateTimeField(null=True)
    spent_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = "code envoyé"
        verbose_name_plural = "codes envoyés"

    @property
    def is_void(self) -> bool:
        return self.tries >= MAX_TRIES

    @property
    def has_expired(self) -> bool:
        return bool(self.token) and timezone.now() >= self.valid_until

    def generate_token(self, length: int = CODE_LENGTH, valid_secs: int = 0, commit: bool = True) -> str:
        """A new code: kept hashed, returned to be sent."""
        code = str(random_number_token(length))
        self.token = self._hashed(code)
        self.sent_at = timezone.now()
        self.valid_until = self.sent_at + CODE_LIFETIME
        self.sent += 1
        if commit:
            self.save()
        return code

    def verify_token(self, token: str) -> bool:
        """Take the code, once. Called on a locked row (django_otp.verify_token), so of several at once one wins."""
        if self.spent_at or self.is_void or self.has_expired:
            return False
        if super().verify_token(self._hashed(token)):
            self.spent_at = timezone.now()
            self.save(update_fields=["spent_at"])
            return True
        self.count_wrong_try()
        return False

    def count_wrong_try(self) -> None:
        self.tries += 1
        self.save(update_fields=["tries"])

    def _hashed(self, code: str) -> str:
        return salted_hmac("accounts.code", f"{self.pk}:{code}", algorithm="sha256").hexdigest()


def _keyed(purpose: str, text: str) -> bytes:
    key = settings.FIELD_HASH_KEY.encode()
    return hmac.new(key, f"{purpose}:{text}".encode(), hashlib.sha256).digest()


class AppDevice(TOTPDevice):
    """An authenticator application. What the table holds is half of its secret: a stolen table makes no codes."""

    class Meta:
        proxy = True
        verbose_name = "application d’authentification"
        verbose_name_plural = "applications d’authentification"

    @property
    def bin_key(self) -> bytes:
        """The secret shared with the application: 160 bits, as RFC 4226 advises."""
        return _keyed("totp", self.key)[:20]


class RecoveryDevice(StaticDevice):
    """Ten codes on paper for who has lost the telephone. Each serves once, and is kept hashed."""

    class Meta:
        proxy = True
        verbose_name = "codes de secours"
        verbose_name_plural = "codes de secours"

    def verify_token(self, token: str) -> bool:
        return bool(super().verify_token(self.hashed(token)))

    @staticmethod
    def hashed(code: str) -> str:
        """As the column of django-otp holds it: 64 bits, of codes that have 50."""
        return _keyed("recovery", code).hex()[:16]


class TrustedBrowserQuerySet(models.QuerySet):
    def alive(self, **filters: Any) -> Self:
        return self.filter(confirmed=True, expires_at__gt=timezone.now(), **filters)

    def revoke(self) -> int:
        """Not trusted any more. Sessions that it let in pass the second step again at their next request."""
        return self.filter(confirmed=True).update(confirmed=False, revoked_at=timezone.now())


class TrustedBrowser(Device):
    """« Se souvenir de ce navigateur »: it passes the second step by its cookie, for thirty days (D-02)."""

    remembered = True  # core.access: good enough for everybody but staff

    token_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField("depuis le", default=timezone.now)
    last_used_at = models.DateTimeField("dernière connexion", default=timezone.now)
    expires_at = models.DateTimeField("jusqu’au")
    revoked_at = models.DateTimeField("retiré le", null=True)

    objects = TrustedBrowserQuerySet.as_manager()

    class Meta:
        verbose_name = "navigateur reconnu"
        verbose_name_plural = "navigateurs reconnus"
        ordering = ["-last_used_at"]

    def __str__(self) -> str:
        return self.name
