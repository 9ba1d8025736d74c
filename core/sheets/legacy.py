"""Old .xls workbooks, read in a process of its own.

Their binary format cannot be checked beforehand as a zip of XML can, and a forged one can make the parser allocate or
loop at will. The process is given little memory and time; if it dies, the file is refused and nothing else happens.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from core.sheets.errors import SheetError

SECONDS = 20
ROOT = Path(__file__).resolve().parent.parent.parent
REFUSED = (
    "Ce fichier ne peut pas être lu : il est abîmé, protégé par un mot de passe, ou d’une version trop ancienne. "
    "Ouvrez-le dans votre tableur, enregistrez-le au format .xlsx, puis renvoyez-le."
)


def rows(data: bytes) -> Iterator[list[str]]:
    """The rows of the first visible sheet."""
    command = [sys.executable, "-m", "core.sheets.xls_process"]
    try:
        done = subprocess.run(command, cwd=ROOT, input=data, capture_output=True, timeout=SECONDS, check=True)
    except (subprocess.SubprocessError, OSError) as error:
        raise SheetError(REFUSED) from error
    for line in done.stdout.splitlines():
        yield json.loads(line)
