"""Spreadsheets: reading what people send, writing exports and templates. Knows no domain.

`read` and `read_text` give the cells as text, as a person sees them; every refusal is a `SheetError`, a French sentence
to show. `write_xlsx`, `write_csv` and `template_xlsx` make files in which no cell can act as a formula.
"""

from core.sheets.reading import MAX_ROWS, Sheet, SheetError, read, read_text
from core.sheets.template import template_xlsx
from core.sheets.writing import XLSX, Column, write_csv, write_xlsx

__all__ = [
    "MAX_ROWS",
    "XLSX",
    "Column",
    "Sheet",
    "SheetError",
    "read",
    "read_text",
    "template_xlsx",
    "write_csv",
    "write_xlsx",
]
