"""Member numbers: A000001, A000002… one after the other, given only to who becomes a member (M-17)."""

from __future__ import annotations

import re

from core.models import Sequence
from core.numbering import next_number
from membership.models import Member

SERIES = "member"
_OURS = re.compile(r"A(\d{6,})", re.IGNORECASE)


def next_member_number() -> str:
    """The next number, in the caller's transaction. One that staff gave to a past member by hand is passed over: it is
    taken, so none is missing."""
    while True:
        number = f"A{next_number(SERIES):06d}"
        if not Member.objects.filter(number__iexact=number).exists():
            return number


def is_to_come(number: str) -> bool:
    """Whether the portal will give this number itself one day."""
    ours = _OURS.fullmatch(number.strip())
    last = Sequence.objects.filter(pk=SERIES).values_list("last", flat=True).first() or 0
    return ours is not None and int(ours[1]) > last
