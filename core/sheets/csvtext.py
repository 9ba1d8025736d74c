"""Tables as text: CSV files in the encodings and with the separators people really send, and pasted cells."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator

from core.sheets.errors import SheetError

ACCEPTED = "Formats acceptés : Excel (.xlsx, .xls), LibreOffice (.ods) et CSV."
NOT_TEXT = f"Ce fichier n’est pas un tableau que nous savons lire. {ACCEPTED}"
_OTHER_TEXTS = (b"%pdf-", b"{\\rtf", b"<!doctype html", b"<html", b"<?xml")  # texts, but no tables
HEADING_ROWS = 20  # where headings are looked for, when lines of another kind may stand above them
Heading = Callable[[list[str]], bool]  # whether a row is the headings
_ONE_COLUMN = "\x1f"  # a separator that no text contains


def decode(data: bytes) -> str:
    """Text of a CSV file: UTF-16 and UTF-8 are recognised, anything else is Windows' cp1252."""
    if data.lstrip()[:16].lower().startswith(_OTHER_TEXTS):
        raise SheetError(NOT_TEXT)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif b"\0" in data[:200]:
        encoding = "utf-16-be" if data[:1] == b"\0" else "utf-16-le"
    else:
        encoding = "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8-sig":
            raise SheetError(NOT_TEXT) from error
        try:
            text = data.decode("cp1252")
        except UnicodeDecodeError:
            text = data.decode("latin-1")
    if any(ord(character) < 32 and character not in "\t\r\n" for character in set(text)):
        raise SheetError(NOT_TEXT)
    return text


def separator(text: str, heading: Heading | None = None) -> str:
    """The one of tab, `;` and `,` that the first line with something in it uses most, outside quotes; of a table whose
    headings are known when they are seen, the one that they use."""
    lines = text.splitlines()[:HEADING_ROWS] if heading else ()
    told = (one for line in lines for one in "\t;," if heading and heading(_cells(line, one)))
    return next(told, None) or _most_used(text)


def _cells(line: str, delimiter: str) -> list[str]:
    return [cell.strip(' "') for cell in line.split(delimiter)]


def _most_used(text: str) -> str:
    counts = dict.fromkeys("\t;,", 0)
    quoted = False
    first = re.search(r"^.*\S", text, re.MULTILINE)
    for character in text[first.start() :] if first else "":
        if character == '"':
            quoted = not quoted
        elif character in "\r\n" and not quoted:
            break
        elif character in counts and not quoted:
            counts[character] += 1
    best = max(counts, key=counts.__getitem__)
    return best if counts[best] else _ONE_COLUMN


def records(text: str, heading: Heading | None = None) -> Iterator[list[str]]:
    """The rows of `text`, blank ones included, so that their rank is the row number a spreadsheet shows."""
    text = text.removeprefix("\ufeff")
    declared = text[:6].lower().startswith("sep=") and text[5:6] in ("\r", "\n")
    delimiter = text[4] if declared else separator(text, heading)
    if delimiter in '"\r\n ':
        raise SheetError(NOT_TEXT)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    if declared:
        next(reader)
        yield []
    try:
        yield from reader
    except csv.Error as error:
        raise SheetError(
            f'Vers la ligne {reader.line_num}, un guillemet (") n’est pas fermé ou un texte est trop long. '
            "Corrigez-le, ou enregistrez le fichier au format .xlsx."
        ) from error
