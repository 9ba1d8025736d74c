"""Pasting or importing a list: choose, see what would happen, store."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django import forms
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from core.formfields import ScannedFileField
from core.forms import GuichetForm
from core.kept import answers
from core.rows.absent import AbsentForm
from core.rows.importing import Importer, Plan
from core.rows.pages import back, locked_owner
from core.rows.rowset import RowSet
from core.sheets import XLSX, Column, Sheet, SheetError, read, read_text, template_xlsx, write_xlsx
from core.sheets.cells import plain
from core.sheets.reading import MAX_CELL
from core.throttle import hit, too_many
from core.transitions import Refused

SHOWN_ERRORS = 100
SHOWN_ROWS = 5
SHOWN_REPEATED = 20
MAX_CARRIED = 4 * 1024 * 1024  # bytes of cells that the page of the plan carries back


class ImportForm(GuichetForm):
    """Cells copied from a spreadsheet, or a file."""

    pasted = forms.CharField(
        label="Lignes copiées d’un tableur",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off"}),
        help_text="Dans votre tableur, sélectionnez les lignes avec leurs titres, copiez-les, puis collez-les ici.",
    )
    file = ScannedFileField(
        label="Ou un fichier",
        required=False,
        help_text="Excel (.xlsx, .xls), LibreOffice (.ods) ou CSV, 10 Mo au plus.",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.ods,.csv,.txt"}),
    )

    either = ("pasted", "file")

    def __init__(self, *args: Any, limit: int, **kwargs: Any):
        self.limit = limit
        super().__init__(*args, **kwargs)
        # Tabs and line ends are what a pasted table is made of; cells are cleaned one by one.
        self.fields["pasted"].validators = []

    def clean(self) -> Any:
        file, pasted = self.cleaned_data.get("file"), self.cleaned_data.get("pasted", "")
        if "file" in self.errors:
            return self.cleaned_data
        if not file and not pasted.strip():
            self.add_error("pasted", "Collez des lignes, ou choisissez un fichier.")
            return self.cleaned_data
        try:
            if file:
                self.cleaned_data["sheet"] = read(file, file.name, self.limit)
            else:
                self.cleaned_data["sheet"] = read_text(pasted, self.limit)
        except SheetError as error:
            self.add_error("file" if file else "pasted", str(error))
        return self.cleaned_data


def import_list(rowset: RowSet, request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Without cells carried back, read and show the plan; with them, do what the button says."""
    owner = rowset.owner(request, pk)
    if request.method != "POST":
        sent = answers(request)
        try:
            if sent and "cells" in sent:
                return _plan_page(rowset, request, owner, unpack(str(sent["cells"]), rowset.max_import))
        except SheetError:
            sent = None
        return _choose_page(rowset, request, owner, ImportForm(sent, limit=rowset.max_import))
    if hit("import", str(rowset.subject(owner).pk), limit=100, seconds=3600):
        return too_many(request)
    if "cells" in request.POST:
        return _decided(rowset, request, pk)
    form = ImportForm(request.POST, request.FILES, limit=rowset.max_import)
    if form.is_valid():
        try:
            return _plan_page(rowset, request, owner, form.cleaned_data["sheet"])
        except SheetError as error:
            form.add_error("file" if form.cleaned_data.get("file") else "pasted", str(error))
    return _choose_page(rowset, request, owner, form, status=422)


def _decided(rowset: RowSet, request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """What a button of the page of the plan asks for."""
    owner = rowset.owner(request, pk)
    try:
        sheet = unpack(request.POST["cells"], rowset.max_import)
        if request.POST.get("action") == "rejects":
            importer = Importer(rowset, owner)
            return rejects(importer, importer.plan(sheet))
        return _store(rowset, request, pk, sheet)
    except SheetError as error:
        form = ImportForm({}, limit=rowset.max_import)
        form.errors["pasted"] = form.error_class([str(error)])
        return _choose_page(rowset, request, owner, form, status=422)


def _store(rowset: RowSet, request: HttpRequest, pk: UUID, sheet: Sheet) -> HttpResponseBase:
    with transaction.atomic():
        owner = locked_owner(rowset, request, pk)
        importer = Importer(rowset, owner)
        plan = importer.plan(sheet)
        leaving = AbsentForm(request.POST, rowset=rowset, plan=plan) if request.POST.get("absent") else None
        if leaving and not leaving.is_valid():
            return _plan_page(rowset, request, owner, sheet, leaving)
        keep_wrong = request.POST.get("action") != "valid"
        try:
            with transaction.atomic():
                importer.store(plan, keep_wrong=keep_wrong, request=request)
                if leaving:
                    keys = [key for key, _ in plan.absent]
                    rowset.leave_all(owner, keys, leaving.cleaned_data["absent_on"], request)
        except Refused as refused:
            if leaving is None:
                raise SheetError(str(refused)) from refused
            leaving.add_error("absent_on", str(refused))
            return _plan_page(rowset, request, owner, sheet, leaving)
    counts = {"n": len(plan.rows), "b": len(plan.back), "s": len(plan.absent) if leaving else 0}
    counts["c"] = len(plan.wrong) if keep_wrong else 0
    query = "".join(f"&{name}={count}" for name, count in counts.items() if count or name in "nc")
    return back(rowset, request, owner, f"import{query}")


def pack(sheet: Sheet, rows: list[tuple[int, list[str]]]) -> str:
    """The cells, to be carried by the page of the plan."""
    text = json.dumps([sheet.header_line, sheet.headers, rows], ensure_ascii=False, separators=(",", ":"))
    if len(text.encode()) > MAX_CARRIED:
        raise SheetError("Ce tableau contient trop de texte. Partagez-le en plusieurs fichiers.")
    return text


def unpack(text: str, limit: int) -> Sheet:
    """The cells that came back. They come from a browser: nothing is taken for granted."""
    try:
        header_line, headers, rows = json.loads(text)
        width = len(headers)
        clean = [(_line(line), [_carried(cell) for cell in cells]) for line, cells in rows]
        if len(clean) > limit or any(len(cells) != width for _, cells in clean):
            raise ValueError
        return Sheet([_carried(header) for header in headers], clean, _line(header_line))
    except (ValueError, TypeError, RecursionError) as error:
        raise SheetError("La liste n’est pas arrivée en entier. Importez-la à nouveau.") from error


def _line(number: Any) -> int:
    if not (isinstance(number, int) and 0 < number < 10**8):
        raise ValueError
    return number


def _carried(cell: Any) -> str:
    if not isinstance(cell, str):
        raise TypeError
    return plain(cell)[:MAX_CELL]


def rejects(importer: Importer, plan: Plan) -> FileResponse:
    """The rows to correct as a workbook, with what is wrong in a column of its own."""
    columns = [*importer.rowset.sheet_columns(), Column("À corriger", 70)]
    rows = (
        [*(wrong.values.get(name, "") for name in importer.form.fields), " ".join(wrong.errors.values())]
        for wrong in plan.wrong
    )
    return FileResponse(
        write_xlsx(columns, rows), as_attachment=True, filename="lignes-a-corriger.xlsx", content_type=XLSX
    )


def template(rowset: RowSet, request: HttpRequest, pk: UUID) -> HttpResponse:
    """The workbook to fill in."""
    rowset.owner(request, pk)
    columns, fields = rowset.sheet_columns(), rowset.form_class.base_fields
    content = template_xlsx(columns, [rowset.example.get(name, "") for name in fields], rowset.max_import)
    headers = {"Content-Disposition": f'attachment; filename="modele-{rowset.kind}.xlsx"'}
    return HttpResponse(content, content_type=XLSX, headers=headers)


def _choose_page(rowset: RowSet, request: HttpRequest, owner: Any, form: ImportForm, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "fields": [(field.label, field.required) for field in rowset.form_class.base_fields.values()],
        "template_url": rowset.url("template", owner),
        "back_url": rowset.back_url(owner, request),
    }
    return rowset.show(request, owner, "rows/import.html", context, status)


def _repeated_words(lines: list[int]) -> str:
    if len(lines) < 2:
        return f"Ligne répétée, prise une seule fois : la {lines[0]}." if lines else ""
    *shown, last = [str(line) for line in lines[:SHOWN_REPEATED]]
    if len(lines) > SHOWN_REPEATED:
        shown, last = [*shown, last], "d’autres"
    return f"Lignes répétées, prises une seule fois : les {', '.join(shown)} et {last}."


def _plan_page(
    rowset: RowSet, request: HttpRequest, owner: Any, sheet: Sheet, leaving: AbsentForm | None = None
) -> HttpResponse:
    """What an import would do; `leaving` comes back with what is wrong in it."""
    rows = list(sheet.rows)
    sheet = Sheet(sheet.headers, rows, sheet.header_line)
    cells = pack(sheet, rows)
    importer = Importer(rowset, owner)
    plan = importer.plan(sheet)
    if plan.changes_nothing and not (plan.already or plan.repeated):
        raise SheetError("Aucune ligne n’est remplie sous les titres des colonnes.")
    labels = {name: field.label for name, field in importer.form.fields.items()}
    errors = [
        {
            "line": wrong.line,
            "column": labels.get(name, ""),
            "value": wrong.values.get(name, "")[:100],
            "message": message,
            "suggestion": importer.suggestion(name, wrong.values.get(name, "")) if name in labels else "",
        }
        for wrong in plan.wrong[:SHOWN_ERRORS]
        for name, message in wrong.errors.items()
    ]
    context = {
        "plan": plan,
        "form": leaving,
        "leaving": leaving or (AbsentForm(rowset=rowset, plan=plan) if plan.absent else None),
        "absent_words": rowset.count_words(len(plan.absent)),
        "back_words": rowset.count_words(len(plan.back)) if plan.back else "",
        "repeated": _repeated_words(plan.repeated),
        "cells": cells,
        "errors": errors[:SHOWN_ERRORS],
        "more_errors": len(plan.wrong) > SHOWN_ERRORS or len(errors) > SHOWN_ERRORS,
        "assumed": list(labels.values())[: len(sheet.headers)] if plan.assumed else [],
        "sample": [[column.value(row) for column in rowset.columns] for row in plan.rows[:SHOWN_ROWS]],
        "heads": [column.label for column in rowset.columns],
        "valid_words": rowset.count_words(len(plan.rows)),
        "action": rowset.url("import", owner),
        "back_url": rowset.back_url(owner, request),
    }
    return rowset.show(request, owner, "rows/plan.html", context, 422 if leaving else 200)
