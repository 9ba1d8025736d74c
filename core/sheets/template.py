"""The workbook people fill in: headings, an example, drop-down lists, formats that keep leading zeros."""

from __future__ import annotations

import io
from collections.abc import Sequence

from core.sheets.reading import MAX_ROWS
from core.sheets.writing import Column


def template_xlsx(columns: Sequence[Column], example: Sequence[str] = (), rows: int = MAX_ROWS) -> bytes:
    """An .xlsx to fill in, with one example row whose words the import knows and leaves out.

    Each heading carries its hint as a comment, a column with choices has a drop-down list, a date is shown as we write
    dates, and the other columns are text, so that a postcode keeps its zero.
    """
    import openpyxl  # only where it is needed: slow to import and large
    from openpyxl.comments import Comment
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    workbook = openpyxl.Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = "À remplir"
    lists = workbook.create_sheet("Listes")
    lists.sheet_state = "hidden"
    for number, column in enumerate(columns, start=1):
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = column.width
        sheet.column_dimensions[letter].number_format = "dd/mm/yyyy" if column.is_date else "@"
        heading = sheet.cell(1, number, column.header)
        heading.font, heading.fill = Font(bold=True, color="0A434A"), PatternFill("solid", fgColor="E4F0EF")
        if column.hint:
            heading.comment = Comment(column.hint, "Guichet", width=280, height=90)
        if column.choices:
            # A list written in the validation itself is limited to 255 characters and splits at commas.
            for line, choice in enumerate(column.choices, start=1):
                lists.cell(line, number, choice).data_type = "s"
            validation = DataValidation(
                type="list", formula1=f"Listes!${letter}$1:${letter}${len(column.choices)}", allow_blank=True
            )
            validation.error = "Choisissez une valeur de la liste."
            validation.add(f"{letter}2:{letter}{rows + 1}")
            sheet.add_data_validation(validation)
    for number, value in enumerate(example, start=1):
        cell = sheet.cell(2, number, value)
        cell.data_type, cell.number_format, cell.font = "s", "@", Font(italic=True, color="55626B")
    sheet.freeze_panes = "A2"
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()
