"""What staff type about direct debits."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from billing import returns
from billing.reasons import CHOICES
from core.dates import today
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
        help_text="Une ligne par rejet : la référence et le motif. Exemple : PRL-2027-0000012 ; AM04",
    )
    file = ScannedFileField(label="Ou fichier CSV de la banque", required=False)

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
