"""What an issued document shows, frozen as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.functional import Promise


def freeze(value: Any) -> Any:
    """`value` as JSON that comes out of the database exactly as it went in.

    Amounts are Decimals, kept as strings with their cents. A float is refused: 0.1 + 0.2 has no place on an invoice.
    So is a model instance: it would change after the document was issued.
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str | Promise):
        return str(value).replace("\x00", "")  # PostgreSQL takes no NUL in JSON
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise TypeError("a snapshot takes no infinite or undefined amount")
        return format(value, "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): freeze(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [freeze(item) for item in value]
    raise TypeError(f"a snapshot holds text, whole numbers, Decimals, dates, lists and mappings, not {type(value)}")
