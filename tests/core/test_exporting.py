"""Exports are written as their rows are read: memory does not grow with the list."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest
from django.http import Http404

from core.exporting import table_response
from core.sheets import Column

COLUMNS = [Column("Numéro"), Column("Nom")]


def rows(count: int) -> Iterator[list[object]]:
    for number in range(count):
        yield [number, f"Salarié numéro {number} avec un nom assez long pour peser"]


def test_a_csv_is_read_as_it_is_sent():
    asked: list[int] = []

    def lazy() -> Iterator[list[object]]:
        for row in rows(1000):
            asked.append(1)
            yield row

    response = table_response("csv", COLUMNS, lazy(), name="liste", title="Liste")
    content = iter(response.streaming_content)
    for _ in range(5):
        next(content)
    assert len(asked) <= 5


@pytest.mark.django_db  # closing a response closes the connections
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_memory_is_the_same_for_ten_times_the_rows(kind):
    def peak(count: int) -> int:
        tracemalloc.start()
        response = table_response(kind, COLUMNS, rows(count), name="liste", title="Liste")
        for _ in response.streaming_content:
            pass
        response.close()
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(10)  # what is imported on the way
    assert peak(60_000) < peak(6_000) + 6_000_000  # the spooled file is kept in memory up to 4 MB


def test_another_kind_of_file_is_not_there():
    with pytest.raises(Http404):
        table_response("pdf", COLUMNS, rows(1), name="liste", title="Liste")
