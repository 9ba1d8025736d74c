"""The debits of each day, counted in SQL."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, Sum

from billing.models import Collection, CollectionFile
from billing.models.collection import CollectionState as State

PER_PAGE = 50


def page(number: str | None) -> Page:
    """A page of days, the last first: for each state how many and how much, and the files made. What was cancelled is
    no debit of that day any more."""
    sums: dict[str, Any] = {}
    for state in State:
        sums[state.value] = Count("pk", filter=Q(state=state))
        sums[f"{state.value}_total"] = Sum("amount", filter=Q(state=state))
    days = (
        Collection.objects.exclude(state=State.CANCELLED)
        .values("collects_on")
        .annotate(**sums)
        .order_by("-collects_on")
    )
    found = Paginator(days, PER_PAGE).get_page(number)
    rows: list[Any] = list(found.object_list)
    files: dict[Any, list[CollectionFile]] = {}
    dates = [row["collects_on"] for row in rows]
    waiting = Count("lines", filter=Q(lines__state=State.EXPORTED))
    made = CollectionFile.objects.filter(collects_on__in=dates).defer("content").annotate(waiting=waiting)
    for file in made.order_by("made_at"):
        files.setdefault(file.collects_on, []).append(file)
    for row in rows:
        row["files"] = files.get(row["collects_on"], [])
    found.object_list = rows
    return found
