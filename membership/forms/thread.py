"""What is typed in the thread of a dossier, by the company and by staff."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django import forms

from core.forms import GuichetForm, LongText


class MessageForm(GuichetForm):
    """The company writes. `key` is that of the page: sent twice, it is one message."""

    key = forms.CharField(required=False, widget=forms.HiddenInput)
    message = LongText(
        label="Votre message",
        rows=5,
        help_text="Nous répondons sous deux jours ouvrés. Ne donnez ici aucune information médicale sur vos salariés.",
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **{"initial": {"key": uuid4()}, **kwargs})

    def clean_key(self) -> UUID:
        """A page without its key, which nobody gets by clicking, is a page of its own."""
        try:
            return UUID(self.cleaned_data["key"])
        except ValueError:
            return uuid4()


class AnswerForm(MessageForm):
    """Staff write."""

    message = LongText(label="Votre message à l’entreprise", rows=6, help_text="L’entreprise lit ce texte tel quel.")

    def __init__(self, *args: Any, dossier: Any, **kwargs: Any):
        self.dossier = dossier  # every verb's form is about one
        super().__init__(*args, **kwargs)
