"""HTML written in Python, for the parts that a page repeats most: inputs, fields, rows of a table.

Django's templates give the same letters, but cost a lookup for each `{{ }}`: on a page of forms or of rows that was
half of what it took.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

from core.text import unbroken


def escaped(value: Any) -> str:
    """`value` as text of a page, as `conditional_escape` gives it, without its detour for lazy texts."""
    return value.__html__() if hasattr(value, "__html__") else html.escape(str(value))


def worded(value: Any) -> str:
    """A sentence of ours as text of a page: no line begins with the « : » or « ? » in it. Not for `value="…"`."""
    return unbroken(escaped(value))


def attributes(attrs: Mapping[str, Any]) -> str:
    """` name="value"` for each; True gives the name alone, False nothing."""
    return "".join(
        f" {name}" if value is True else f' {name}="{escaped(value)}"'
        for name, value in attrs.items()
        if value is not False
    )
