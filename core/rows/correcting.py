"""A row to correct: the form filled with what was written in the file; once right, the row takes its place."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, QueryDict

from core.forms import MAX_TYPED
from core.kept import answers
from core.models import PendingRow
from core.rows.importing import Importer
from core.rows.lines import wrong_names
from core.rows.pages import back, form_page, locked_owner, save, saved
from core.rows.rowset import RowSet
from core.sheets.cells import plain


def correct(rowset: RowSet, request: HttpRequest, pk: UUID, row: UUID) -> HttpResponse:
    """The form filled with what was written in the file; once right, the row takes its place in the list."""
    if request.method != "POST":
        owner = rowset.owner(request, pk)
        pending = rowset.pending(owner).filter(pk=row).first()
        if pending is None:
            return back(rowset, request, owner)
        importer = Importer(rowset, owner)
        form = rowset.form_class(answers(request) or _answers(importer, pending), instance=rowset.new(owner))
        form.is_valid()
        return form_page(rowset, request, owner, form, pending=pending, proposals=_proposals(importer, pending))
    with transaction.atomic():
        owner = locked_owner(rowset, request, pk)
        pending = rowset.pending(owner).filter(pk=row).first()
        form = rowset.form_class(request.POST, instance=rowset.new(owner))
        if form.is_valid() and (done := save(rowset, request, owner, form, "correction")):
            if pending:
                pending.delete()
            return saved(rowset, request, owner, done)
        if pending is None:
            return form_page(rowset, request, owner, form, gone=True, status=409)
        pending.values = {name: _typed(request.POST, bound.html_name) for name, bound in _bound(form)}
        pending.errors = {name: list(map(str, messages)) for name, messages in form.errors.items()}
        pending.save(update_fields=["values", "errors"])
        rowset.changed(owner)
    return form_page(rowset, request, owner, form, pending=pending, status=422)


def _answers(importer: Importer, pending: PendingRow) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, reader in importer.readers.items():
        answer = reader.answer(pending.values.get(name, ""))
        if isinstance(answer, list):
            data.setlist(name, answer)
        else:
            data[name] = answer
    return data


def _proposals(importer: Importer, pending: PendingRow) -> list[tuple[str, str]]:
    """(label, what the file said and what it probably meant) of each wrong field."""
    found = []
    for name in wrong_names(importer.rowset, pending):
        if name not in importer.form.fields:
            continue
        text = pending.values.get(name, "")
        proposal = importer.suggestion(name, text)
        said = f"« {text[:100]} »" if text else "rien"
        found.append((str(importer.form.fields[name].label), f"{said}, peut-être {proposal}" if proposal else said))
    return found


def _bound(form: ModelForm) -> list[tuple[str, Any]]:
    return [(name, form[name]) for name in form.fields]


def _typed(data: QueryDict, name: str) -> str:
    return plain(", ".join(data.getlist(name)))[:MAX_TYPED]
