"""What a wrong cell probably meant."""

from __future__ import annotations

import difflib
import re
from datetime import date, timedelta

from django import forms

from core.dates import today
from core.rows.cells import options
from core.text import fold

_SERIAL = re.compile(r"\d{5}")  # how spreadsheets store a date: days since 30 December 1899
_SHORT_YEAR = re.compile(r"(\d{1,2})[./ -](\d{1,2})[./ -](\d{2})")
_FULL = re.compile(r"(\d{1,2})[./ -](\d{1,2})[./ -](\d{4})")
_EPOCH = date(1899, 12, 30)


def suggestion(field: forms.Field, text: str) -> str:
    """A value to propose instead of `text`, or nothing. Proposed only: nobody's answer is changed silently."""
    if not text:
        return ""
    if isinstance(field, forms.DateField):
        return _date(text)
    if isinstance(field, forms.ChoiceField):
        return _choice(field, text)
    if isinstance(field, forms.EmailField):
        return _email(text)
    return ""


def _date(text: str) -> str:
    if _SERIAL.fullmatch(text):
        return f"{_EPOCH + timedelta(days=int(text)):%d/%m/%Y}"
    if found := _SHORT_YEAR.fullmatch(text):
        day, month, year = map(int, found.groups())
        return _written(day, month, year + (2000 if year <= today().year % 100 else 1900))
    if found := _FULL.fullmatch(text):
        first, second, year = map(int, found.groups())
        if second > 12 and first <= 12:  # month first, as in American files
            return _written(second, first, year)
        # 31/02 → 28/02
        return next((written for day in range(first - 1, 27, -1) if (written := _written(day, second, year))), "")
    return ""


def _written(day: int, month: int, year: int) -> str:
    try:
        return f"{date(year, month, day):%d/%m/%Y}"
    except ValueError:
        return ""


def _choice(field: forms.ChoiceField, text: str) -> str:
    labels = {fold(label): label for value, label in options(field) if value}
    close = difflib.get_close_matches(fold(text), labels, n=1, cutoff=0.6)
    return labels[close[0]] if close else ""


def _email(text: str) -> str:
    mended = re.sub(r"\s+", "", text).replace(",", ".").removeprefix("mailto:").strip("<>;.")
    if mended == text or not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", mended):
        return ""
    return mended
