"""The pages of a list: add, change, remove, correct, import, empty. Bound to a `RowSet` by `urlpatterns`."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import partial, wraps
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_http_methods

from core.access import audience
from core.forms import MAX_TYPED, differences
from core.models import PendingRow
from core.rows import import_views
from core.rows.importing import Importer
from core.rows.rowset import RowSet
from core.rows.table import done_message, typed_name, wrong_names
from core.sheets.cells import plain
from core.transitions import lock

VERSION = "version"  # hidden field: which state of the row the page was opened on


def urlpatterns(rowset: RowSet) -> list[Any]:
    """The addresses of one list, relative to the page that shows it."""

    def view(function: Callable[..., HttpResponseBase], *methods: str) -> Callable[..., Any]:
        checked: Any = require_http_methods(list(methods))(partial(function, rowset))
        named: Any = wraps(function)(checked)
        return audience(rowset.audience)(named)

    kind, edits = rowset.kind, ("GET", "HEAD", "POST")
    patterns = [
        path("ajouter/", view(add, *edits), name=f"{kind}-add"),
        path("vider/", view(empty, *edits), name=f"{kind}-empty"),
        path("<uuid:row>/", view(edit, *edits), name=f"{kind}-edit"),
        path("<uuid:row>/retirer/", view(remove, *edits), name=f"{kind}-remove"),
        path("a-corriger/<uuid:row>/", view(correct, *edits), name=f"{kind}-correct"),
        path("a-corriger/<uuid:row>/retirer/", view(discard, *edits), name=f"{kind}-discard"),
    ]
    if rowset.can_import:
        patterns += [
            path("importer/", view(import_views.import_list, *edits), name=f"{kind}-import"),
            path("modele.xlsx", view(import_views.template, "GET", "HEAD"), name=f"{kind}-template"),
        ]
    return patterns


def locked_owner(rowset: RowSet, request: HttpRequest, pk: UUID) -> Any:
    """The owner, locked, and then looked up again: it may have left its editable state while we waited."""
    lock(rowset.owner(request, pk))
    return rowset.owner(request, pk)


def back(rowset: RowSet, owner: Any, done: str = "") -> HttpResponse:
    """To the page of the list, which then says what was done."""
    query = f"?fait={done}" if done else ""
    return HttpResponseRedirect(f"{rowset.page_url(owner)}{query}#{rowset.kind}")


# --- One row ----------------------------------------------------------------------------------------------------------


def add(rowset: RowSet, request: HttpRequest, pk: UUID) -> HttpResponse:
    if request.method != "POST":
        owner = rowset.owner(request, pk)
        return _form_page(rowset, request, owner, rowset.form_class(instance=rowset.new(owner)))
    with transaction.atomic():
        owner = locked_owner(rowset, request, pk)
        form = rowset.form_class(request.POST, instance=rowset.new(owner))
        if form.is_valid() and _save(rowset, owner, form):
            return _saved(rowset, request, owner, "ajout")
    return _form_page(rowset, request, owner, form, status=422)


def edit(rowset: RowSet, request: HttpRequest, pk: UUID, row: UUID) -> HttpResponse:
    if request.method != "POST":
        owner = rowset.owner(request, pk)
        instance = rowset.queryset(owner).filter(pk=row).first()
        if instance is None:
            return back(rowset, owner)  # a colleague removed it
        return _form_page(rowset, request, owner, rowset.form_class(instance=instance), row=instance)
    with transaction.atomic():
        owner = locked_owner(rowset, request, pk)
        instance = rowset.queryset(owner).filter(pk=row).first()
        if instance is None:
            form = rowset.form_class(request.POST, instance=rowset.new(owner))
            return _form_page(rowset, request, owner, form, gone=True, status=409)
        stored = rowset.form_class(instance=copy(instance))  # validating the other one changes its instance
        form = rowset.form_class(request.POST, instance=instance)
        overtaken = request.POST.get(VERSION) not in (None, str(getattr(stored.instance, VERSION, "")))
        if overtaken and (conflict := differences(stored, form)):
            return _form_page(rowset, request, owner, form, row=stored.instance, conflict=conflict, status=409)
        if form.is_valid() and _save(rowset, owner, form):
            return _saved(rowset, request, owner, "modification")
    return _form_page(rowset, request, owner, form, row=stored.instance, status=422)


def remove(rowset: RowSet, request: HttpRequest, pk: UUID, row: UUID) -> HttpResponse:
    return _remove(rowset, request, pk, lambda owner: rowset.queryset(owner).filter(pk=row))


def discard(rowset: RowSet, request: HttpRequest, pk: UUID, row: UUID) -> HttpResponse:
    return _remove(rowset, request, pk, lambda owner: rowset.pending(owner).filter(pk=row))


def _remove(rowset: RowSet, request: HttpRequest, pk: UUID, find: Callable[[Any], models.QuerySet]) -> HttpResponse:
    """Ask, then remove. Removing what is gone already is no error."""
    if request.method == "POST":
        with transaction.atomic():
            owner = locked_owner(rowset, request, pk)
            if find(owner).delete()[0]:
                rowset.changed(owner)
        return back(rowset, owner, "retrait")
    owner = rowset.owner(request, pk)
    found = find(owner).first()
    if found is None:
        return back(rowset, owner)
    name = typed_name(rowset, found)[:120] if isinstance(found, PendingRow) else str(found)
    question = f"Retirer {name} de la liste ?"
    return _confirm_page(rowset, request, owner, question, f"Retirer {rowset.the}")


def empty(rowset: RowSet, request: HttpRequest, pk: UUID) -> HttpResponse:
    if request.method == "POST":
        with transaction.atomic():
            owner = locked_owner(rowset, request, pk)
            rowset.queryset(owner).delete()
            rowset.pending(owner).delete()
            rowset.changed(owner)
        return back(rowset, owner, "vide")
    owner = rowset.owner(request, pk)
    count = rowset.queryset(owner).count() + rowset.pending(owner).count()
    if not count:
        return back(rowset, owner)
    question = f"Retirer {'toutes les lignes' if count > 1 else 'la seule ligne'} de la liste ?"
    text = f"La liste compte {rowset.count_words(count)}. Ce retrait est définitif."
    return _confirm_page(rowset, request, owner, question, "Vider la liste", text)


# --- A row to correct -------------------------------------------------------------------------------------------------


def correct(rowset: RowSet, request: HttpRequest, pk: UUID, row: UUID) -> HttpResponse:
    """The form filled with what was written in the file; once right, the row takes its place in the list."""
    if request.method != "POST":
        owner = rowset.owner(request, pk)
        pending = rowset.pending(owner).filter(pk=row).first()
        if pending is None:
            return back(rowset, owner)
        importer = Importer(rowset, owner)
        form = rowset.form_class(_answers(importer, pending), instance=rowset.new(owner))
        form.is_valid()
        return _form_page(rowset, request, owner, form, pending=pending, proposals=_proposals(importer, pending))
    with transaction.atomic():
        owner = locked_owner(rowset, request, pk)
        pending = rowset.pending(owner).filter(pk=row).first()
        form = rowset.form_class(request.POST, instance=rowset.new(owner))
        if form.is_valid() and _save(rowset, owner, form):
            if pending:
                pending.delete()
            return _saved(rowset, request, owner, "correction")
        if pending is None:
            return _form_page(rowset, request, owner, form, gone=True, status=409)
        pending.values = {name: _typed(request.POST, bound.html_name) for name, bound in _bound(form)}
        pending.errors = {name: list(map(str, messages)) for name, messages in form.errors.items()}
        pending.save(update_fields=["values", "errors"])
        rowset.changed(owner)
    return _form_page(rowset, request, owner, form, pending=pending, status=422)


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


# --- Saving and pages -------------------------------------------------------------------------------------------------


def _save(rowset: RowSet, owner: Any, form: ModelForm) -> bool:
    """Store a valid form under the owner's lock, unless its person is in the list already: False, and the form says so.

    The very same answers sent twice (a double click, « Précédent ») are not an error: they are stored already.
    """
    instance = form.instance
    twin = _twin(rowset, owner, form)
    if twin is not None:
        if instance._state.adding and all(getattr(twin, name, None) == form.cleaned_data[name] for name in form.fields):
            return True
        form.add_error(rowset.key_fields[0], f"{twin} est déjà dans la liste.")
        return False
    if instance._state.adding and rowset.queryset(owner).count() >= rowset.max_rows:
        form.add_error(None, f"La liste est limitée à {rowset.max_rows} {rowset.plural}.")
        return False
    if hasattr(instance, VERSION) and not instance._state.adding:
        instance.version += 1
    form.save()
    rowset.changed(owner)
    return True


def _twin(rowset: RowSet, owner: Any, form: ModelForm) -> models.Model | None:
    """The other row of the list that is the same person."""
    wanted = rowset.key(form.cleaned_data)
    for values in rowset.queryset(owner).exclude(pk=form.instance.pk).values("pk", *rowset.key_fields):
        if rowset.key(values) == wanted:
            return rowset.queryset(owner).get(pk=values["pk"])
    return None


def _saved(rowset: RowSet, request: HttpRequest, owner: Any, done: str) -> HttpResponse:
    if request.POST.get("action") == "another":
        return HttpResponseRedirect(f"{rowset.url('add', owner)}?fait={done}")
    return back(rowset, owner, done)


def _form_page(
    rowset: RowSet,
    request: HttpRequest,
    owner: Any,
    form: ModelForm,
    *,
    row: models.Model | None = None,
    pending: PendingRow | None = None,
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    title = f"Ajouter {rowset.a}"
    action = rowset.url("add", owner)
    if row is not None:
        title, action = f"Modifier {rowset.the}", rowset.url("edit", owner, row.pk)
    elif pending is not None:
        title, action = f"Corriger la ligne {pending.line}", rowset.url("correct", owner, pending.pk)
    context = {
        "rowset": rowset,
        "form": form,
        "title": title,
        "action": action,
        "adding": row is None and pending is None,
        "version": getattr(row, VERSION, "") if row else "",
        "back_url": f"{rowset.page_url(owner)}#{rowset.kind}",
        "done": done_message(rowset, request),
        **extra,
    }
    return render(request, "rows/form.html", context, status=status)


def _confirm_page(
    rowset: RowSet, request: HttpRequest, owner: Any, question: str, button: str, text: str = ""
) -> HttpResponse:
    context: dict[str, Any] = {
        "question": question,
        "text": text,
        "button": button,
        "back_url": f"{rowset.page_url(owner)}#{rowset.kind}",
    }
    return render(request, "rows/confirm.html", context)
