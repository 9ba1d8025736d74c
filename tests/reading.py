"""What a page says, whatever holds its lines together: tests write « : » after a plain space, as our texts do."""

from __future__ import annotations

import re
from typing import Any

_HELD = re.compile("\u00a0(?=[:;?!»%])|(?<=«)\u00a0")


def plain(text: str) -> str:
    """`text` with plain spaces for the no-break ones that `core.text.unbroken` puts."""
    return _HELD.sub(" ", text)


def read_page(answer: Any) -> str:
    """The HTML of an answer, to look for sentences in."""
    return plain(answer.content.decode())
