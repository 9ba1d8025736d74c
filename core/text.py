"""Comparing words as people do."""

from __future__ import annotations

import re
import unicodedata


def fold(text: str) -> str:
    """`text` without case, accents, punctuation or repeated spaces: « Né(e)  le » and « ne e le » are the same."""
    letters = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "oe")).casefold()
    plain = "".join(c for c in letters if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", " ", plain).strip()
