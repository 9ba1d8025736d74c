"""The nomenclature of activities (NAF), from our own reference data (`manage.py load_reference`)."""

from __future__ import annotations

from core.identifiers import compact
from core.models import Naf
from core.text import fold


def naf_label(code: str) -> str:
    """The activity of a code, with or without its dot; empty when no such activity exists."""
    return Naf.objects.filter(code=compact(code)).values_list("label", flat=True).first() or ""


def search(text: str, limit: int = 20) -> list[tuple[str, str]]:
    """`(code, label)` of the activities whose code starts with `text` or whose label has all its words.

    The 732 labels are compared here rather than in SQL, where accents would count differently from one base to another.
    """
    words, start = fold(text).split(), compact(text)
    if not words:
        return []
    found = (
        (code, label)
        for code, label in Naf.objects.order_by("code").values_list("code", "label")
        if code.startswith(start) or all(word in fold(label) for word in words)
    )
    return [pair for pair, _ in zip(found, range(limit), strict=False)]
