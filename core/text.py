"""Small things done to words everywhere: comparing them as people do, keeping what a database can hold."""

from __future__ import annotations

import re
import unicodedata

from django.utils.safestring import SafeString

MAX_TEXT = 5000  # characters of a message of a thread
# A space of French typography that would let a line end: each form begins with the space, which is quick to look for.
_BESIDE_MARK = re.compile(r" (?:(?<=« )|(?=[:;?!](?:[\s<,.)]|$)|»)|(?<=\d )(?=%))")


def fold(text: str) -> str:
    """`text` without case, accents, punctuation or repeated spaces: « Né(e)  le » and « ne e le » are the same."""
    letters = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "oe")).casefold()
    plain = "".join(c for c in letters if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", " ", plain).strip()


def lower_first(text: str) -> str:
    """`text` as it stands in the middle of a sentence: « adresse de facturation »."""
    return text[:1].lower() + text[1:]


def counted(count: int, one: str, several: str) -> str:
    """« 1 commune », « 12 communes »; in French, none is singular."""
    return f"{count} {several if count > 1 else one}"


def grouped(count: int) -> str:
    """« 12 500 », with a narrow space that does not break; below ten thousand, digits need no help."""
    return f"{count:,}".replace(",", "\u202f") if count >= 10_000 else str(count)


def unbroken(text: str) -> str:
    """`text` with spaces that never end a line before « : ; ? ! », nor part a number from its %, nor quotes from
    what they hold.

    For sentences on their way out: never for what goes back into a field, where it would be taken for what was typed,
    nor for an SMS, whose alphabet has no such space. What was safe HTML stays so.
    """
    bound = _BESIDE_MARK.sub("\u00a0", text)
    return SafeString(bound) if isinstance(text, SafeString) else bound


def storable(text: str) -> str:
    """`text` without NUL and lone surrogates, which PostgreSQL takes neither in a column nor in JSON."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode()


def small_int(text: str, digits: int) -> int | None:
    """The whole number that `text` writes with at most so many digits, else None: an address or a hidden field may hold
    anything, five thousand digits too."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None
