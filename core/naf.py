"""The nomenclature of activities (NAF), from our own reference data (`manage.py load_reference`)."""

from __future__ import annotations

from core.identifiers import compact
from core.models import Naf


def naf_label(code: str) -> str:
    """The activity of a code, with or without its dot; empty when no such activity exists."""
    return Naf.objects.filter(code=compact(code)).values_list("label", flat=True).first() or ""
