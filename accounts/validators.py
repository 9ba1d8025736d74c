from __future__ import annotations

from typing import Any

from django.contrib.auth.password_validation import UserAttributeSimilarityValidator
from django.core.exceptions import ValidationError

CLASSES = [
    ("une minuscule", str.islower),
    ("une majuscule", str.isupper),
    ("un chiffre", str.isdigit),
    ("un caractère spécial", lambda c: not c.isalnum() and not c.isspace()),
]


class CharacterClassesValidator:
    """A lower-case letter, an upper-case one, a digit and a special character (D-02, after CNIL's 2022 advice)."""

    def validate(self, password: str, user: Any = None) -> None:
        missing = [label for label, test in CLASSES if not any(test(c) for c in password)]
        if missing:
            raise ValidationError(f"Il manque {', '.join(missing)}.", code="password_classes")

    def get_help_text(self) -> str:
        return "Le mot de passe contient une minuscule, une majuscule, un chiffre et un caractère spécial."


class NotAboutOneselfValidator(UserAttributeSimilarityValidator):
    """Django's rule, said to the person."""

    def get_error_message(self) -> str:
        return "Il ressemble trop à votre %(verbose_name)s."
