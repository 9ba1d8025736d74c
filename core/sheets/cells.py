"""A cell as a person sees it: text, whatever the spreadsheet program stored."""

from __future__ import annotations

import datetime
import re
from typing import Any

# What PostgreSQL and XML cannot hold, and nobody sees; tabs and line breaks are kept.
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# Spreadsheets keep 15 digits of a number: those after are lost, which identifiers must be able to tell.
_EXACT = 10**15


def plain(text: str) -> str:
    """`text` without what cannot be stored, and without spaces around it."""
    return _UNSEEN.sub("", text).strip()


def as_text(value: Any) -> str:
    """Dates as dd/mm/yyyy, whole numbers with all their digits, decimals with a comma."""
    if isinstance(value, str):
        return plain(value) if value else value
    if isinstance(value, bool):
        return "VRAI" if value else "FAUX"
    if isinstance(value, float):
        if not value.is_integer():
            return f"{value:.15g}".replace(".", ",")
        return str(int(value)) if abs(value) < _EXACT else f"{value:.14E}".replace(".", ",")
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time.min
        return value.strftime("%d/%m/%Y" if midnight else "%d/%m/%Y %H:%M")
    if isinstance(value, datetime.date):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, datetime.time):
        return value.strftime("%H:%M:%S" if value.second else "%H:%M")
    return str(value)
