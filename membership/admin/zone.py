"""Adding many communes to the agreed zone at once."""

from __future__ import annotations

import re

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction

from core.forms import GuichetForm
from core.models import Commune
from membership.models import MedicalCentre, ZoneCommune

_POSTCODE = re.compile(r"\d{5}")
_DEPARTMENT = re.compile(r"(\d{2}|2[AB]|97\d)")
MAX_CODES = 500
MAX_COMMUNES = 5000


class ZoneForm(GuichetForm):
    """Postcodes (five digits) and departments (two or three), in any layout."""

    codes = forms.CharField(
        label="Codes postaux ou départements",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text="Autant que vous voulez, collés d’un tableur ou séparés par des espaces ou des virgules. "
        "Exemple : 91220 91700, ou 91 pour tout le département.",
    )
    centre = forms.ModelChoiceField(label="Centre médical qui les suit", queryset=MedicalCentre.objects.all())
    move = forms.BooleanField(
        label="Rattacher aussi à ce centre les communes qui sont déjà dans la zone", required=False
    )

    def clean_codes(self) -> list[str]:
        """The INSEE codes of all the communes named."""
        asked = list(dict.fromkeys(re.split(r"[\s,;]+", self.cleaned_data["codes"].upper().strip(" ,;"))))
        if len(asked) > MAX_CODES:
            raise ValidationError(f"{MAX_CODES} codes au plus à la fois : vous en avez saisi {len(asked)}.")
        postcodes = [code for code in asked if _POSTCODE.fullmatch(code)]
        departments = [code for code in asked if _DEPARTMENT.fullmatch(code)]
        by_postcode = list(Commune.objects.filter(postcodes__code__in=postcodes).values_list("postcodes__code", "code"))
        by_department = list(Commune.objects.filter(department__in=departments).values_list("department", "code"))
        found = {asked_for for asked_for, _ in [*by_postcode, *by_department]}
        if unknown := [code for code in asked if code not in found]:
            raise ValidationError(
                f"Inconnu : {', '.join(unknown[:10])}{'…' if len(unknown) > 10 else ''}. "
                "Un code postal a cinq chiffres, un département deux ou trois."
            )
        communes = sorted({code for _, code in [*by_postcode, *by_department]})
        if len(communes) > MAX_COMMUNES:
            raise ValidationError(f"Cela fait {len(communes)} communes, pour {MAX_COMMUNES} au plus à la fois.")
        return communes

    @transaction.atomic
    def save(self) -> tuple[int, int, int]:
        """Returns how many communes were added, were there already, changed centre."""
        codes, centre = self.cleaned_data["codes"], self.cleaned_data["centre"]
        known = dict(ZoneCommune.objects.filter(commune__in=codes).values_list("commune_id", "centre_id"))
        new = [ZoneCommune(commune_id=code, centre=centre) for code in codes if code not in known]
        ZoneCommune.objects.bulk_create(new, batch_size=500, ignore_conflicts=True)
        elsewhere = [code for code, other in known.items() if other != centre.pk] if self.cleaned_data["move"] else []
        for start in range(0, len(elsewhere), 500):
            ZoneCommune.objects.filter(commune__in=elsewhere[start : start + 500]).update(centre=centre)
        return len(new), len(known) - len(elsewhere), len(elsewhere)
