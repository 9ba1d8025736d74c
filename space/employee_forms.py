"""What is typed about a departure or a return."""

from __future__ import annotations

from typing import Any

from django import forms

from core.forms import FrenchDateField, GuichetForm
from membership.employees import latest_day
from membership.models import EarlierStay, Employee

MISTAKE, HIRED_AGAIN = "mistake", "again"


class LeaveForm(GuichetForm):
    """« Sortie »: the last day of work."""

    last_day = FrenchDateField(
        label="Dernier jour de travail",
        help_text="Le jour où le contrat prend fin, même si le salarié ne vient plus (congés, préavis non effectué). "
        "Exemple : 31/12/2026",
        maximum=latest_day,
    )

    def __init__(self, *args: Any, employee: Employee | EarlierStay, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["last_day"].minimum = employee.hired_on  # type: ignore[attr-defined]


class ReturnForm(GuichetForm):
    """« Réintégrer »: a mistake, or somebody who is hired again."""

    why = forms.ChoiceField(
        label="Pourquoi revient-il dans la liste ?",
        choices=[
            (MISTAKE, "Il est sorti de la liste par erreur"),
            (HIRED_AGAIN, "Il est réembauché"),
        ],
        widget=forms.RadioSelect,
    )
    hired_on = FrenchDateField(
        label="Date de sa nouvelle embauche",
        required=False,
        help_text="À remplir s’il est réembauché. Exemple : 02/01/2027",
        maximum=latest_day,
    )

    choice_hints = {
        "why": {
            MISTAKE: "Son dernier jour de travail est effacé, le reste de sa fiche ne change pas.",
            HIRED_AGAIN: "Sa fiche est reprise avec une nouvelle date d’embauche.",
        }
    }

    def clean(self) -> Any:
        data = self.cleaned_data
        if data.get("why") == HIRED_AGAIN and not data.get("hired_on") and "hired_on" not in self.errors:
            self.add_error("hired_on", "Indiquez la date de sa nouvelle embauche.")
        return data
