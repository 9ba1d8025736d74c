"""The pages of a list: add, change, remove, correct, import, empty. Bound to a `RowSet` by `urlpatterns`."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import wraps
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import path
from django.views.decorators.http import require_http_methods

from core.access import audience
from core.forms import differences
from core.kept import answers
from core.models import PendingRow
from core.rows import import_views
from core.rows.correcting import correct
from core.rows.exporting import export
from core.rows.lines import typed_name
from core.rows.pages import VERSION, back, confirm_page, form_page, locked_owner, save, saved
from core.rows.parts import Elsewhere
from core.rows.rowset import RowSet


def urlpatterns(rowset: RowSet) -> list[Any]:
    """The addresses of one list, relative to the page that shows it."""

    def view(function: Callable[..., HttpResponseBase], *methods: str) -> Callable[..., Any]:
        @require_http_methods(list(methods))
        @wraps(function)
        def bound(request: HttpRequest, pk: UUID, **others: Any) -> HttpResponseBase:
            # What else the path holds (a year) is for `owner()`, which finds it in `request.resolver_match`.
            own = {name: others[name] for name in ("row", "file_type") if name in others}
            try:
                return function(rowset, request, pk, **own)
            except Elsewhere as there:
                return HttpResponseRedirect(there.url)

        return audience(rowset.audience)(bound)  # type: ignore[type-var]

    kind, edits = rowset.kind, ("GET", "HEAD", "POST")
    patterns = [
        path("ajouter/", view(add, *edits), name=f"{kind}-add"),
        path("<uuid:row>/", view(edit, *edits), name=f"{kind}-edit"),
        path("a-corriger/<uuid:row>/", view(correct, *edits), name=f"{kind}-correct"),
        path("a-corriger/<uuid:row>/retirer/", view(discard, *edits), name=f"{kind}-discard"),
    ]
    if rowset.can_remove:
        patterns += [
            path("vider/", view(empty, *edits), name=f"{kind}-empty"),
            path("<uuid:row>/retirer/", view(remove, *edits), name=f"{kind}-remove"),
        ]
    if rowset.can_export:
        patterns.append(path("liste.<str:file_type>", view(export, "GET", "HEAD"), name=f"{kind}-export"))
    if rowset.can_import:
        patterns += [
            path("importer/", view(import_views.import_list, *edits), name=f"{kind}-import"),
            path("modele.xlsx", view(import_views.template, "GET", "HEAD"), name=f"{kind}-template"),
        ]
    return patterns


# --- One row ----------------------------------------------------------------------------------------------------------


def add(rowset: RowSet, request: HttpRequest, pk: UUID) -> HttpResponse:
    if request.method != "POST":
        owner = rowset.owner(request, pk)
        return form_page(rowset, request, owner, rowset.form_class(answers(request), instance=rowset.new(owner)))
    with transaction.atomic():
        owner = locked_owner(rowset, request, pk)
        form = rowset.form_class(request.POST, instance=rowset.new(owner))
        if form.is_valid() and (done := save(rowset, request, owner, form, "ajout")):
            return saved(rowset, request, owner, done)
    return form_page(rowset, request, owner, form, status=422)


def edit(rowset: RowSet, request: HttpRequest, pk: UUID, row: UUID) -> HttpResponse:
    if request.method != "POST":
        owner = rowset.owner(request, pk)
        instance, sent = rowset.queryset(owner).filter(pk=row).first(), answers(request)
        if instance is None and sent is None:
            return back(rowset, request, owner)  # a colleague removed it
        form = rowset.form_class(sent, instance=instance or rowset.new(owner))
        seen: dict[str, Any] = {VERSION: sent[VERSION]} if sent and VERSION in sent else {}
        return form_page(rowset, request, owner, form, row=instance, gone=instance is None, **seen)
    with transaction.atomic():
        owner = locked_owner(rowset, request, pk)
        instance = rowset.queryset(owner).filter(pk=row).first()
        if instance is None:
            form = rowset.form_class(request.POST, instance=rowset.new(owner))
            return form_page(rowset, request, owner, form, gone=True, status=409)
        stored = rowset.form_class(instance=copy(instance))  # validating the other one changes its instance
        form = rowset.form_class(request.POST, instance=instance)
        overtaken = request.POST.get(VERSION) not in (None, str(getattr(stored.instance, VERSION, "")))
        if overtaken and (conflict := differences(stored, form)):
            return form_page(rowset, request, owner, form, row=stored.instance, conflict=conflict, status=409)
        if form.is_valid() and (done := save(rowset, request, owner, form, "modification")):
            return saved(rowset, request, owner, done)
    return form_page(rowset, request, owner, form, row=stored.instance, status=422)


def remove(rowset: RowSet, request: HttpRequest, pk: UUID, row: UUID) -> HttpResponse:
    return _remove(rowset, request, pk, lambda owner: rowset.queryset(owner).filter(pk=row))


def discard(rowset: RowSet, request: HttpRequest, pk: UUID, row: UUID) -> HttpResponse:
    return _remove(rowset, request, pk, lambda owner: rowset.pending(owner).filter(pk=row))


def _remove(rowset: RowSet, request: HttpRequest, pk: UUID, find: Callable[[Any], models.QuerySet]) -> HttpResponse:
    """Ask, then remove. Removing what is gone already is no error."""
    if request.method == "POST":
        with transaction.atomic():
            owner = locked_owner(rowset, request, pk)
            if rowset.delete(owner, find(owner), request):
                rowset.changed(owner)
        return back(rowset, request, owner, "retrait")
    owner = rowset.owner(request, pk)
    found = find(owner).first()
    if found is None:
        return back(rowset, request, owner)
    name = typed_name(rowset, found)[:120] if isinstance(found, PendingRow) else str(found)
    question = f"Retirer {name} de la liste ?"
    return confirm_page(rowset, request, owner, question, f"Retirer {rowset.the}")


def empty(rowset: RowSet, request: HttpRequest, pk: UUID) -> HttpResponse:
    if request.method == "POST":
        with transaction.atomic():
            owner = locked_owner(rowset, request, pk)
            rowset.delete(owner, rowset.queryset(owner), request)
            rowset.pending(owner).delete()
            rowset.changed(owner)
        return back(rowset, request, owner, "vide")
    owner = rowset.owner(request, pk)
    count = rowset.queryset(owner).count() + rowset.pending(owner).count()
    if not count:
        return back(rowset, request, owner)
    question = f"Retirer {'toutes les lignes' if count > 1 else 'la seule ligne'} de la liste ?"
    text = f"La liste compte {rowset.count_words(count)}. Ce retrait est définitif."
    return confirm_page(rowset, request, owner, question, "Vider la liste", text)
