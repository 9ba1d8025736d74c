"""What an address asks of a list: words, filters, order. The address is all there is: a page can be kept and sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.db import models
from django.http import HttpRequest, QueryDict

from core.text import fold

if TYPE_CHECKING:
    from core.rows.rowset import RowSet

SEARCH, SORT, PAGE, KEPT = "q", "tri", "page", "vue"
MAX_SEARCH = 80  # characters


@dataclass(frozen=True)
class Asked:
    """A view of a list. Whatever the address says, only what the list declares is taken from it."""

    rowset: RowSet
    search: str
    chosen: Mapping[str, str]  # filter: value
    sort: str  # a name of `RowSet.sorts`, with « - » in front for the last first; "" for the list's own order
    page: str

    @classmethod
    def read(cls, rowset: RowSet, data: QueryDict) -> Asked:
        sort = data.get(SORT, "")
        return cls(
            rowset,
            data.get(SEARCH, "").strip()[:MAX_SEARCH],
            {one.name: one.read(data.get(one.name)) for one in rowset.filters},
            sort if sort.removeprefix("-") in rowset.sorts else "",
            data.get(PAGE, "") if data.get(PAGE, "").isdecimal() else "",
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether this is less, or something else, than the page shows by itself."""
        return bool(self.search) or any(self.chosen[one.name] != one.default for one in self.rowset.filters)

    def query(self, **changes: str) -> str:
        """The address of this view, or of the one next to it, on its first page unless `page` is named."""
        wanted = {SEARCH: self.search, **self.chosen, SORT: self.sort, **changes}
        defaults = {one.name: one.default for one in self.rowset.filters}
        return urlencode({name: value for name, value in wanted.items() if value != defaults.get(name, "")})

    def everything(self) -> str:
        """The address of all rows, in this order."""
        return self.query(**{SEARCH: ""}, **dict.fromkeys(self.chosen, ""))

    def hidden(self) -> list[tuple[str, str]]:
        """What the search's form carries along besides its own fields."""
        tabs = [(one.name, self.chosen[one.name]) for one in self.rowset.filters if one.tabs]
        defaults = {one.name: one.default for one in self.rowset.filters}
        return [(name, value) for name, value in [*tabs, (SORT, self.sort)] if value != defaults.get(name, "")]

    def rows(self, rows: models.QuerySet) -> models.QuerySet:
        """Those of `rows` that are asked for, in the order asked for. Words are the business of who reads them."""
        for one in self.rowset.filters:
            if value := self.chosen[one.name]:
                rows = one.narrow(rows, value)
        if self.search and self.rowset.search_field:
            for word in fold(self.search).split():
                rows = rows.filter(**{f"{self.rowset.search_field}__contains": word})
        return rows.order_by(*self._order()) if self._order() else rows

    def _order(self) -> list[str]:
        sort = self.sort or self.rowset.default_sort
        names = self.rowset.sorts.get(sort.removeprefix("-"), ())
        if not names:
            return []
        if not sort.startswith("-"):
            return [*names, "pk"]
        return [name.removeprefix("-") if name.startswith("-") else f"-{name}" for name in names] + ["-pk"]

    def heading(self, sort: str) -> tuple[str, str]:
        """The address that a column's heading leads to, and its present direction (`aria-sort`) or nothing."""
        now = self.sort or self.rowset.default_sort
        if now == sort:
            return self.query(**{SORT: f"-{sort}"}), "ascending"
        return self.query(**{SORT: sort}), "descending" if now == f"-{sort}" else ""


def kept(rowset: RowSet, request: HttpRequest) -> str:
    """The view that a page of one row was opened from, to go back to: `q=…&tri=…`, or nothing."""
    asked = Asked.read(rowset, QueryDict(request.GET.get(KEPT, "")[:1000]))
    return asked.query(**{PAGE: asked.page} if asked.page else {})


def keep(query: str) -> str:
    """The end of a row's address that remembers the view it was opened from."""
    return "?" + urlencode({KEPT: query}) if query else ""
