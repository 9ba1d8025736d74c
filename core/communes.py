"""Communes and postcodes, from our own reference data (`manage.py load_reference`)."""

from __future__ import annotations

from collections.abc import Iterable

from core.models import Commune


def communes_by_postcode(postcodes: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """`(INSEE code, name)` of the communes of each postcode, by name: one query however many postcodes, or none.

    Empty for a CEDEX and for a postcode that does not exist.
    """
    found: dict[str, list[tuple[str, str]]] = {postcode: [] for postcode in postcodes if postcode}
    if found:
        communes = Commune.objects.filter(postcodes__code__in=found).order_by("name", "code")
        for postcode, code, name in communes.values_list("postcodes__code", "code", "name"):
            found[postcode].append((code, name))
    return found


def name_of(insee: str) -> str:
    """The name of a commune; empty when there is none of that code."""
    return Commune.objects.filter(code=insee).values_list("name", flat=True).first() or ""
