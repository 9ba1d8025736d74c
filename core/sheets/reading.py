"""Reading a table from a file or from pasted text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import IO

from core.sheets import archive, csvtext, legacy, workbook
from core.sheets.cells import plain
from core.sheets.csvtext import Heading
from core.sheets.errors import SheetError

MAX_ROWS = 2000
MAX_BYTES = 10 * 1024 * 1024
MAX_CELL = 10_000  # characters

__all__ = ["MAX_BYTES", "MAX_ROWS", "Sheet", "SheetError", "read", "read_text"]

_MACRO_NAMES = (".xlsm", ".xltm", ".xlam", ".xlsb")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
EMPTY = "Ce fichier est vide : aucune ligne n’y est remplie."


@dataclass(frozen=True)
class Sheet:
    """A table: its headings, and its rows numbered as the person's spreadsheet numbers them.

    Rows are read as they are asked for, so they can be walked once; they have as many cells as there are headings.
    """

    headers: list[str]
    rows: Iterable[tuple[int, list[str]]]
    header_line: int = 1


def read(file: IO[bytes], filename: str, limit: int = MAX_ROWS, heading: Heading | None = None) -> Sheet:
    """The first visible sheet of an .xlsx, .xls or .ods workbook, or a .csv file; `SheetError` if there is none.

    The headings are the first row, or, of the first rows, the one that `heading` knows: what stands above is left out.
    The format is told from the content. Walking the rows raises `SheetError` as well: after `limit` rows.
    """
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise SheetError(f"Ce fichier dépasse {MAX_BYTES // 1024**2} Mo. Copiez vos lignes seules dans notre modèle.")
    if filename.lower().endswith(_MACRO_NAMES):
        raise SheetError(archive.MACROS)
    if data.startswith(b"PK"):
        return _sheet(workbook.rows(archive.checked_copy(data, limit)), limit, heading)
    if data.startswith(_OLE):
        return _sheet(legacy.rows(data), limit, heading)
    return _sheet(_text_rows(csvtext.decode(data), heading), limit, heading)


def read_text(pasted: str, limit: int = MAX_ROWS) -> Sheet:
    """The cells that were pasted from a spreadsheet (tabs) or from a CSV file."""
    if len(pasted) > MAX_BYTES:
        raise SheetError("Ce texte est trop long. Enregistrez votre tableau dans un fichier, puis importez-le.")
    return _sheet(_text_rows(pasted), limit)


def _text_rows(text: str, heading: Heading | None = None) -> Iterator[list[str]]:
    for row in csvtext.records(text, heading):
        yield [plain(cell) for cell in row]


def _sheet(rows: Iterator[list[str]], limit: int, heading: Heading | None = None) -> Sheet:
    """Find the headings, the first row that is not blank, and check the rows below as they are read."""
    numbered: Iterator[tuple[int, list[str]]] = enumerate(rows, start=1)
    if heading:
        first = list(islice(numbered, csvtext.HEADING_ROWS))
        start = next((at for at, (_, row) in enumerate(first) if heading(row)), 0)
        numbered = chain(first[start:], numbered)
    for line, headers in numbered:
        while headers and not headers[-1]:
            headers.pop()
        if headers:
            _check_cells(line, headers)
            if len(headers) > archive.MAX_COLUMNS:
                raise SheetError(
                    f"Ce tableau a plus de {archive.MAX_COLUMNS} colonnes. Gardez seulement celles qui servent."
                )
            return Sheet(headers, _checked(numbered, len(headers), limit), line)
    raise SheetError(EMPTY)


def _checked(numbered: Iterable[tuple[int, list[str]]], width: int, limit: int) -> Iterator[tuple[int, list[str]]]:
    count = 0
    for line, row in numbered:
        if not any(row):
            continue
        count += 1
        if count > limit:
            raise SheetError(f"Ce fichier compte plus de {limit} lignes. Partagez-le en plusieurs fichiers.")
        if len(row) > width and any(row[width:]):
            raise SheetError(
                f"La ligne {line} a plus de cellules remplies que l’en-tête n’a de colonnes ({width}). "
                "Donnez un titre à chaque colonne, ou vérifiez les séparateurs de cette ligne."
            )
        _check_cells(line, row)
        yield line, row[:width] + [""] * (width - len(row))


def _check_cells(line: int, row: list[str]) -> None:
    if max(map(len, row)) > MAX_CELL:
        raise SheetError(f"Ligne {line}, une cellule contient plus de {MAX_CELL} caractères. Raccourcissez-la.")
