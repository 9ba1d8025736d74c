"""Exports: .xlsx and .csv files in which no cell can act as a formula, whatever people typed."""

from __future__ import annotations

import csv
import datetime
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"  # the media type
IN_MEMORY = 1024 * 1024  # bytes of a workbook before it goes to disk, which for a moment takes twice as much
_MAX_CELL = 32_767  # characters: more is not a valid .xlsx
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Column:
    """A column of an export or of a template to fill in."""

    header: str
    width: int = 18
    hint: str = ""  # shown beside the heading of a template
    choices: tuple[str, ...] = ()  # the only values a template takes
    is_date: bool = False


def is_formula_like(text: str) -> bool:
    """Whether a spreadsheet program could take this text for a formula."""
    return text.lstrip(" \u00a0").startswith(_FORMULA) or text[:1] in ("\t", "\r", "\n")


def write_xlsx(columns: Sequence[Column], rows: Iterable[Sequence[Any]], title: str = "Liste") -> IO[bytes]:
    """An .xlsx file, open at its start: memory stays flat however many rows there are.

    Text is always stored as text, dates as real dates, numbers as numbers. The heading stays in sight and filters.
    """
    import xlsxwriter  # only where it is needed: a web process seldom exports

    # The response that serves the file closes it.
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
    workbook = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet = workbook.add_worksheet(title[:31])
    heading = workbook.add_format({"bold": True, "bg_color": "#E4F0EF", "font_color": "#0A434A", "bottom": 1})
    date = workbook.add_format({"num_format": "dd/mm/yyyy"})
    text = workbook.add_format({"num_format": "@"})
    # Editing such a cell must not turn it into a formula: this is the apostrophe people type before one.
    quoted = workbook.add_format({"num_format": "@", "quote_prefix": True})
    for number, column in enumerate(columns):
        sheet.set_column(number, number, column.width)
        sheet.write_string(0, number, column.header, heading)
    sheet.freeze_panes(1, 0)
    last = 0
    for last, row in enumerate(rows, start=1):
        for number, value in enumerate(row):
            if isinstance(value, bool):
                sheet.write_string(last, number, "Oui" if value else "Non", text)
            elif isinstance(value, int | float | Decimal):
                sheet.write_number(last, number, value)
            elif isinstance(value, datetime.date):
                sheet.write_datetime(last, number, _naive(value), date)
            elif value not in (None, ""):
                content = str(value)[:_MAX_CELL]
                sheet.write_string(last, number, content, quoted if is_formula_like(content) else text)
    sheet.autofilter(0, 0, last, max(len(columns) - 1, 0))
    workbook.close()
    file.seek(0)
    return file


def write_csv(columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """A CSV file as French spreadsheet programs open it (UTF-8 with its mark, `;`), chunk by chunk, to be streamed."""
    yield "\ufeff".encode()
    yield _csv_line([column.header for column in columns])
    for row in rows:
        yield _csv_line([_csv_cell(value) for value in row])


def _csv_line(cells: list[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, delimiter=";").writerow(cells)
    return line.getvalue().encode("utf-8", "replace")


def _csv_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Oui" if value else "Non"
    if isinstance(value, datetime.date):
        return _naive(value).strftime("%d/%m/%Y")
    if isinstance(value, int | float | Decimal):
        return str(value).replace(".", ",")
    text = str(value).replace("\0", "")
    return f"'{text}" if is_formula_like(text) else text


def _naive(value: datetime.date) -> datetime.date:
    """Spreadsheets know no time zones: the day and hour of Paris."""
    if isinstance(value, datetime.datetime) and value.tzinfo:
        from django.utils.timezone import make_naive

        return make_naive(value)
    return value
