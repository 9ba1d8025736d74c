from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class UserManager(BaseUserManager):
    def create_user(self, email: str, password: str | None = None, **extra: Any) -> User:
        """A person who logs in. Without a password the account waits for its activation link."""
        user = self.model(email=normalise_email(email), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **extra)

    def get_by_natural_key(self, email: str) -> User:
        return self.get(email=normalise_email(email or ""))


def normalise_email(email: str) -> str:
    """Lower case: two accounts that differ by a capital letter are one person."""
    return email.strip().lower()


class User(AbstractUser):
    """Anyone who logs in, known by e-mail address."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = None  # type: ignore[assignment]
    email = models.EmailField("adresse électronique", unique=True)
    phone = models.CharField("téléphone", max_length=16, blank=True)  # confirmed by a code; in international form
    # Not `phone`: that one receives the person's codes and is nobody else's business.
    direct_line = models.CharField(
        "ligne directe",
        max_length=20,
        blank=True,
        help_text="Pour un compte du service : montrée aux adhérents que la personne suit.",
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    objects = UserManager()  # type: ignore[misc]

    class Meta:
        verbose_name = "compte"
        verbose_name_plural = "comptes"
        ordering = ["email"]
        # Whoever logs in is looked for in lower case. As the database lowers: SQLite knows the letters of ASCII only,
        # PostgreSQL those of its locale; `normalise_email` has lowered all of them before.
        constraints = [models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_lower_case")]

    def clean(self) -> None:
        self.email = normalise_email(self.email)
        super().clean()
