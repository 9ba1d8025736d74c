"""What an employer types in the pre-membership wizard."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.validators import RegexValidator

from core.dates import add_months, today
from core.forms import (
    BirthDateField,
    CommuneField,
    CommuneFieldsMixin,
    FrenchDateField,
    GuichetForm,
    GuichetModelForm,
    NafField,
    PhoneField,
    PostcodeField,
    SiretField,
    WholeNumberField,
)
from core.naf import naf_label
from membership.eligibility import Refusal, open_dossier, refusals
from membership.models import Address, Application, Contact, Employee
from membership.models.establishment import Monitoring

EMAIL = {"autocomplete": "email", "inputmode": "email", "spellcheck": "false"}


class DossierForm(GuichetForm):
    """A step's form: reads its answers from a dossier and writes them back."""

    def __init__(self, data: Any = None, files: Any = None, *, dossier: Application):
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
        code = self.cleaned_data["naf"]
        if not naf_label(code):
            raise forms.ValidationError(
                "Ce code n’existe pas dans la nomenclature. Il figure sur votre extrait Kbis. Exemple : 16.23Z"
            )
        return code

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


class AddressesForm(CommuneFieldsMixin, DossierForm):
    """Step 4: three addresses, each its own or « identique à » another (M-05)."""

    OWN = "own"
    use_required_attribute = False  # what is asked depends on the answer above
    commune_prefixes = tuple(f"{kind.value}_" for kind in Address.Kind)
    PARTS = ("recipient", "street", "street_more", "postcode", "commune")

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
            for part in self.PARTS:
                answers[f"{kind}_{part}"] = getattr(address, "commune_code" if part == "commune" else part)
        return answers

    @property
    def groups(self) -> list[dict[str, Any]]:
        """For the template: one fieldset per address."""
        return [
            {
                "kind": kind.value,
                "label": kind.label,
                "same_as": self[f"{kind}_same_as"],
                "recipient": self[f"{kind}_recipient"],
                "own": [self[f"{kind}_{part}"] for part in self.PARTS[1:]],
            }
            for kind in Address.Kind
        ]

    def clean(self) -> Any:
        """What is hidden under « Identique à » cannot be wrong."""
        cleaned = super().clean()
        for kind in Address.Kind:
            if self.cleaned_data.get(f"{kind}_same_as") != self.OWN:
                for part in self.PARTS[1:]:
                    self.errors.pop(f"{kind}_{part}", None)
        return cleaned

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
            names = dict(self.fields[f"{kind}_commune"].choices)
            address.commune_name = names.get(address.commune_code, "") if own else ""
            address.save()


def _same_as_choices(kind: Address.Kind) -> list[tuple[str, str]]:
    """An address may be the same as the establishment's or as one that comes before it, so that no circle forms."""
    before = list(Address.Kind)[: list(Address.Kind).index(kind)]
    others = [(other.value, f"Identique à l’{other.label[0].lower()}{other.label[1:]}") for other in before]
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
    }


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


class ContactForm(GuichetModelForm):
    """One person to talk to (M-04)."""

    roles = forms.MultipleChoiceField(
        label="Rôles",
        choices=Contact.Role,
        widget=forms.CheckboxSelectMultiple,
        help_text="Une même personne peut en avoir plusieurs.",
    )
    phone = PhoneField(label="Téléphone", required=False)
    email = forms.EmailField(label="Adresse électronique", widget=forms.EmailInput(attrs=EMAIL))

    layout = {"last_name": "half", "first_name": "half"}

    class Meta:
        model = Contact
        fields = ["last_name", "first_name", "function", "roles", "phone", "email"]


MIN_AGE, MAX_AGE = 14, 100  # years, at hiring and today


class EmployeeForm(GuichetModelForm):
    """One worker to follow (M-06). `check` holds the rules between fields, for this form and for the import alike."""

    birth_date = BirthDateField(label="Date de naissance")
    hired_on = FrenchDateField(
        label="Date d’embauche", minimum=date(1950, 1, 1), maximum=lambda: add_months(today(), 6)
    )
    contract_type = forms.ChoiceField(
        label="Type de contrat", choices=[("", "Choisissez le contrat"), *Employee.Contract.choices]
    )
    monitoring = forms.ChoiceField(label="Type de suivi", choices=Monitoring, widget=forms.RadioSelect)
    pcs_code = forms.CharField(
        label="Code PCS-ESE",
        required=False,
        max_length=4,
        help_text="Trois chiffres et une lettre, comme dans votre DSN. Exemple : 543d",
        validators=[
            RegexValidator(r"^[1-6]\d{2}[a-z]$", "Un code PCS-ESE compte trois chiffres et une lettre. Exemple : 543d")
        ],
    )

    layout = {
        "last_name": "half",
        "first_name": "half",
        "birth_date": "half",
        "hired_on": "half",
        "job_title": "two-thirds",
        "pcs_code": "third",
    }
    choice_hints = {
        "monitoring": {
            "SI": "Le cas général : aucun risque particulier au poste.",
            "SIA": "Travail de nuit, moins de 18 ans, handicap ou invalidité, agents biologiques du groupe 2…",
            "SIR": "Amiante, plomb, produits cancérogènes, rayonnements ionisants, milieu hyperbare, montage "
            "d’échafaudages…",
        }
    }

    class Meta:
        model = Employee
        fields = [
            "last_name",
            "first_name",
            "birth_date",
            "hired_on",
            "contract_type",
            "job_title",
            "pcs_code",
            "monitoring",
        ]

    def clean_pcs_code(self) -> str:
        return self.cleaned_data["pcs_code"].lower()

    def clean(self) -> Any:
        super().clean()
        for name, message in check_employee(self.cleaned_data).items():
            self.add_error(name, message)
        return self.cleaned_data


def check_employee(data: dict[str, Any]) -> dict[str, str]:
    """The rules between the fields of an employee: `{field: French sentence}`, empty when all is well."""
    birth, hired = data.get("birth_date"), data.get("hired_on")
    if not birth or not hired:
        return {}
    if add_months(birth, 12 * MIN_AGE) > hired:
        return {
            "hired_on": f"À cette date d’embauche ({hired:%d/%m/%Y}), ce salarié aurait moins de {MIN_AGE} ans. "
            "Vérifiez aussi la date de naissance."
        }
    if add_months(birth, 12 * MAX_AGE) < today():
        return {"birth_date": f"Ce salarié aurait plus de {MAX_AGE} ans. Vérifiez l’année de naissance."}
    return {}
