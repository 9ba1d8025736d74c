from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.models import User
from core.forms import GuichetForm, MobileField

EMAIL = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}


class LoginForm(GuichetForm):
    """The first step."""

    email = forms.EmailField(
        label="Identifiant (adresse électronique)",
        max_length=254,
        widget=forms.EmailInput(attrs=EMAIL),
        error_messages={"required": "Indiquez votre adresse électronique."},
    )
    password = forms.CharField(
        label="Mot de passe",
        strip=False,
        max_length=500,  # a hash of more costs time, and nobody types it
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Indiquez votre mot de passe."},
    )


class ConfirmForm(GuichetForm):
    """The password once more, before something that protects the account is changed."""

    password = forms.CharField(
        label="Votre mot de passe",
        strip=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Indiquez votre mot de passe."},
    )


class ForgottenForm(GuichetForm):
    email = forms.EmailField(
        label="Adresse électronique",
        help_text="Celle de votre compte.",
        max_length=254,
        widget=forms.EmailInput(attrs=EMAIL),
    )


class CodeForm(GuichetForm):
    """A code of six digits, or a recovery code. `trust=False` leaves out the box « Se souvenir »."""

    # « otp » in its name keeps it out of the pages that offer an entry again (core.views.SECRET_NAMES).
    otp = forms.CharField(
        label="Code à six chiffres",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "short num"}),
        error_messages={"required": "Tapez le code."},
    )
    remember = forms.BooleanField(label="Se souvenir de ce navigateur pendant 30 jours", required=False)

    def __init__(self, *args: Any, trust: bool = False, recovery: bool = False, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if not trust:
            del self.fields["remember"]
        if recovery:
            field = self.fields["otp"]
            field.label, field.help_text = "Code de secours", "Dix lettres et chiffres. Chaque code sert une fois."
            field.widget.attrs.update({"inputmode": "text", "autocomplete": "off", "class": "medium num"})


class EmailForm(GuichetForm):
    email = forms.EmailField(
        label="Nouvelle adresse électronique",
        help_text="Nous y envoyons un code. Elle devient votre identifiant une fois le code tapé.",
        max_length=254,
        widget=forms.EmailInput(attrs={**EMAIL, "autocomplete": "email"}),
    )


class PhoneForm(GuichetForm):
    phone = MobileField(
        label="Numéro de téléphone portable",
        help_text="Nous y envoyons un code par SMS. Exemple : 06 12 34 56 78",
    )


class PasswordForm(GuichetForm):
    """Choose a password, typed twice; the rule is D-02's. `other`: the present one is refused."""

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
        help_text="Au moins 12 caractères, avec une minuscule, une majuscule, un chiffre et un caractère spécial.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "data-password-rule": ""}),
    )
    # « pass » in its name keeps it out of the pages that offer an entry again (core.views.SECRET_NAMES).
    password_again = forms.CharField(
        label="Confirmez votre mot de passe",
        strip=False,
        error_messages={"required": "Tapez une seconde fois votre mot de passe."},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: User, other: bool = False, **kwargs: Any):
        self.user, self.other = user, other
        super().__init__(*args, **kwargs)

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        validate_password(password, self.user)
        if self.other and self.user.check_password(password):
            raise ValidationError("C’est votre mot de passe actuel. Choisissez-en un autre.", code="same")
        return password

    def clean(self) -> Any:
        super().clean()
        first, second = self.cleaned_data.get("password"), self.cleaned_data.get("password_again")
        if first and second and first != second:
            self.add_error("password_again", "Les deux mots de passe ne sont pas les mêmes. Tapez-les à nouveau.")
        return self.cleaned_data
