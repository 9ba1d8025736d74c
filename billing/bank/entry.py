from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from core.identifiers import Invalid, clean_iban, mask_iban
from core.sheets.cells import plain

LABEL, SHORT = 500, 140  # characters kept: the columns of `StatementLine`
_MAYBE_IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}\d{2}[A-Z0-9 ]{11,40}", re.IGNORECASE)


class StatementError(Exception):
    """The file cannot be read as a statement; the message is a French sentence to show."""


class PerhapsCut(StatementError):
    """Only a person can tell whether the file is whole; said so, it is read with `whole=True`."""


@dataclass(frozen=True)
class Entry:
    """One amount of a statement; below zero when it went out."""

    booked_on: date
    amount: Decimal
    label: str = ""
    reference: str = ""
    payer: str = ""
    account: str = ""
    bank_id: str = ""  # what the bank calls it, unique by account where it is given
    returned: str = ""  # why what we had asked for came back, as AM04


@dataclass(frozen=True)
class FileRead:
    format: str  # `BankStatement.Format`
    entries: list[Entry] = field(default_factory=list)


def tidy(text: str | None, length: int) -> str:
    """One line, in what a database can hold, without anybody's whole account number."""
    line = " ".join(plain(text or "").split())
    return _MAYBE_IBAN.sub(_masked, line)[:length]


def _masked(found: re.Match[str]) -> str:
    """The account number at the start of `found` hidden; what follows it is left."""
    text = found[0]
    for end in range(len(text), 14, -1):
        if text[end - 1] == " ":
            continue
        try:
            return mask_iban(clean_iban(text[:end])) + text[end:]
        except Invalid:
            continue
    return text


def fingerprinted(entries: Iterable[Entry]) -> Iterator[tuple[str, Entry]]:
    """Each entry with what tells it from all others, the same whenever it comes again in another file.

    Where the bank gives no identifier, two equal lines of one file are two payments, told apart by their rank: an
    overlapping file gives them the same ranks.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    for entry in entries:
        key = (
            *(entry.account, entry.booked_on.isoformat(), str(entry.amount), entry.bank_id),
            *(entry.reference, entry.payer, entry.label),
        )
        rank = 0 if entry.bank_id else seen[key]
        seen[key] += 1
        yield hashlib.sha256("\x1f".join((*key, str(rank))).encode()).hexdigest(), entry
