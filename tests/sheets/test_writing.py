import csv
import datetime
import io

import openpyxl
import pytest

from core.sheets import Column, read, template_xlsx, write_csv, write_xlsx

DANGEROUS = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "=A1"]
COLUMNS = [Column("Nom"), Column("Né le", is_date=True), Column("Nombre")]


@pytest.mark.fault("E10")
@pytest.mark.parametrize("text", DANGEROUS)
def test_an_xlsx_cell_is_never_a_formula(text):
    file = write_xlsx(COLUMNS, [[text, datetime.date(2026, 1, 31), 3]])
    sheet = openpyxl.load_workbook(file).active
    cell = sheet["A2"]
    assert cell.data_type == "s"
    assert cell.value.replace("_x000D_", "\r").strip() == text.strip()
    assert cell.quotePrefix
    assert sheet["B2"].is_date
    assert (sheet["C2"].data_type, sheet["C2"].value) == ("n", 3)


@pytest.mark.fault("E10")
@pytest.mark.parametrize("text", DANGEROUS)
def test_a_csv_cell_is_never_a_formula(text):
    data = b"".join(write_csv(COLUMNS, [[text, datetime.date(2026, 1, 31), -3]])).decode("utf-8-sig")
    _, row = csv.reader(io.StringIO(data, newline=""), delimiter=";")
    assert row == [f"'{text}", "31/01/2026", "-3"]


@pytest.mark.fault("F2", "F4")
def test_any_text_comes_back_from_an_export():
    texts = ["{{ 7*7 }}", "<script>", "👩‍👩‍👧‍👦", "محمد", "e\u0301", "x" * 40_000]
    sheet = openpyxl.load_workbook(write_xlsx(COLUMNS, [[text] for text in texts])).active
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == [text[:32_767] for text in texts]


def test_exports_are_read_back():
    rows = [["Lefèvre", datetime.date(1988, 9, 14), 1], ["O’Neil", None, 2]]
    for name, data in {"x.xlsx": write_xlsx(COLUMNS, rows).read(), "x.csv": b"".join(write_csv(COLUMNS, rows))}.items():
        sheet = read(io.BytesIO(data), name)
        assert sheet.headers == ["Nom", "Né le", "Nombre"]
        assert list(sheet.rows) == [(2, ["Lefèvre", "14/09/1988", "1"]), (3, ["O’Neil", "", "2"])]


def test_headings_stay_in_sight_and_filter():
    sheet = openpyxl.load_workbook(write_xlsx(COLUMNS, [["a", None, 1]])).active
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:C2"


def test_template_has_lists_hints_formats_and_an_example():
    columns = [
        Column("Nom", hint="Nom de naissance"),
        Column("Né le", is_date=True),
        Column("Suivi", choices=("Simple", "Adapté, de nuit")),
    ]
    data = template_xlsx(columns, ["=1", "14/09/1988", "Simple"])
    workbook = openpyxl.load_workbook(io.BytesIO(data))
    sheet = workbook.active
    assert sheet["A1"].comment.text == "Nom de naissance"
    assert sheet["A2"].data_type == "s"
    (validation,) = sheet.data_validations.dataValidation
    assert (str(validation.sqref), validation.formula1) == ("C2:C2001", "Listes!$C$1:$C$2")
    assert [cell.value for cell in workbook["Listes"]["C"]] == ["Simple", "Adapté, de nuit"]
    assert [sheet.column_dimensions[letter].number_format for letter in "ABC"] == ["@", "dd/mm/yyyy", "@"]
    assert read(io.BytesIO(data), "modele.xlsx").headers == ["Nom", "Né le", "Suivi"]
