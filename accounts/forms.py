from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password

from accounts.models import User
from core.forms import GuichetForm


class PasswordForm(GuichetForm):
    """Choose a password, typed twice; the rule is D-02's."""

    # In the order of the page; static/js/guichet.js ticks each as soon as it is kept.
    RULES = (
        ("length", "au moins 12 caractères"),
        ("lower", "une minuscule"),
        ("upper", "une majuscule"),
        ("digit", "un chiffre"),
        ("special", "un caractère spécial, tel que - ! ? ou @"),
    )

    password = forms.CharField(
        label="Votre mot de passe",
        strip=False,
        help_text="Au moins 12 caractères, de quatre sortes.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "data-password-rule": ""}),
    )
    # « pass » in its name keeps it out of the pages that offer an entry again (core.views.SECRET_NAMES).
    password_again = forms.CharField(
        label="Confirmez votre mot de passe",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any):
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        validate_password(password, self.user)
        return password

    def clean(self) -> Any:
        super().clean()
        first, second = self.cleaned_data.get("password"), self.cleaned_data.get("password_again")
        if first and second and first != second:
            self.add_error("password_again", "Les deux mots de passe ne sont pas les mêmes. Tapez-les à nouveau.")
        return self.cleaned_data
