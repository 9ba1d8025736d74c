"""The nomenclature of activities (NAF), from our own reference data (`manage.py load_reference`)."""

from __future__ import annotations

from core.identifiers import compact
from core.models import Naf

_labels: dict[str, str] = {}  # official and 732 in all: each is read once by a process


def naf_label(code: str) -> str:
    """The activity of a code, with or without its dot; empty when no such activity exists."""
    code = compact(code)
    if code not in _labels:
        label = Naf.objects.filter(code=code).values_list("label", flat=True).first()
        if label is None:
            return ""
        _labels[code] = label
    return _labels[code]
