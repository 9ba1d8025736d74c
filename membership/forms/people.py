"""Contacts and employees, one at a time (M-04, M-06)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.validators import RegexValidator

from core.dates import add_months, today
from core.forms import BirthDateField, FrenchDateField, GuichetModelForm, PhoneField
from membership.forms.steps import EMAIL
from membership.models import Contact, Employee
from membership.models.establishment import Monitoring


class ContactForm(GuichetModelForm):
    """One person to talk to (M-04)."""

    roles = forms.MultipleChoiceField(
        label="Rôles",
        choices=Contact.Role,
        widget=forms.CheckboxSelectMultiple,
        help_text="Une même personne peut en avoir plusieurs.",
        error_messages={"required": "Choisissez au moins un rôle."},
    )
    phone = PhoneField(label="Téléphone", required=False)
    email = forms.EmailField(label="Adresse électronique", widget=forms.EmailInput(attrs=EMAIL))

    layout = {"last_name": "half", "first_name": "half"}

    class Meta:
        model = Contact
        fields = ["last_name", "first_name", "function", "roles", "phone", "email"]


def _not_one_of(what: str, labels: list[str]) -> dict[str, str]:
    """The message of an answer that is not in a list: in an import, nobody has the list before his eyes."""
    return {"invalid_choice": f"« %(value).60s » n’est pas un {what} connu. Choisissez : {', '.join(labels)}."}


MIN_AGE, MAX_AGE = 14, 100  # years, at hiring and today


class EmployeeForm(GuichetModelForm):
    """One worker to follow (M-06). `check` holds the rules between fields, for this form and for the import alike."""

    birth_date = BirthDateField(label="Date de naissance")
    hired_on = FrenchDateField(
        label="Date d’embauche", minimum=date(1950, 1, 1), maximum=lambda: add_months(today(), 6)
    )
    contract_type = forms.ChoiceField(
        label="Type de contrat",
        choices=[("", "Choisissez le contrat"), *Employee.Contract.choices],
        error_messages=_not_one_of("type de contrat", Employee.Contract.labels),
    )
    monitoring = forms.ChoiceField(
        label="Type de suivi",
        choices=Monitoring,
        widget=forms.RadioSelect,
        error_messages=_not_one_of("type de suivi", Monitoring.labels),
    )
    pcs_code = forms.CharField(
        label="Code PCS-ESE",
        required=False,
        max_length=4,
        help_text="Trois chiffres et une lettre, comme dans votre DSN. Exemple : 543d",
        validators=[
            # Capitals too, as payroll exports write it; stored in small letters (`clean_pcs_code`).
            RegexValidator(
                r"^[1-6][0-9]{2}[A-Za-z]$", "Un code PCS-ESE compte trois chiffres et une lettre. Exemple : 543d"
            )
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
            "SIR": "Amiante, plomb (sous conditions), agents cancérogènes, mutagènes ou toxiques pour la reproduction, "
            "agents biologiques des groupes 3 et 4, rayonnements ionisants, milieu hyperbare, montage d’échafaudages…",
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
