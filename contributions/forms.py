"""What a person types in the four steps."""

from __future__ import annotations

from functools import cache
from typing import Any

from django import forms
from django.utils.safestring import SafeString

from billing.models.invoice import Mode
from contributions.models import Declaration
from contributions.pricing import amount_moved
from core.forms import GuichetForm, GuichetModelForm, WholeNumberField
from core.text import lower_first
from membership.forms.steps import EMAIL
from membership.models.establishment import Monitoring

MODES = (Mode.TRANSFER, Mode.DEBIT, Mode.CHEQUE)
MAX_SIMULATED = 9999


class NobodyForm(GuichetModelForm):
    """Step 2 when the list is empty: having nobody is an answer, given on purpose."""

    nobody = forms.BooleanField(
        label="Je confirme que l’entreprise n’employait aucun salarié au 1er janvier", required=False
    )

    class Meta:
        model = Declaration
        fields = ["nobody"]


class PaymentForm(GuichetModelForm):
    """Step 3: how the contribution will be paid (C-05, D-18)."""

    payment_mode = forms.ChoiceField(
        label="Mode de règlement", choices=[(mode.value, mode.label) for mode in MODES], widget=forms.RadioSelect
    )

    choice_hints = {
        "payment_mode": {
            Mode.TRANSFER: "Vous virez le montant de la facture, avec sa référence ou en scannant son code QR.",
            Mode.DEBIT: "Vous signez un mandat en ligne, une seule fois. Chaque prélèvement est annoncé avant sa date.",
            Mode.CHEQUE: "Vous l’envoyez par la poste, le numéro de la facture écrit au dos.",
        }
    }

    class Meta:
        model = Declaration
        fields = ["payment_mode"]

    def __init__(self, *args: Any, mandate: Any = None, **kwargs: Any):
        """`mandate`: the one in force, if any; its account is the one to debit."""
        super().__init__(*args, **kwargs)
        if mandate:
            said = f"Sur le compte {mandate.masked_iban}. Chaque prélèvement est annoncé avant sa date."
            self.choice_hints = {"payment_mode": {**self.choice_hints["payment_mode"], Mode.DEBIT: said}}


class FinalForm(GuichetModelForm):
    """Step 4: who declares (C-06). `shown` is the amount that was on the page: it is the one that is validated."""

    signer_last_name = forms.CharField(
        label="Nom", max_length=80, widget=forms.TextInput(attrs={"autocomplete": "family-name"})
    )
    signer_first_name = forms.CharField(
        label="Prénom", max_length=80, widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )
    signer_function = forms.CharField(
        label="Fonction dans l’entreprise",
        max_length=80,
        help_text="Exemple : gérante",
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )
    signer_email = forms.EmailField(
        label="Adresse électronique",
        help_text="Le bordereau de cotisation et la facture y sont envoyés dès la validation.",
        widget=forms.EmailInput(attrs=EMAIL),
    )
    certified = forms.BooleanField(
        label="Je certifie exacts la liste de mes salariés et les éléments de cette déclaration",
        error_messages={"required": "Cochez cette case pour valider : vous certifiez que la déclaration est exacte."},
    )

    layout = {"signer_last_name": "half", "signer_first_name": "half"}

    class Meta:
        model = Declaration
        fields = ["signer_last_name", "signer_first_name", "signer_function", "signer_email"]

    def __init__(self, *args: Any, shown: str = "", left_over: int = 0, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if left_over:
            self.fields["without_left_over"] = forms.BooleanField(
                label="Je valide sans les lignes restées à corriger dans « Mes salariés »",
                error_messages={"required": "Corrigez ces lignes, ou cochez cette case pour valider sans elles."},
            )
        self.shown = shown  # no field: it is no answer, and a change of it no conflict between two people

    def clean(self) -> Any:
        """A colleague changed the list meanwhile: what is validated is what was read."""
        super().clean()
        was = self.data.get("shown", "")
        if self.instance.is_draft and was and was != self.shown:
            self.add_error(None, amount_moved(was, self.shown))
        return self.cleaned_data


class SimulationForm(GuichetForm):
    """« Et si… »: more or fewer employees, by category. Stores nothing."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for category in Monitoring:
            self.fields[category.value] = WholeNumberField(
                label=f"Suivi {lower_first(category.label)}",
                required=False,
                min_value=-MAX_SIMULATED,
                max_value=MAX_SIMULATED,
            )

    layout = {category.value: "third" for category in Monitoring}

    @classmethod
    @cache
    def blank(cls) -> SafeString:
        """It as it stands on everybody's step 3, before anything is typed: written once."""
        return cls().render()

    def counts(self, present: dict[str, int]) -> dict[str, int]:
        """The headcount as imagined; nobody goes below zero."""
        return {
            category.value: max(present.get(category.value, 0) + (self.cleaned_data.get(category.value) or 0), 0)
            for category in Monitoring
        }
