"""What staff type about direct debits."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import lazy

from billing import returns
from billing.collection_days import collection_day
from billing.reasons import CHOICES
from core.dates import french_date, today
from core.formfields import ScannedFileField
from core.forms import FrenchDateField, GuichetForm
from core.sheets import SheetError
from core.sheets.csvtext import decode

MAX_FILE = 500_000


class ReasonForm(GuichetForm):
    reason = forms.CharField(
        label="Motif", max_length=200, widget=forms.Textarea(attrs={"rows": 3}), help_text="Il figure dans le courriel."
    )


class DayForm(GuichetForm):
    day = FrenchDateField(
        label="Date de prélèvement souhaitée",
        minimum=today,
        help_text="Elle est repoussée au besoin : délai d’annonce, puis premier jour ouvré des banques.",
    )


class PostponeForm(DayForm):
    """Later than `planned_for`, the day that was announced: nobody is debited sooner than he has read. `due_on` is the
    last of the due days."""

    def __init__(self, *args: Any, planned_for: date, due_on: date | None, **kwargs: Any):
        self.planned_for, self.due_on = planned_for, due_on
        super().__init__(*args, **kwargs)

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day < self.planned_for or collection_day(day, today()) == self.planned_for:
            raise ValidationError(
                f"Ces prélèvements sont annoncés pour le {french_date(self.planned_for)} : ils ne peuvent être "
                "reportés qu’à une date plus lointaine. Choisissez un jour d’après."
            )
        if self.due_on and day < self.due_on:
            raise ValidationError(
                f"Une de ces factures n’est due que le {french_date(self.due_on)} : choisissez ce jour, ou un jour "
                "d’après."
            )
        return day


class ReturnForm(GuichetForm):
    code = forms.ChoiceField(label="Motif donné par la banque", choices=[("", "Choisissez"), *CHOICES])
    on = FrenchDateField(label="Rejeté le", maximum=today, recent=True)


class ReturnListForm(GuichetForm):
    """A list of returns, pasted or as a file: it becomes text in either case."""

    on = FrenchDateField(label="Rejetés le", maximum=today, recent=True)
    text = forms.CharField(
        label="Liste collée",
        required=False,
        max_length=MAX_FILE,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=lazy(
            lambda: f"Une ligne par rejet : la référence et le motif. Exemple : {returns.example()} ; AM04", str
        )(),
    )
    file = ScannedFileField(label="Ou un fichier CSV de la banque", required=False)

    def clean_file(self) -> str:
        sent = self.cleaned_data.get("file")
        if not sent:
            return ""
        if sent.size > MAX_FILE:
            raise ValidationError("Ce fichier est trop gros : 500 Ko au plus.")
        try:
            return decode(sent.read())
        except SheetError as error:
            raise ValidationError(
                "Ce fichier n’est pas un CSV. Enregistrez-le au format CSV, puis renvoyez-le."
            ) from error

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "file" not in self.errors and "text" not in self.errors:
            data["lines"] = returns.read(data.get("file") or data.get("text") or "")
            if not data["lines"]:
                self.add_error("text", "Collez la liste des rejets, ou choisissez le fichier de la banque.")
        return data
