"""What is typed at steps 1, 2 and 7, and what the form of every step has in common."""

from __future__ import annotations

from typing import Any

from django import forms

from core.forms import (
    CommuneField,
    CommuneFieldsMixin,
    GuichetForm,
    NafField,
    PhoneField,
    PostcodeField,
    SiretField,
    WholeNumberField,
)
from core.naf import naf_label
from membership.eligibility import Refusal, open_dossier, refusals
from membership.models import Application

EMAIL = {"autocomplete": "email", "inputmode": "email", "spellcheck": "false"}


def checked_naf(code: str) -> str:
    """A clean code, or none, that the nomenclature knows."""
    if code and not naf_label(code):
        raise forms.ValidationError(
            "Ce code n’existe pas dans la nomenclature. Il figure sur votre avis de situation SIRENE et sur vos "
            "bulletins de paie. Exemple : 16.23Z"
        )
    return code


class DossierForm(GuichetForm):
    """A step's form: reads its answers from a dossier and writes them back."""

    def __init__(self, data: Any = None, files: Any = None, *, dossier: Any):
        self.dossier = dossier
        super().__init__(data, files, initial=self.read(dossier))

    def read(self, dossier: Application) -> dict[str, Any]:
        """The stored answers, by field name."""
        raise NotImplementedError

    def save(self) -> None:
        raise NotImplementedError


class EligibilityForm(CommuneFieldsMixin, DossierForm):
    """Step 1: may this establishment join? (M-02, D-16)"""

    siret = SiretField(label="SIRET de l’établissement")
    naf = NafField(label="Code NAF (APE)")
    postcode = PostcodeField(label="Code postal")
    commune = CommuneField()
    headcount = WholeNumberField(
        label="Nombre de salariés",
        min_value=0,
        max_value=100_000,
        help_text="Chaque salarié compte pour un, quel que soit son temps de travail.",
    )
    agricultural = forms.TypedChoiceField(
        label="Vos salariés relèvent-ils du régime agricole (MSA) ?",
        choices=[("non", "Non"), ("oui", "Oui")],
        coerce=lambda value: value == "oui",
        widget=forms.RadioSelect,
    )
    contact_email = forms.EmailField(
        label="Votre adresse électronique",
        help_text="Pour vous renvoyer le lien de votre dossier, si vous le quittez avant la fin.",
        widget=forms.EmailInput(attrs=EMAIL),
    )

    layout = {"postcode": "third", "commune": "two-thirds"}

    def __init__(self, *args: Any, **kwargs: Any):
        self.refusals: list[Refusal] = []
        self.other: Application | None = None
        super().__init__(*args, **kwargs)

    def read(self, dossier: Application) -> dict[str, Any]:
        site = dossier.establishment
        agricultural = "" if site.agricultural is None else "oui" if site.agricultural else "non"
        return {
            "siret": site.siret,
            "naf": site.naf,
            "postcode": site.postcode,
            "commune": site.commune_code,
            "headcount": site.headcount,
            "agricultural": agricultural,
            "contact_email": dossier.contact_email,
        }

    def clean_naf(self) -> str:
        return checked_naf(self.cleaned_data["naf"])

    def clean(self) -> Any:
        super().clean()
        if self.errors:
            return self.cleaned_data
        data = self.cleaned_data
        self.other = open_dossier(data["siret"], besides=self.dossier)
        if self.other:
            self.add_error(
                "siret",
                "Une demande est déjà ouverte pour ce SIRET. Nous pouvons renvoyer son lien à la personne qui l’a "
                "commencée.",
            )
            return data
        self.refusals = refusals(
            siret=data["siret"],
            commune_code=data["commune"],
            naf=data["naf"],
            headcount=data["headcount"],
            agricultural=data["agricultural"],
        )
        for refusal in self.refusals:
            self.add_error(None, f"{refusal.reason} {refusal.where_to_go}")
        return data

    def save(self) -> None:
        data, site = self.cleaned_data, self.dossier.establishment
        site.siret, site.naf, site.headcount = data["siret"], data["naf"], data["headcount"]
        site.agricultural = data["agricultural"]
        site.postcode, site.commune_code = data["postcode"], data["commune"]
        site.commune_name = dict(self.fields["commune"].choices)[data["commune"]]
        site.save()
        self.dossier.siret, self.dossier.contact_email = data["siret"], data["contact_email"]


class EstablishmentForm(DossierForm):
    """Step 2: the establishment (M-03). Its postcode and commune are known from step 1."""

    name = forms.CharField(
        label="Raison sociale", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    trade_name = forms.CharField(label="Enseigne", max_length=150, required=False)
    street = forms.CharField(
        label="Numéro et voie",
        max_length=120,
        help_text="Exemple : 4 chemin du Moulin",
        widget=forms.TextInput(attrs={"autocomplete": "address-line1"}),
    )
    street_more = forms.CharField(
        label="Complément d’adresse", max_length=120, required=False, help_text="Bâtiment, étage, lieu-dit…"
    )
    phone = PhoneField(label="Téléphone")
    email = forms.EmailField(label="Adresse électronique de l’établissement", widget=forms.EmailInput(attrs=EMAIL))

    def read(self, dossier: Application) -> dict[str, Any]:
        site = dossier.establishment
        known = {name: getattr(site, name) for name in self.base_fields}
        return known | {"email": site.email or dossier.contact_email}

    def save(self) -> None:
        site = self.dossier.establishment
        for name in self.base_fields:
            setattr(site, name, self.cleaned_data[name])
        site.save()


class FinalForm(DossierForm):
    """Step 7: the representative identifies himself and validates (M-08)."""

    representative_last_name = forms.CharField(
        label="Nom", max_length=80, widget=forms.TextInput(attrs={"autocomplete": "family-name"})
    )
    representative_first_name = forms.CharField(
        label="Prénom", max_length=80, widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )
    representative_function = forms.CharField(
        label="Fonction dans l’établissement",
        max_length=80,
        help_text="Exemple : gérante",
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )
    representative_email = forms.EmailField(
        label="Adresse électronique",
        help_text="Le bordereau de pré-adhésion y est envoyé dès la validation, puis la facture proforma.",
        widget=forms.EmailInput(attrs=EMAIL),
    )

    layout = {"representative_last_name": "half", "representative_first_name": "half"}

    def read(self, dossier: Application) -> dict[str, Any]:
        known = {name: getattr(dossier, name) for name in self.base_fields}
        return known | {"representative_email": dossier.representative_email or dossier.contact_email}

    def save(self) -> None:
        for name in self.base_fields:
            setattr(self.dossier, name, self.cleaned_data[name])
