"""What is kept for a while because working it out again costs too much. A cache that is away costs only that work."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

T = TypeVar("T")
MANY = 10_000
COUNT_KEPT = 60


def cached(key: str, seconds: int, make: Callable[[], T], *, worth: Callable[[T], bool] = lambda _: True) -> T:
    """What is kept under `key`, else what `make` returns, which is kept for `seconds` if it is `worth` it."""
    value = None
    with suppress(Exception):  # each cache has its own
        value = cache.get(key)
    if value is None:
        value = make()
        if worth(value):
            with suppress(Exception):
                cache.set(key, value, seconds)
    return value


class LongList(Paginator):
    """A list in pages that counts at most once a minute more than MANY rows: each page would count them all again,
    which costs as much as showing fifty."""

    object_list: QuerySet[Any]

    @cached_property
    def count(self) -> int:
        try:
            query = repr(self.object_list.query.sql_with_params())
        except EmptyResultSet:
            return 0
        key = f"count:{hashlib.sha256(query.encode()).hexdigest()}"
        return cached(key, COUNT_KEPT, self.object_list.count, worth=lambda rows: rows > MANY)
