"""Postcode → commune, from our own data, with and without JavaScript."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse

from core import identifiers
from core.communes import communes_by_postcode
from core.formfields import PostcodeField

EMPTY = ("", "Choisissez la commune")
EMPTY_BEFORE = ("", "Indiquez d’abord le code postal")


def commune_choices(communes: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The options of the list, with an invitation unless there is nothing to choose."""
    if len(communes) == 1:
        return communes
    return [EMPTY if communes else EMPTY_BEFORE, *communes]


class CommuneField(forms.ChoiceField):
    """The commune (INSEE code) among those of a postcode, which `CommuneFieldsMixin` tells it."""

    postcode = ""
    codes: Sequence[str] = ()

    def __init__(self, **kwargs: Any):
        kwargs.setdefault("label", "Commune")
        super().__init__(**kwargs)

    def offer(self, postcode: str, communes: list[tuple[str, str]]) -> None:
        """Say which communes there are to choose from."""
        self.postcode, self.codes = postcode, [code for code, _ in communes]
        self.choices = commune_choices(communes)

    def clean(self, value: Any) -> str:
        if len(self.codes) == 1:
            return self.codes[0]  # nothing to choose
        if value in self.codes:
            return str(value)
        if not self.codes:
            return ""  # the message stands beside the postcode
        raise ValidationError(
            f"Choisissez la commune (le code postal {self.postcode} couvre {len(self.codes)} communes).",
            code="several",
        )


class CommuneFieldsMixin:
    """Ties pairs of fields of a form: `{prefix}postcode` and `{prefix}commune`, for each of `commune_prefixes`.

    With JavaScript the list fills as soon as the postcode is typed. Without it, a postcode of one commune chooses it;
    otherwise the page comes back with the list filled and a word to say so.
    """

    commune_prefixes: tuple[str, ...] = ("",)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        postcodes = {prefix: readable_postcode(self[f"{prefix}postcode"].value()) for prefix in self.commune_prefixes}  # type: ignore[index]
        communes = communes_by_postcode(postcodes.values())
        for prefix, postcode in postcodes.items():
            self.fields[f"{prefix}commune"].offer(postcode, communes.get(postcode, []))  # type: ignore[attr-defined]
            attrs = self.fields[f"{prefix}postcode"].widget.attrs  # type: ignore[attr-defined]
            attrs["data-hx-get"] = reverse("communes")
            attrs["data-hx-trigger"] = "input changed delay:150ms"
            target = f"#{self[f'{prefix}commune'].auto_id}"  # type: ignore[index]
            attrs["data-hx-target"] = attrs["data-hx-include"] = target  # what is chosen already stays chosen
            attrs["data-hx-sync"] = "this:replace"

    def clean(self) -> Any:
        cleaned = super().clean()  # type: ignore[misc]
        for prefix in self.commune_prefixes:
            postcode = self.cleaned_data.get(f"{prefix}postcode")  # type: ignore[attr-defined]
            unknown = postcode and not self.fields[f"{prefix}commune"].codes  # type: ignore[attr-defined]
            if unknown and (message := self.no_commune(prefix, postcode)):
                self.add_error(f"{prefix}postcode", message)  # type: ignore[attr-defined]
        return cleaned

    def no_commune(self, prefix: str, postcode: str) -> str:
        """What to say of a postcode that is no commune's; empty for a form that has another answer to go with it."""
        return (
            f"Aucune commune n’a le code postal {postcode}. Vérifiez les cinq chiffres ; "
            "pour une adresse CEDEX, indiquez le code postal de la commune."
        )


def readable_postcode(value: Any) -> str:
    """A postcode out of what was typed or stored; empty when it is not one."""
    try:
        return PostcodeField.parse(str(value or ""))
    except identifiers.Invalid:
        return ""
