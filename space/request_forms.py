"""What a company types in « Mes demandes »."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.functional import lazy

from core.dates import today
from core.forms import GuichetForm, LongText
from space.models import RequestTheme


class RequestForm(GuichetForm):
    theme = forms.ModelChoiceField(label="Thème", queryset=RequestTheme.objects.none(), empty_label="Choisissez")
    subject = forms.CharField(
        label="Objet",
        max_length=120,
        help_text=lazy(lambda: f"En quelques mots. Exemple : erreur sur la facture F{today().year}-000123", str)(),
    )
    text = LongText(label="Votre demande", rows=8)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["theme"].queryset = RequestTheme.objects.filter(active=True)  # type: ignore[attr-defined]

    @property
    def chosen_theme(self) -> RequestTheme | None:
        """The theme chosen, whatever else is wrong with the form."""
        return self.cleaned_data.get("theme") if self.is_bound and hasattr(self, "cleaned_data") else None


class AnswerForm(GuichetForm):
    text = LongText(label="Votre message", rows=6)


class CancelForm(GuichetForm):
    reason = forms.CharField(
        label="Pourquoi ?", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
