"""Any list as a spreadsheet: rows are read as they are written, so memory stays flat however many there are.

For a list of the admin, `ExportMixin` adds the address `export.xlsx` / `export.csv`, which keeps the search and the
filters of the list, and templates/admin/change_list.html shows the two links.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    StreamingHttpResponse,
)
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from core.dates import today
from core.sheets import XLSX, Column, write_csv, write_xlsx

KINDS = ("xlsx", "csv")
CHUNK = 2000


def table_response(
    kind: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]], *, name: str, title: str
) -> HttpResponseBase:
    """`rows` as a file to keep, `name` dated of today; 404 for a kind of file that we do not write."""
    if kind not in KINDS:
        raise Http404
    filename = f"{name}-{today():%Y-%m-%d}.{kind}"
    if kind == "xlsx":
        file = write_xlsx(columns, rows, title)
        return FileResponse(file, as_attachment=True, filename=filename, content_type=XLSX)
    response = StreamingHttpResponse(write_csv(columns, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


Exported = tuple[Column, Callable[[Any], Any]]


def column(header: str, path: str, width: int = 18, show: Callable[[Any], Any] = lambda value: value) -> Exported:
    """A column of an export: what stands at `path` from the object (`member.number`, `get_state_display`), as `show`
    tells it; empty as soon as a step of the path is."""

    def cell(row: Any) -> Any:
        for step in path.split("."):
            if row is None:
                return None
            row = getattr(row, step)
            row = row() if callable(row) else row
        return None if row is None else show(row)

    return Column(header, width), cell


def moment(header: str, path: str) -> list[Exported]:
    """A moment in two columns: its day, which tells no hour, and « 14:32 » in Paris beside it."""
    return [column(header, path, 12), column("Heure", path, 8, lambda at: timezone.localtime(at).strftime("%H:%M"))]


class ExportMixin(admin.ModelAdmin):
    """A list of the admin that can be taken away. `export_columns` says what each column holds, from an object."""

    export_name = "liste"
    export_columns: Sequence[Exported] = ()

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export_view)
        return [path("export.<str:kind>", view, name=self._export_url_name()), *super().get_urls()]

    def export_view(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """The list as it is filtered and searched, whole."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        changes: ChangeList = self.get_changelist_instance(request)
        rows = self._export_rows(changes.get_queryset(request))
        columns = [column for column, _ in self.export_columns]
        title = str(self.opts.verbose_name_plural).capitalize()
        return table_response(kind, columns, rows, name=self.export_name, title=title)

    def export_queryset(self, rows: QuerySet) -> QuerySet:
        """What else the columns need, or do not: joins, deferred columns."""
        return rows

    def complete(self, rows: list[Any]) -> None:
        """What else the columns need and no join gives: found for many rows at once, before they are written."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        query = f"?{request.META['QUERY_STRING']}" if request.META["QUERY_STRING"] else ""
        links = [
            (label, reverse(f"admin:{self._export_url_name()}", args=[kind]) + query)
            for kind, label in (("xlsx", "tableur (.xlsx)"), ("csv", "texte (.csv)"))
        ]
        return super().changelist_view(request, {**(extra_context or {}), "export_links": links})

    def _export_rows(self, rows: QuerySet) -> Iterator[list[Any]]:
        cells = [cell for _, cell in self.export_columns]
        found = iter(self.export_queryset(rows).iterator(chunk_size=CHUNK))
        while chunk := list(islice(found, CHUNK)):
            self.complete(chunk)
            for row in chunk:
                yield [cell(row) for cell in cells]

    def _export_url_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_export"
