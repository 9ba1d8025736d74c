"""Communes and postcodes, from our own reference data (`manage.py load_reference`)."""

from __future__ import annotations

import re

from core.models import Commune

# Arrondissements municipaux, which postcodes and the SIRENE register name, and the commune each is a part of.
_DIVIDED = (
    (re.compile(r"751(?:0[1-9]|1\d|20)"), "75056"),
    (re.compile(r"6938[1-9]"), "69123"),
    (re.compile(r"132(?:0[1-9]|1[0-6])"), "13055"),
)


def communes_of(postcode: str) -> list[tuple[str, str]]:
    """`(INSEE code, name)` of the communes a postcode serves, by name; one query. Empty for a CEDEX or unknown one."""
    communes = Commune.objects.filter(postcodes__code=postcode.replace(" ", ""))
    return list(communes.order_by("name", "code").values_list("code", "name"))


def name_of(insee: str) -> str:
    """The name of a commune; empty when there is none of that code."""
    return Commune.objects.filter(code=insee).values_list("name", flat=True).first() or ""


def whole_commune(insee: str) -> str:
    """The commune itself for an arrondissement of Paris, Lyon or Marseille; any other code as it is."""
    return next((commune for pattern, commune in _DIVIDED if pattern.fullmatch(insee)), insee)
