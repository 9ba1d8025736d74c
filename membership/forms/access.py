"""Who may come into a company's space, and what he may do there (B-06)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from django import forms

from core.dates import today
from core.forms import FrenchDateField, GuichetForm
from membership.accesses import Given
from membership.forms.steps import EMAIL
from membership.models import RIGHTS, Access

RIGHT_CHOICES = [
    ("employees", "Tenir la liste des salariés"),
    ("declares", "Déclarer et régler les cotisations"),
    ("affiliates", "Affilier les salariés (bientôt disponible)"),
]


class RightsForm(GuichetForm):
    """What the person may do, and until when. `was` tells what stood there when the page was shown."""

    rights = forms.MultipleChoiceField(
        label="Cette personne peut",
        choices=RIGHT_CHOICES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        # A declaration has no list of its own, it is the company's (D-21).
        help_text="Tout accès permet de consulter l’espace : pour donner ce seul droit, ne cochez rien. Une personne "
        "qui déclare peut aussi modifier la liste des salariés.",
    )
    manages = forms.BooleanField(
        label="Cette personne administre aussi l’espace",
        required=False,
        help_text="Elle invite et retire d’autres personnes, et peut se donner les droits ci-dessus.",
    )
    ends_on = FrenchDateField(
        label="Dernier jour de l’accès",
        required=False,
        minimum=lambda: today() + timedelta(days=1),
        help_text="Laissez vide pour un accès sans date de fin. Nous vous écrivons une semaine avant la fin.",
    )
    was = forms.CharField(required=False, widget=forms.HiddenInput)

    @classmethod
    def of(cls, access: Access) -> dict[str, Any]:
        """The initial answers for an access that exists."""
        return {
            "rights": sorted(access.rights - {"manages"}),
            "manages": access.manages,
            "ends_on": access.ends_on,
            "was": signature(Given.of(access)),
        }

    @property
    def seen(self) -> Given | None:
        """What stood there when the page was shown."""
        return read_signature(self.cleaned_data["was"]) if self.cleaned_data["was"] else None

    @property
    def given(self) -> Given:
        data = self.cleaned_data
        return Given(frozenset([*data["rights"], *(["manages"] * data["manages"])]), data["ends_on"])


class InvitationForm(RightsForm):
    """Invite somebody by mail. `key` makes two submissions of one page one invitation."""

    first_name = forms.CharField(label="Prénom", max_length=80)
    last_name = forms.CharField(label="Nom", max_length=79)
    email = forms.EmailField(
        label="Adresse électronique",
        help_text="Son adresse professionnelle, que cette personne est seule à lire : elle devient son identifiant.",
        widget=forms.EmailInput(attrs={**EMAIL, "autocomplete": "off"}),
    )
    key = forms.CharField(required=False, widget=forms.HiddenInput)

    layout = {"first_name": "half", "last_name": "half"}
    field_order = ["first_name", "last_name", "email", "rights", "manages", "ends_on"]

    def __init__(self, *args: Any, **kwargs: Any):
        kwargs.setdefault("initial", {"key": uuid4()})
        super().__init__(*args, **kwargs)

    def clean_key(self) -> UUID | None:
        """One that is none is no reason to stop anybody."""
        try:
            return UUID(self.cleaned_data["key"])
        except ValueError:
            return None

    @property
    def invitation(self) -> dict[str, Any]:
        """What `accesses.give` takes."""
        return {name: self.cleaned_data[name] for name in ("email", "first_name", "last_name", "key")}


def signature(given: Given) -> str:
    """An access in one word, for a hidden field."""
    return f"{','.join(sorted(given.rights))}|{given.ends_on or ''}"


def read_signature(text: str) -> Given | None:
    """What `signature` wrote; None when it was not it."""
    rights, _, day = text.partition("|")
    try:
        return Given(
            frozenset(filter(RIGHTS.__contains__, rights.split(","))), date.fromisoformat(day) if day else None
        )
    except ValueError:
        return None
