"""What people type in the frame of the space."""

from __future__ import annotations

from django import forms

from core.forms import GuichetForm, SiretField
from membership.forms.company import CompanyForm


class CreateAccessForm(GuichetForm):
    """« Créer votre accès » (A-01)."""

    number = forms.CharField(
        label="Numéro de personne",
        max_length=20,
        help_text="C’est votre numéro d’adhérent : il figure sur votre récépissé d’adhésion. Vous ne le trouvez pas ? "
        "Demandez-le à votre interlocuteur dédié. Exemple : A000123",
        widget=forms.TextInput(attrs={"class": "medium num", "autocomplete": "off", "autocapitalize": "characters"}),
    )
    siret = SiretField(label="SIRET de l’entreprise")


class ChangeForm(CompanyForm):
    """What is known of a company, to correct, and a message for the rest (A-06)."""

    message = forms.CharField(
        label="Autre chose à changer, ou à nous dire",
        max_length=2000,
        required=False,
        help_text="Contacts, adresses de facturation ou d’envoi des convocations, date du changement…",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
