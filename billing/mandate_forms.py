"""What a person types to sign a mandate: the account, the boxes and where to send the code, the code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from billing.pain008 import needs_address, town_of
from core.forms import GuichetForm, IbanField, IdentifierField, MobileField
from core.identifiers import BIC_EXAMPLE, Invalid, clean_bic, compact
from notifications.sms import sms_available

# The countries and territories of SEPA, by the letters their IBANs begin with (EPC409-09).
_COUNTRIES = (
    "AD AL AT BE BG CH CY CZ DE DK EE ES FI FR GB GI GR HR HU IE IS IT LI LT LU LV MC MD ME MK MT NL NO PL PT RO RS "
    "SE SI SK SM VA"
)
SEPA = frozenset(_COUNTRIES.split())
SMS, MAIL = "sms", "mail"
UNTICKED = "Cochez cette case pour signer le mandat."


def _bic(text: str) -> str:
    return clean_bic(text)


class BicField(IdentifierField):
    parse = staticmethod(_bic)
    attrs = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "class": "medium num"}
    example = f"8 ou 11 caractères, à côté de l’IBAN sur votre RIB. Exemple : {BIC_EXAMPLE}"


class IbanForm(GuichetForm):
    """The account to debit."""

    holder = forms.CharField(
        label="Titulaire du compte",
        max_length=70,
        help_text="Le nom de l’entreprise ou de la personne, comme sur le RIB.",
    )
    iban = IbanField(label="IBAN")
    bic = BicField(label="BIC", required=False)

    def __init__(self, *args: Any, lines: Sequence[str], **kwargs: Any):
        self.lines = list(lines)  # the debtor's address
        super().__init__(*args, **kwargs)

    def clean_iban(self) -> str:
        iban: str = self.cleaned_data["iban"]
        if iban[:2] not in SEPA:
            raise ValidationError(
                "Ce compte est tenu hors de la zone SEPA : il ne peut pas être prélevé. Choisissez un autre compte, ou "
                "réglez par virement."
            )
        if needs_address(iban) and not town_of(self.lines):
            raise ValidationError(
                "Ce compte est tenu hors de l’Espace économique européen : pour le prélever, il nous faudrait votre "
                "adresse, que nous n’avons pas. Choisissez un autre compte, ou réglez par virement."
            )
        return iban


class ConsentForm(GuichetForm):
    """The boxes, one by one, and where the code goes. `sentences` are what is ticked, word for word."""

    channel = forms.ChoiceField(label="Recevoir le code de signature", widget=forms.RadioSelect)
    phone = MobileField(label="Votre numéro de téléphone portable", help_text="Pour le SMS. Exemple : 06 12 34 56 78")

    def __init__(self, *args: Any, sentences: Sequence[str], email: str, **kwargs: Any):
        self.sentences = list(sentences)
        super().__init__(*args, **kwargs)
        self._offer(email)

    def _offer(self, email: str) -> None:
        choices = [(MAIL, f"Par courriel, à {email}")]
        if sms_available():
            choices.insert(0, (SMS, "Par SMS"))
            self.fields["phone"].required = self.data.get("channel", SMS) == SMS
        else:
            del self.fields["phone"]
        self.fields["channel"].choices = choices  # type: ignore[attr-defined]
        # A number we do not know yet is one more thing to type: the address, which we know, is proposed first.
        known = sms_available() and self.initial.get("phone")
        self.fields["channel"].initial = SMS if known else MAIL
        boxes = {
            f"box_{rank}": forms.BooleanField(label=sentence, error_messages={"required": UNTICKED})
            for rank, sentence in enumerate(self.sentences)
        }
        self.fields = {**boxes, **self.fields}

    @property
    def accepted(self) -> list[str]:
        """The sentences ticked."""
        return [text for rank, text in enumerate(self.sentences) if self.cleaned_data.get(f"box_{rank}")]


class CodeField(IdentifierField):
    """Six digits, however grouped."""

    attrs = {"inputmode": "numeric", "autocomplete": "one-time-code", "class": "short num"}

    @staticmethod
    def parse(text: str) -> str:
        digits = compact(text)
        if not (len(digits) == 6 and digits.isascii() and digits.isdigit()):
            raise Invalid("Le code compte six chiffres.")
        return digits


class CodeForm(GuichetForm):
    # « code_ » in its name keeps it out of the pages that offer an entry again (core.views.SECRET_NAMES).
    code_sent = CodeField(label="Code reçu", help_text="Six chiffres.")
