"""Rows of a workbook, through calamine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

import python_calamine

from core.sheets.cells import as_text
from core.sheets.errors import SheetError

BROKEN = "Ce fichier est abîmé ou n’est pas un tableur. Ouvrez-le, enregistrez-le au format .xlsx, puis renvoyez-le."


def rows(file: IO[bytes]) -> Iterator[list[str]]:
    """The rows of the first visible sheet, from its first row on, blank ones included."""
    try:
        workbook = python_calamine.load_workbook(file)
        visible = python_calamine.SheetVisibleEnum.Visible
        names = [sheet.name for sheet in workbook.sheets_metadata if sheet.visible == visible]
        sheet = workbook.get_sheet_by_name(names[0])
    except (KeyboardInterrupt, SystemExit):
        raise
    # A panic of the parser, which is written in Rust, is a BaseException.
    except BaseException as error:
        raise SheetError(BROKEN) from error
    for row in sheet.iter_rows():
        yield [as_text(value) for value in row]
