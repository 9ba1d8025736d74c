"""What is known of a member's company: corrected by staff, or asked for by the company itself (A-06)."""

from __future__ import annotations

from typing import Any

from django import forms

from core.forms import CommuneField, CommuneFieldsMixin, GuichetForm, NafField, PhoneField, PostcodeField, SiretField
from membership.company import FIELDS, NUMBERS
from membership.forms.steps import EMAIL, checked_naf
from membership.models import Establishment


class CompanyForm(CommuneFieldsMixin, GuichetForm):
    """The answers of `FIELDS`, to correct."""

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

    layout = {
        "street_more": "half",
        "floor": "half",
        "postcode": "third",
        "commune": "two-thirds",
        "phone": "half",
        "email": "half",
    }
    columns = tuple(FIELDS)

    def __init__(self, *args: Any, site: Establishment, **kwargs: Any):
        known = {name: getattr(site, name) for name in self.columns}
        self.known_commune = (site.commune_code, site.commune_name)
        super().__init__(*args, initial={**known, "commune": site.commune_code}, **kwargs)
        for name in ("street", "postcode", "phone", "email"):  # corrected, not taken away
            self.fields[name].required = bool(known[name])
        self.fields["commune"].required = bool(site.commune_code)

    @property
    def values(self) -> dict[str, str]:
        """The answers, by column."""
        data = {name: value for name, value in self.cleaned_data.items() if name in self.columns}
        code = self.cleaned_data["commune"]
        name = dict([self.known_commune, *self.fields["commune"].choices])[code] if code else ""  # type: ignore[attr-defined]
        return {**data, "commune_code": code, "commune_name": name}


class CompanyRecordForm(CompanyForm):
    """What staff may correct besides: the numbers that the company cannot change by itself."""

    siret = SiretField(
        label=NUMBERS["siret"],
        help_text="Seulement pour une erreur de saisie : un autre établissement fait sa propre demande d’adhésion.",
    )
    naf = NafField(label=NUMBERS["naf"], required=False)

    field_order = ["name", "trade_name", "siret", "naf"]
    columns = (*FIELDS, *NUMBERS)

    def clean_naf(self) -> str:
        """A code of before, which the nomenclature may know no more, bars nobody from correcting the rest."""
        code = self.cleaned_data["naf"]
        return checked_naf(code) if "naf" in self.changed_data else code
