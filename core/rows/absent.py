"""« Mon fichier est complet »: those of the list who are not in an imported file leave, on a day that is said.

Asked for apart, shown before by name, and done only to those who were shown: a colleague who adds somebody between the
two requests makes the page come back with the new names.
"""

from __future__ import annotations

import hashlib
from typing import Any, cast

from django import forms
from django.http import QueryDict

from core.forms import FrenchDateField, GuichetForm
from core.rows.importing import Plan
from core.rows.rowset import RowSet

SHOWN = 20


class AbsentForm(GuichetForm):
    """Its own part of the page of the plan."""

    absent = forms.BooleanField(required=False)
    absent_on = FrenchDateField(
        label="Dernier jour de travail des absents du fichier",
        required=False,
        help_text="À remplir si vous cochez la case. Exemple : 31/12/2026",
    )
    absent_set = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, rowset: RowSet, plan: Plan, **kwargs: Any):
        self.rowset, self.plan = rowset, plan
        kwargs.setdefault("initial", {"absent_set": self.digest})
        super().__init__(*args, **kwargs)
        if len(plan.absent) > 1:
            who = f"les {rowset.count_words(len(plan.absent))} qui n’y figurent pas sont sorti{rowset.e}s"
        else:
            who = f"{rowset.the} qui n’y figure pas est sorti{rowset.e}"
        self.fields["absent"].label = f"Mon fichier est complet : {who}"

    @property
    def digest(self) -> str:
        """Stands for who is absent, all of them."""
        keys = sorted(str(key) for key, _ in self.plan.absent)
        return hashlib.sha256("".join(keys).encode()).hexdigest()[:32]

    @property
    def names(self) -> list[str]:
        return [name for _, name in self.plan.absent[:SHOWN]]

    @property
    def more(self) -> int:
        return max(len(self.plan.absent) - SHOWN, 0)

    def clean(self) -> Any:
        data = self.cleaned_data
        if not data.get("absent"):
            return data
        if not data.get("absent_on") and "absent_on" not in self.errors:
            self.add_error("absent_on", "Indiquez leur dernier jour de travail.")
        if data.get("absent_set") != self.digest:
            self.add_error("absent", "La liste a changé entre-temps. Relisez les noms ci-dessous, puis confirmez.")
            answers = cast(QueryDict, self.data).copy()
            answers["absent_set"] = self.digest
            self.data = answers
        return data
