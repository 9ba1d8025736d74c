import datetime
import io
import struct
from contextlib import suppress

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.sheets import SheetError, read, read_text
from tests.sheets import files

HEADERS = ["Nom", "Prénom", "Poste"]
ROWS = [["Lefèvre", "Zoé", "Comptable"], ["Diallo", "Aminata", "Cariste, nuit"]]


def table(data, name="liste.xlsx", **options):
    sheet = read(io.BytesIO(data), name, **options)
    return sheet.headers, list(sheet.rows)


def as_csv(rows, separator):
    quote = '"{}"'.format if separator else str
    return "\r\n".join(separator.join(quote(cell) for cell in row) for row in rows) + "\r\n"


@pytest.mark.fault("E9")
@pytest.mark.req("B-07")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_csv_in_every_encoding_with_every_separator(encoding, separator):
    rows = [HEADERS, *ROWS, ["Petit", "Hugo", 'Aide\n"polyvalent"'.replace('"', '""')]]
    headers, read_rows = table(as_csv(rows, separator).encode(encoding), "liste.csv")
    assert headers == HEADERS
    assert read_rows == [(2, ROWS[0]), (3, ROWS[1]), (4, ["Petit", "Hugo", 'Aide\n"polyvalent"'])]


@pytest.mark.fault("E9")
def test_csv_of_one_column_keeps_its_commas():
    assert table(b"Nom\nPetit; Hugo, et fils\nDiallo\n", "x.csv") == (
        ["Nom"],
        [(2, ["Petit; Hugo, et fils"]), (3, ["Diallo"])],
    )


@pytest.mark.fault("E9")
def test_csv_separator_declared_and_blank_lines_counted():
    assert table("sep=,\r\nNom,Ville; pays\r\n\r\nPetit,Évry\r\n".encode(), "x.csv") == (
        ["Nom", "Ville; pays"],
        [(4, ["Petit", "Évry"])],
    )


@pytest.mark.fault("E9")
@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "vide"),
        (b"\n \n;;\n", "vide"),
        (b"Nom;Ville\nPetit;Evry;91000\n", "ligne 2"),
        (b'Nom;Ville\n"Petit;Evry\n', "guillemet"),
        (b"MZ\x90\x00\x03\x00", "Formats accept"),
        (b"\xff\xfeN\x00o", "Formats accept"),
        (b"%PDF-1.7\n\x01\x02", "Formats accept"),
        (b"Nom\n" + b"x" * 10_001, "Ligne 2"),
    ],
)
def test_what_is_not_a_table_is_refused_in_words(data, told):
    with pytest.raises(SheetError, match=told):
        table(data, "x.csv")


def test_pasted_cells():
    sheet = read_text("Nom\tPrénom\nLefèvre\tZoé, Anne\n")
    assert (sheet.headers, list(sheet.rows)) == (["Nom", "Prénom"], [(2, ["Lefèvre", "Zoé, Anne"])])


@pytest.mark.fault("E11")
@pytest.mark.parametrize("mac", [False, True])
def test_cells_read_as_a_person_sees_them(mac):
    workbook = files.simple_workbook()
    if mac:
        workbook.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    sheet = workbook.active
    values = {
        "SIRET": (73282932000074, "73282932000074"),
        "NIR": (185109408106926, "185109408106926"),
        "trop long": (1.85e17, "1,85000000000000E+17"),
        "entier": (12.0, "12"),
        "décimal": (1234.5, "1234,5"),
        "date": (datetime.date(1988, 9, 14), "14/09/1988"),
        "avec l’heure": (datetime.datetime.fromisoformat("2026-02-28T08:30"), "28/02/2026 08:30"),
        "minuit": (datetime.datetime.fromisoformat("2026-02-28T00:00"), "28/02/2026"),
        "heure": (datetime.time(8, 30), "08:30"),
        "booléen": (True, "VRAI"),
        "texte": ("\u00a0 Zoé\x7f ", "Zoé"),
        "zéro": ("0612", "0612"),
        "vide": (None, ""),
        "dernier": ("fin", "fin"),
    }
    sheet.append([])
    sheet.append(list(values))
    sheet.append([])
    sheet.append([value for value, _ in values.values()])
    assert table(files.workbook_bytes(workbook)) == (list(values), [(4, [text for _, text in values.values()])])


def test_the_first_visible_sheet_is_read():
    workbook = files.simple_workbook(["Caché"])
    workbook.active.sheet_state = "hidden"
    workbook.create_sheet("Vue").append(["Nom"])
    assert table(files.workbook_bytes(workbook)) == (["Nom"], [])


def test_ods_with_its_repeated_cells():
    rows = (
        f"<table:table-row>{files.ods_cell('Nom')}{files.ods_cell('Ville')}</table:table-row>"
        f'<table:table-row table:number-rows-repeated="2">{files.ods_cell("Évry", repeated=2)}</table:table-row>'
        '<table:table-row table:number-rows-repeated="1048573"><table:table-cell '
        'table:number-columns-repeated="16384"/></table:table-row>'
    )
    assert table(files.ods(rows), "x.ods") == (["Nom", "Ville"], [(2, ["Évry", "Évry"]), (3, ["Évry", "Évry"])])


@pytest.mark.req("B-07")
def test_an_old_workbook_is_read():
    data = files.xls(["Nom", "SIRET"], ["Lefèvre", 73282932000074])
    assert table(data, "x.xls") == (["Nom", "SIRET"], [(2, ["Lefèvre", "73282932000074"])])


@pytest.mark.fault("E8")
def test_an_old_workbook_that_wants_too_much_memory_is_refused():
    """Its corner cell alone makes the parser allocate 65,536 rows of 16,384 columns, which no program writes."""
    data = bytearray(files.xls(["Nom"], ["fin"]))
    place = data.rindex(struct.pack("<HHHHH", 0x204, 15, 1, 0, 0)[:8])
    data[place + 4 : place + 8] = struct.pack("<HH", 65_535, 16_383)
    with pytest.raises(SheetError, match="xlsx"):
        table(bytes(data), "x.xls")


def test_limits_are_told():
    data = files.xlsx([["Nom"], *([f"n{number}"] for number in range(11))])
    assert len(table(data, limit=11)[1]) == 11
    with pytest.raises(SheetError, match="plus de 10 lignes"):
        table(data, limit=10)
    with pytest.raises(SheetError, match="colonnes"):
        table((";".join(f"c{n}" for n in range(300)) + "\n").encode(), "x.csv")


def test_the_content_decides_not_the_name():
    assert table(files.xlsx([["Nom"]]), "liste.csv") == (["Nom"], [])
    assert table(b"Nom;Ville\n", "liste.xlsx") == (["Nom", "Ville"], [])


@pytest.mark.fault("E9", "F4")
@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=400), st.sampled_from([b"", b"PK\x03\x04", b"\xff\xfe", b"Nom;Ville\n"]))
def test_any_bytes_are_read_or_refused(data, start):
    with suppress(SheetError):
        table(start + data, "x")


XLSX = files.xlsx([HEADERS, *ROWS, ["Petit", 12.5, datetime.date(2026, 1, 2)]])


@pytest.mark.fault("E8", "E9")
@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(st.integers(0, len(XLSX) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_damaged_workbook_is_read_or_refused(changes):
    damaged = bytearray(XLSX)
    for position, byte in changes:
        damaged[position] = byte
    with suppress(SheetError):
        table(bytes(damaged))


@pytest.mark.fault("E8", "E9")
@settings(deadline=None, max_examples=200)
@given(st.text(st.sampled_from(list('<>/="cvrist 0123AZ&;')), max_size=60))
def test_a_forged_sheet_is_read_or_refused(content):
    with suppress(SheetError):
        table(files.forged_xlsx(content))


def test_a_name_of_an_old_macro_workbook_is_enough_to_refuse():
    with pytest.raises(SheetError, match="macros"):
        table(b"Nom\n", "liste.XLSM")


@pytest.mark.fault("E8")
@pytest.mark.parametrize("content", [b"", b"\0" * 2000, b"\xff" * 5000])
def test_a_broken_old_workbook_is_refused(content):
    with pytest.raises(SheetError, match="xlsx"):
        table(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + content, "x.xls")
