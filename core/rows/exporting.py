"""« Exporter la liste complète »: what the page's filters keep, all pages of it, as a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from core.dates import today
from core.rows.asked import Asked
from core.rows.rowset import RowSet
from core.sheets import XLSX, write_csv, write_xlsx
from core.throttle import hit, too_many

CHUNK = 2000  # rows read at a time


def export(rowset: RowSet, request: HttpRequest, pk: UUID, file_type: str) -> HttpResponseBase:
    """The list as `xlsx` or `csv`, read as it is written."""
    owner = rowset.reader(request, pk)
    if file_type not in ("xlsx", "csv"):
        raise Http404
    if hit("export", str(rowset.subject(owner).pk), limit=100, seconds=3600):
        return too_many(request)
    columns, rows = rowset.export_columns(), exported(rowset, owner, Asked.read(rowset, request.GET))
    name = f"{rowset.plural}-{today():%Y-%m-%d}.{file_type}"
    if file_type == "xlsx":
        file = write_xlsx(columns, rows, rowset.plural.capitalize())
        return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)
    response = StreamingHttpResponse(write_csv(columns, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


def exported(rowset: RowSet, owner: Any, asked: Asked) -> Iterator[list[Any]]:
    """The cells of each row, as they would be typed: the file can be imported again."""
    fields = rowset.export_fields()
    labels = [_labels(rowset, name) for name in fields]
    found = asked.rows(rowset.queryset(owner)).values_list(*fields)
    for values in found.iterator(chunk_size=CHUNK):
        yield [known.get(value, value) if known else value for known, value in zip(labels, values, strict=True)]


def _labels(rowset: RowSet, name: str) -> dict[Any, str]:
    choices = next(field.flatchoices for field in rowset.model._meta.fields if field.name == name)
    return {value: str(label) for value, label in choices}
