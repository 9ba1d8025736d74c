"""A statement as a table: the csv that every bank offers, or a spreadsheet made from one."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from io import BytesIO

from django.core.exceptions import ValidationError

from billing.bank.entry import LABEL, SHORT, Entry, PerhapsCut, StatementError, tidy
from core.formfields import MoneyField, parse_date
from core.identifiers import Invalid
from core.sheets import SheetError, csvtext
from core.sheets import read as read_sheet
from core.text import fold

COLUMNS = {
    "date": ("date", "date operation", "date d operation", "date comptable", "date de comptabilisation"),
    "label": ("libelle", "libelle operation", "label", "libelle complet", "motif", "description"),
    "amount": ("montant", "amount", "montant en euros", "montant eur"),
    "credit": ("credit", "credit euros", "credit eur", "credit en euros", "montant credit", "montant au credit"),
    "debit": ("debit", "debit euros", "debit eur", "debit en euros", "montant debit", "montant au debit"),
    "reference": ("reference", "ref", "reference client", "reference operation"),
    "payer": ("payeur", "payer", "emetteur", "donneur d ordre", "nom du payeur", "contrepartie"),
}
REQUIRED = {"date": "Date", "label": "Libellé", "amount": "Montant"}
NOTHING = "Rien n’a été enregistré."
AGAIN = "Téléchargez-le à nouveau depuis le site de votre banque."
_MONEY = MoneyField()


def entries(data: bytes, filename: str, limit: int, whole: bool = False) -> list[Entry]:
    """All amounts of the table. Raises `StatementError` for the first line that cannot be read."""
    try:
        _refuse_cut(data, whole)
        sheet = read_sheet(BytesIO(data), filename, limit, _is_heading)
        places = _places(sheet.headers)
        return [_entry(line, row, places) for line, row in sheet.rows]
    except SheetError as error:
        raise StatementError(f"{error} {NOTHING}") from error


def _places(headers: Iterable[str]) -> dict[str, int]:
    """Where each column stands."""
    places = _found(headers)
    if missing := _missing(places):
        raise StatementError(
            f"Il manque la colonne {' et la colonne '.join(f'« {label} »' for label in missing)}. Les colonnes "
            "attendues : Date, Libellé, Montant (ou Débit et Crédit), et si possible Référence et Payeur."
        )
    return places


def _found(headers: Iterable[str]) -> dict[str, int]:
    folded = [fold(header) for header in headers]
    return {
        name: folded.index(found)
        for name, words in COLUMNS.items()
        if (found := next((word for word in words if word in folded), None)) is not None
    }


def _missing(places: dict[str, int]) -> list[str]:
    has = {*places, *(["amount"] if "credit" in places else [])}
    return [label for name, label in REQUIRED.items() if name not in has]


def _is_heading(row: list[str]) -> bool:
    """Whether it names the columns: banks write the account, its owner and its balance above."""
    return not _missing(_found(row))


def _entry(line: int, row: list[str], places: dict[str, int]) -> Entry:
    cells = {name: row[place] for name, place in places.items()}
    if not cells["date"] and not any(cells.get(name) for name in ("amount", "credit", "debit")):
        raise StatementError(f"Ligne {line} : il manque la date et le montant. Le fichier est-il entier ? {NOTHING}")
    try:
        day, amount = parse_date(cells["date"]), _signed(cells)
    except (Invalid, ValidationError) as error:
        said = error.messages[0] if isinstance(error, ValidationError) else str(error)
        raise StatementError(f"Ligne {line} : {said} {NOTHING}") from error
    return Entry(
        booked_on=day,
        amount=amount,
        label=tidy(cells["label"], LABEL),
        reference=tidy(cells.get("reference"), SHORT),
        payer=tidy(cells.get("payer"), SHORT),
    )


def _signed(cells: dict[str, str]) -> Decimal:
    """The amount of the line, below zero when it went out, in one column or in two, either of them empty or nought."""
    if "amount" in cells:
        return _amount(cells["amount"])
    credit, debit = (_amount(cells[name]) if cells.get(name) else None for name in ("credit", "debit"))
    if credit and debit:
        raise ValidationError("Cette ligne a un débit et un crédit.")
    if credit is None and debit is None:
        raise ValidationError("Indiquez le montant.")
    return credit or -abs(debit or Decimal(0))  # a debit is written with its sign or without


def _amount(written: str) -> Decimal:
    """« 1 382,76 », « +1382.76 EUR », « 1.382,76 »."""
    text = written.upper().removesuffix("EUR").strip().lstrip("+").replace("\u2212", "-")
    if "," in text and "." in text:
        text = text.replace("." if text.rindex(",") > text.rindex(".") else ",", "")
    amount = _MONEY.clean(text)
    if amount is None:
        raise ValidationError("Indiquez le montant.")
    return amount


def _refuse_cut(data: bytes, whole: bool) -> None:
    """A csv whose last line has no line end. With fewer cells than headings it is cut; with all of them, « 24 » may be
    what is left of « 240,00 », or its writer never ends a file with a line end: that is asked, unless it is said to be
    `whole`."""
    if data.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        return
    text = csvtext.decode(data)
    if text.rstrip(" ").endswith(("\n", "\r")):
        return
    rows = [row for row in csvtext.records(text, _is_heading) if any(row)]
    if len(rows) < 2:
        return
    if len(rows[-1]) < len(next((row for row in rows[: csvtext.HEADING_ROWS] if _is_heading(row)), rows[0])):
        raise StatementError(f"Ce fichier est coupé : sa dernière ligne s’arrête avant la fin. {AGAIN} {NOTHING}")
    if not whole:
        last = tidy(" ; ".join(rows[-1]), LABEL)
        raise PerhapsCut(
            f"Ce fichier est peut-être coupé : il s’arrête sans fin de ligne, sur «\u00a0{last}\u00a0». {AGAIN} S’il "
            f"se termine bien ainsi, choisissez-le de nouveau et cochez la case. {NOTHING}"
        )
