from __future__ import annotations

from billing.bank import camt, table
from billing.bank.entry import FileRead, StatementError

MAX_BYTES = 10 * 1024 * 1024
MAX_ENTRIES = 20_000
_BOM = b"\xef\xbb\xbf"


def read(data: bytes, filename: str, *, whole: bool = False) -> FileRead:
    """The amounts of a statement, its format told from its content. Raises `StatementError`; `whole`: somebody has
    looked at the end of the file, and nothing is missing."""
    if not data.strip():
        raise StatementError("Ce fichier est vide. Téléchargez à nouveau le relevé depuis le site de votre banque.")
    if len(data) > MAX_BYTES:
        raise StatementError(f"Ce fichier dépasse {MAX_BYTES // 1024**2} Mo. Demandez des relevés plus courts.")
    if _is_xml(data, filename):
        found = FileRead("camt", camt.entries(data))
    else:
        found = FileRead("table", table.entries(data, filename, MAX_ENTRIES, whole))
    if len(found.entries) > MAX_ENTRIES:
        raise StatementError(f"Ce relevé compte plus de {MAX_ENTRIES} écritures. Demandez des relevés plus courts.")
    return found


def _is_xml(data: bytes, filename: str) -> bool:
    return data.removeprefix(_BOM).lstrip().startswith(b"<") or filename.lower().endswith(".xml")
