"""Bank statements as files: CAMT.053 (versions 02 and 08) and tables (csv, spreadsheets). Reads, stores nothing.

`read` gives every amount of the file, or one `StatementError`, a French sentence to show: a file that is cut, forged or
of another kind is refused whole. Whether a csv without its last line end is cut, a person is asked (`PerhapsCut`).
"""

from billing.bank.entry import Entry, FileRead, PerhapsCut, StatementError
from billing.bank.reading import MAX_BYTES, MAX_ENTRIES, read

__all__ = ["MAX_BYTES", "MAX_ENTRIES", "Entry", "FileRead", "PerhapsCut", "StatementError", "read"]
