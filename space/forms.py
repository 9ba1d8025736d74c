"""What people type in the frame of the space."""

from __future__ import annotations

from typing import Any

from django import forms

from core.forms import CommuneField, CommuneFieldsMixin, GuichetForm, PhoneField, PostcodeField, SiretField
from membership.forms.steps import EMAIL
from membership.models import Establishment
from space.changes import FIELDS


class CreateAccessForm(GuichetForm):
    """« Créer votre accès » (A-01)."""

    number = forms.CharField(
        label="Numéro de personne",
        max_length=20,
        help_text="Envoyé par nos services, sur votre récépissé d’adhésion : c’est votre numéro d’adhérent. "
        "Sinon, demandez-le à votre interlocuteur dédié. Exemple : A000123",
        widget=forms.TextInput(attrs={"class": "medium num", "autocomplete": "off", "autocapitalize": "characters"}),
    )
    siret = SiretField(label="SIRET de l’entreprise")


class CompanyForm(CommuneFieldsMixin, GuichetForm):
    """What is known of a company, to correct, and a message for the rest (A-06)."""

    name = forms.CharField(label=FIELDS["name"], max_length=150)
    trade_name = forms.CharField(label=FIELDS["trade_name"], max_length=150, required=False)
    street = forms.CharField(
        label=FIELDS["street"], max_length=120, required=False, help_text="Exemple : 4 chemin du Moulin"
    )
    street_more = forms.CharField(label=FIELDS["street_more"], max_length=120, required=False)
    floor = forms.CharField(label=FIELDS["floor"], max_length=120, required=False)
    locality = forms.CharField(label=FIELDS["locality"], max_length=120, required=False)
    postcode = PostcodeField(label=FIELDS["postcode"], required=False)
    commune = CommuneField(label=FIELDS["commune_name"], required=False)
    phone = PhoneField(label=FIELDS["phone"], required=False)
    email = forms.EmailField(
        label=FIELDS["email"], max_length=254, required=False, widget=forms.EmailInput(attrs=EMAIL)
    )
    message = forms.CharField(
        label="Autre chose à changer, ou à nous dire",
        max_length=2000,
        required=False,
        help_text="Contacts, adresses de facturation ou d’envoi des convocations, date du changement…",
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    layout = {
        "street_more": "half",
        "floor": "half",
        "postcode": "third",
        "commune": "two-thirds",
        "phone": "half",
        "email": "half",
    }

    def __init__(self, *args: Any, site: Establishment, **kwargs: Any):
        known = {name: getattr(site, name) for name in FIELDS}
        self.known_commune = (site.commune_code, site.commune_name)
        super().__init__(*args, initial={**known, "commune": site.commune_code}, **kwargs)
        for name in ("street", "postcode", "phone", "email"):  # corrected, not taken away
            self.fields[name].required = bool(known[name])
        self.fields["commune"].required = bool(site.commune_code)

    @property
    def values(self) -> dict[str, str]:
        """The answers, by column."""
        data = {name: value for name, value in self.cleaned_data.items() if name in FIELDS}
        code = self.cleaned_data["commune"]
        name = dict([self.known_commune, *self.fields["commune"].choices])[code] if code else ""  # type: ignore[attr-defined]
        return {**data, "commune_code": code, "commune_name": name}
