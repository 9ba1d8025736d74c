"""Money of a statement whose text bears the reference of another app's paper, such as a proforma: it is for no invoice.

Billing knows none of these papers. The app that issues them says which a line names (`register`, at start-up). Such a
line is never proposed for an invoice because of its amount; staff record it on that app's page, then set it aside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from billing.models import StatementLine


@dataclass(frozen=True)
class Paper:
    """What a line is for. `words` is a finished phrase, « Règlement d’une adhésion (dossier PA-2027-000012) »; `action`
    names the page at `path`, for who has `permission`. `takes`: money can be recorded there; `done` says that this one
    is already."""

    words: str
    path: str = ""
    action: str = ""
    permission: str = ""
    takes: bool = False
    done: str = ""

    def url(self, line: StatementLine) -> str:
        """The page, whose form begins with what the bank says."""
        amount = f"{line.amount:.2f}".replace(".", ",")
        told = {"amount": amount, "received_on": f"{line.booked_on:%d/%m/%Y}", "reference": line.label[:60]}
        return f"{self.path}?{urlencode(told)}"

    def shown(self, line: StatementLine, user: Any) -> dict[str, Any]:
        """What the line's row shows to a member of staff."""
        may = bool(self.path) and user.has_perm(self.permission)
        takes = self.takes or bool(self.done)
        return {"takes": takes, "done": self.done, "action": self.action, "url": self.url(line) if may else ""}


# For each line, the paper that it names; read together, in a few queries whatever their number.
Reader = Callable[[Sequence[StatementLine]], list[Paper | None]]
_readers: list[Reader] = []


def register(reader: Reader) -> None:
    """Have `reader` asked about each line."""
    if reader not in _readers:
        _readers.append(reader)


def papers(lines: Sequence[StatementLine]) -> list[Paper | None]:
    """What each line is for, as far as another app knows."""
    found: list[Paper | None] = [None] * len(lines)
    for reader in _readers:
        found = [old or new for old, new in zip(found, reader(lines), strict=True)]
    return found


def paper(line: StatementLine) -> Paper | None:
    return papers([line])[0]
