"""What people typed, made safe for the places a message puts it: headers, JSON columns."""

from __future__ import annotations

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

# Control characters (a NUL is refused by PostgreSQL) and the marks that turn the reading direction of what follows.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")


def clean(text: object) -> str:
    """Text as it may be stored and shown: no control character, line ends as `\\n`."""
    plain = str(text).replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _CONTROL.sub("", _LONE_SURROGATE.sub("", plain)))


def one_line(text: object, length: int) -> str:
    """Text for a header: one line, whatever was typed, of at most `length` characters."""
    line = " ".join(clean(text).split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def is_address(text: str) -> bool:
    """Whether one mail could be sent to `text`: one bare address, nothing hidden beside it."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= 254
