"""What is checked of an .xlsx or .ods archive before a parser sees it.

Such a file is a zip of XML parts: some kilobytes can unfold to gigabytes, one cell at the far corner can make a parser
allocate the whole sheet, an XML entity can multiply itself. So each part is unfolded here under a limit, walked by
expat, which sees every element whatever its spelling, and copied. The parser gets the copy: only parts that were
checked, once each, with their true sizes.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from xml.parsers import expat

from core.sheets.errors import SheetError
from core.sheets.workbook import BROKEN

MAX_PARTS = 300
MAX_UNPACKED = 24 * 1024 * 1024  # bytes of XML, for a file of 2,000 rows; longer lists are allowed more
MAX_PART_NAME = 200
MAX_COLUMNS = 200
MAX_AREA = 1_500_000  # cells between the first one and the last filled one
MAX_TEXT = 32 * 1024 * 1024  # characters, once the parser has copied every shared text where it is used

_MACROS = re.compile(r"vbaProject|(^|/)macrosheets/|^Basic/|^Scripts/", re.IGNORECASE)
_LINKS = re.compile(r"(^|/)externalLinks/", re.IGNORECASE)

TOO_BIG = "Ce fichier est trop volumineux une fois ouvert. Copiez vos lignes seules dans notre modèle."
MACROS = "Ce classeur contient des macros. Enregistrez-le au format « Classeur Excel (.xlsx) », puis renvoyez-le."
LINKS = "Ce classeur est lié à d’autres fichiers. Copiez vos lignes dans notre modèle (collage des valeurs)."
PROTECTED = "Ce fichier est protégé par un mot de passe. Enregistrez-le sans mot de passe, puis renvoyez-le."
FAR = "Une cellule isolée est remplie très loin du tableau. Copiez vos lignes dans notre modèle, puis renvoyez-le."


def checked_copy(data: bytes, limit: int) -> io.BytesIO:
    """The XML parts of a zip, checked and copied to a zip without compression; `SheetError` when one is refused."""
    room = max(MAX_UNPACKED, limit * 2048)
    copy, walker = io.BytesIO(), _Walker(limit)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(copy, "w") as kept:
            for part in _checked_directory(archive, room):
                content = _unfold(archive, part, room)
                room -= len(content)
                if part.filename != "mimetype":
                    walker.walk(content)
                kept.writestr(part.filename, content)
            walker.check_text()
    except SheetError:
        raise
    # zipfile raises RuntimeError for an encrypted part, NotImplementedError for an unknown compression.
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError, expat.ExpatError) as error:
        raise SheetError(BROKEN) from error
    copy.seek(0)
    return copy


def _checked_directory(archive: zipfile.ZipFile, room: int) -> list[zipfile.ZipInfo]:
    """The parts worth reading; refuses what the zip's own table of contents is enough to refuse."""
    names = archive.namelist()
    if any(_MACROS.search(name) for name in names):
        raise SheetError(MACROS)
    if any(_LINKS.search(name) for name in names):
        raise SheetError(LINKS)
    if len(set(names)) != len(names) or any(len(name) > MAX_PART_NAME for name in names):
        raise SheetError(BROKEN)
    parts = [part for part in archive.infolist() if part.filename.endswith((".xml", ".rels", "mimetype"))]
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > room:
        raise SheetError(TOO_BIG)
    # Other methods let the file choose how much memory unfolding takes.
    if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts):
        raise SheetError(BROKEN)
    return parts


def _unfold(archive: zipfile.ZipFile, part: zipfile.ZipInfo, room: int) -> bytes:
    """The content of a part. The table of contents may lie about its size, so the limit holds while reading too."""
    with archive.open(part) as stream:
        content = stream.read(room + 1)
    if len(content) > room:
        raise SheetError(TOO_BIG)
    return content


class _Walker:
    """Walks the XML parts and adds up what a parser would have to allocate for them."""

    def __init__(self, limit: int) -> None:
        self.max_area = max(MAX_AREA, limit * 30)
        self.max_text = max(MAX_TEXT, limit * 2048)
        self.row = self.column = 0  # of the current cell, from 1
        self.row_repeat = self.column_repeat = 1  # .ods writes a run of equal rows or cells once
        self.last_row = self.last_column = 0  # of the filled cells so far
        self.cells = self.most_cells = 0  # filled, in this sheet and in the fullest one
        self.text = self.longest = 0  # characters of the current text and of the longest one

    def walk(self, content: bytes) -> None:
        """Walk one part; `SheetError` when it goes over a limit."""
        self._new_sheet()
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.CharacterDataHandler = self._characters
        parser.Parse(content, True)

    def check_text(self) -> None:
        """Once all parts are walked: the parser copies a shared text into each cell that shows it."""
        if self.longest * self.most_cells > self.max_text:
            raise SheetError(f"Une cellule contient un texte de {self.longest} caractères. Raccourcissez-la.")

    def _new_sheet(self) -> None:
        self.row = self.column = self.last_row = self.last_column = self.cells = 0
        self.row_repeat = self.column_repeat = 1

    def _doctype(self, *_: object) -> None:
        raise SheetError(BROKEN)  # no spreadsheet program writes one; it is there to define entities

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        match tag.rpartition(":")[2]:
            case "c":
                self._xlsx_cell(attributes.get("r", ""))
            case "v" | "is":
                self.text = 0
                self._filled()
            case "si":
                self.text = 0
            case "row":
                reference = attributes.get("r", "")
                self.row, self.column = _number(reference) if reference else self.row + 1, 0
            case "table-cell" | "covered-table-cell":
                self.text = 0
                self.column += self.column_repeat
                self.column_repeat = _repeat(attributes, "number-columns-repeated")
                if any(name.endswith(("value-type", "formula")) for name in attributes):
                    self._filled()
            case "table-row":
                self.row += self.row_repeat
                self.row_repeat = _repeat(attributes, "number-rows-repeated")
                self.column, self.column_repeat = 0, 1
            case "table":
                self._new_sheet()
            case "encryption-data":
                raise SheetError(PROTECTED)

    def _xlsx_cell(self, reference: str) -> None:
        if not reference:
            self.column += 1
            return
        letters = reference.rstrip("0123456789")
        if not (letters.isascii() and letters.isalpha() and len(letters) <= 3):
            raise SheetError(BROKEN)
        self.row = _number(reference[len(letters) :])
        self.column = 0
        for letter in letters.upper():
            self.column = self.column * 26 + ord(letter) - ord("A") + 1

    def _filled(self) -> None:
        """The current cell holds something: a parser allocates the rectangle up to the last of these."""
        self.last_row = max(self.last_row, self.row + self.row_repeat - 1)
        self.last_column = max(self.last_column, self.column + self.column_repeat - 1)
        self.cells += self.row_repeat * self.column_repeat
        self.most_cells = max(self.most_cells, self.cells)
        area = max(self.last_row * self.last_column, self.cells)
        if self.last_column > MAX_COLUMNS or area > self.max_area:
            raise SheetError(FAR)

    def _characters(self, text: str) -> None:
        self.text += len(text)
        self.longest = max(self.longest, self.text)


def _repeat(attributes: dict[str, str], name: str) -> int:
    return next((_number(value) for key, value in attributes.items() if key.endswith(name)), 1)


def _number(digits: str) -> int:
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 10):
        raise SheetError(BROKEN)
    return int(digits)
