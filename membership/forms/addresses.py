"""Step 4: the three addresses (M-05)."""

from __future__ import annotations

from typing import Any

from django import forms

from core.forms import CommuneField, CommuneFieldsMixin, PostcodeField
from core.text import lower_first
from membership.forms.steps import DossierForm
from membership.models import Address, Application

CEDEX = "Bureau distributeur (adresse CEDEX)"


class AddressesForm(CommuneFieldsMixin, DossierForm):
    """Step 4: three addresses, each its own or « identique à » another (M-05)."""

    OWN = "own"
    use_required_attribute = False  # what is asked depends on the answer above
    commune_prefixes = tuple(f"{kind.value}_" for kind in Address.Kind)
    PARTS = ("recipient", "street", "street_more", "postcode", "commune", "cedex")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.layout = {f"{kind}_postcode": "third" for kind in Address.Kind} | {
            f"{kind}_commune": "two-thirds" for kind in Address.Kind
        }

    def read(self, dossier: Application) -> dict[str, Any]:
        self.stored = {address.kind: address for address in dossier.establishment.addresses.all()}
        answers: dict[str, Any] = {}
        for kind in Address.Kind:
            address = self.stored.get(kind.value) or Address(kind=kind, same_as=Address.SITE)
            answers[f"{kind}_same_as"] = address.same_as or self.OWN
            for part in self.PARTS[:4]:
                answers[f"{kind}_{part}"] = getattr(address, part)
            answers[f"{kind}_commune"] = address.commune_code
            answers[f"{kind}_cedex"] = "" if address.commune_code else address.commune_name
        return answers

    @property
    def groups(self) -> list[dict[str, Any]]:
        """For the template: one fieldset per address."""
        return [
            {
                "same_as": self[f"{kind}_same_as"],
                "recipient": self[f"{kind}_recipient"],
                "own": [self[f"{kind}_{part}"] for part in self.PARTS[1:]],
            }
            for kind in Address.Kind
        ]

    def clean(self) -> Any:
        """What is hidden under « Identique à » cannot be wrong; a message names its address, as the labels do not."""
        cleaned = super().clean()
        for kind in Address.Kind:
            if self.cleaned_data.get(f"{kind}_same_as") != self.OWN:
                for part in self.PARTS[1:]:
                    self.errors.pop(f"{kind}_{part}", None)
            for part in self.PARTS:
                if errors := self.errors.get(f"{kind}_{part}"):
                    self.errors[f"{kind}_{part}"] = self.error_class(
                        [f"{kind.label} : {lower_first(message)}" for message in errors], renderer=self.renderer
                    )
        return cleaned

    @property
    def problems(self) -> list[tuple[str, str]]:
        """The error summary; its messages need no label in front."""
        return [(bound.focus_id, message) for bound in self for message in bound.errors]

    def no_commune(self, prefix: str, postcode: str) -> str:
        """A CEDEX has a postcode of its own, and the name of a post office instead of a commune."""
        if self.cleaned_data.get(f"{prefix}cedex"):
            return ""
        return (
            f"Aucune commune n’a le code postal {postcode}. Vérifiez les cinq chiffres ; si c’est un CEDEX, remplissez "
            f"aussi « {CEDEX} »."
        )

    def save(self) -> None:
        site, data = self.dossier.establishment, self.cleaned_data
        for kind in Address.Kind:
            same_as = data[f"{kind}_same_as"]
            address = self.stored.get(kind.value) or Address(establishment=site, kind=kind)
            address.same_as = "" if same_as == self.OWN else same_as
            address.recipient = data[f"{kind}_recipient"]
            own = not address.same_as
            for part in ("street", "street_more", "postcode"):
                setattr(address, part, data.get(f"{kind}_{part}", "") if own else "")
            address.commune_code = data.get(f"{kind}_commune", "") if own else ""
            names = dict(self.fields[f"{kind}_commune"].choices) if address.commune_code else {}
            name = names.get(address.commune_code) or data.get(f"{kind}_cedex", "")
            address.commune_name = name if own else ""
            address.save()


def _same_as_choices(kind: Address.Kind) -> list[tuple[str, str]]:
    """An address may be the same as the establishment's or as one that comes before it, so that no circle forms."""
    before = list(Address.Kind)[: list(Address.Kind).index(kind)]
    others = [(other.value, f"Identique à l’{lower_first(other.label)}") for other in before]
    return [
        (Address.SITE, "Identique à l’adresse de l’établissement"),
        *others,
        (AddressesForm.OWN, "Une autre adresse"),
    ]


for _kind in Address.Kind:
    AddressesForm.base_fields |= {
        f"{_kind}_same_as": forms.ChoiceField(
            label=_kind.label, choices=_same_as_choices(_kind), widget=forms.RadioSelect
        ),
        f"{_kind}_recipient": forms.CharField(
            label="À l’attention de", max_length=120, required=False, help_text="Un service ou une personne."
        ),
        f"{_kind}_street": forms.CharField(label="Numéro et voie", max_length=120),
        f"{_kind}_street_more": forms.CharField(label="Complément d’adresse", max_length=120, required=False),
        f"{_kind}_postcode": PostcodeField(label="Code postal"),
        f"{_kind}_commune": CommuneField(),
        f"{_kind}_cedex": forms.CharField(
            label=CEDEX,
            max_length=60,
            required=False,
            help_text="Seulement si le code postal est un CEDEX. Exemple : PARIS CEDEX 15",
        ),
    }
