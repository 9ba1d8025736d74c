"""The pages of a list: add, change, remove, correct, import, empty. Bound to a `RowSet` by `urlpatterns`."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import wraps
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.urls import path
from django.views.decorators.http import require_http_methods

from core.access import audience
from core.forms import MAX_TYPED, differences
from core.models import PendingRow
from core.rows import import_views
from core.rows.asked import keep, kept
from core.rows.exporting import export
from core.rows.importing import Importer
from core.rows.rowset import RowSet
from core.rows.table import done_message, typed_name, wrong_names
from core.sheets.cells import plain
from core.transitions import Refused, lock

VERSION = "version"  # hidden field: which state of the row the page was opened on


def urlpatterns(rowset: RowSet) -> list[Any]:
    """The addresses of one list, relative to the page that shows it."""

    def view(function: Callable[..., HttpResponseBase], *methods: str) -> Callable[..., Any]:
        @require_http_methods(list(methods))
        @wraps(function)
        def bound(request: HttpRequest, pk: UUID, **others: Any) -> HttpResponseBase:
            # What else the path holds (a year) is for `owner()`, which finds it in `request.resolver_match`.
            own = {name: others[name] for name in ("row", "file_type") if name in others}
            return function(rowset, request, pk, **own)

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


def locked_owner(rowset: RowSet, request: HttpRequest, pk: UUID) -> Any:
    """The owner, locked, and then looked up again: it may have left its editable state while we waited."""
    lock(rowset.owner(request, pk))
    return rowset.owner(request, pk)


def back(rowset: RowSet, request: HttpRequest, owner: Any, done: str = "") -> HttpResponse:
    """To the page of the list as it was seen before, which then says what was done."""
    return HttpResponseRedirect(rowset.back_url(owner, request, done))


# --- One row ----------------------------------------------------------------------------------------------------------


def add(rowset: RowSet, request: HttpRequest, pk: UUID) -> HttpResponse:
    if request.method != "POST":
        owner = rowset.owner(request, pk)
        return _form_page(rowset, request, owner, rowset.form_class(instance=rowset.new(owner)))
    with transaction.atomic():
        owner = locked_owner(rowset, request, pk)
        form = rowset.form_class(request.POST, instance=rowset.new(owner))
        if form.is_valid() and (done := _save(rowset, request, owner, form, "ajout")):
            return _saved(rowset, request, owner, done)
    return _form_page(rowset, request, owner, form, status=422)


def edit(rowset: RowSet, request: HttpRequest, pk: UUID, row: UUID) -> HttpResponse:
    if request.method != "POST":
        owner = rowset.owner(request, pk)
        instance = rowset.queryset(owner).filter(pk=row).first()
        if instance is None:
            return back(rowset, request, owner)  # a colleague removed it
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
        if form.is_valid() and (done := _save(rowset, request, owner, form, "modification")):
            return _saved(rowset, request, owner, done)
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
            if rowset.delete(owner, find(owner), request):
                rowset.changed(owner)
        return back(rowset, request, owner, "retrait")
    owner = rowset.owner(request, pk)
    found = find(owner).first()
    if found is None:
        return back(rowset, request, owner)
    name = typed_name(rowset, found)[:120] if isinstance(found, PendingRow) else str(found)
    question = f"Retirer {name} de la liste ?"
    return _confirm_page(rowset, request, owner, question, f"Retirer {rowset.the}")


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
    return _confirm_page(rowset, request, owner, question, "Vider la liste", text)


# --- A row to correct -------------------------------------------------------------------------------------------------


def correct(rowset: RowSet, request: HttpRequest, pk: UUID, row: UUID) -> HttpResponse:
    """The form filled with what was written in the file; once right, the row takes its place in the list."""
    if request.method != "POST":
        owner = rowset.owner(request, pk)
        pending = rowset.pending(owner).filter(pk=row).first()
        if pending is None:
            return back(rowset, request, owner)
        importer = Importer(rowset, owner)
        form = rowset.form_class(_answers(importer, pending), instance=rowset.new(owner))
        form.is_valid()
        return _form_page(rowset, request, owner, form, pending=pending, proposals=_proposals(importer, pending))
    with transaction.atomic():
        owner = locked_owner(rowset, request, pk)
        pending = rowset.pending(owner).filter(pk=row).first()
        form = rowset.form_class(request.POST, instance=rowset.new(owner))
        if form.is_valid() and (done := _save(rowset, request, owner, form, "correction")):
            if pending:
                pending.delete()
            return _saved(rowset, request, owner, done)
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


def _save(rowset: RowSet, request: HttpRequest, owner: Any, form: ModelForm, done: str) -> str:
    """Store a valid form under the owner's lock and return what was done: `done`, as a rule. Nothing when its person
    is in the list already or a rule of the business refuses: the form then says so.

    The very same answers sent twice (a double click, « Précédent ») are not an error: they are stored already.
    """
    instance = form.instance
    try:
        if (twin := _twin(rowset, owner, form)) is not None:
            return _save_twin(rowset, request, owner, form, twin, done)
        if instance._state.adding and rowset.queryset(owner).count() >= rowset.max_rows:
            form.add_error(None, f"La liste est limitée à {rowset.max_rows} {rowset.plural}.")
            return ""
        if hasattr(instance, VERSION) and not instance._state.adding:
            instance.version += 1
        rowset.save(owner, form, request)
    except Refused as refused:
        form.add_error(None, str(refused))
        return ""
    rowset.changed(owner)
    return done


def _save_twin(rowset: RowSet, request: HttpRequest, owner: Any, form: ModelForm, twin: Any, done: str) -> str:
    if form.instance._state.adding:
        if taken := rowset.take_back(owner, twin, form, request):
            rowset.changed(owner)
            return taken
        if all(getattr(twin, name, None) == form.cleaned_data[name] for name in form.fields):
            return done
    form.add_error(rowset.key_fields[0], rowset.twin_words(twin))
    return ""


def _twin(rowset: RowSet, owner: Any, form: ModelForm) -> models.Model | None:
    """The other row of the list that is the same person. Only text is compared beyond case and accents."""
    wanted = rowset.key(form.cleaned_data)
    exact = {name: form.cleaned_data[name] for name in rowset.key_fields}
    exact = {name: value for name, value in exact.items() if not isinstance(value, str)}
    others = rowset.everyone(owner).filter(**exact).exclude(pk=form.instance.pk)
    for values in others.values("pk", *rowset.key_fields):
        if rowset.key(values) == wanted:
            return rowset.everyone(owner).get(pk=values["pk"])
    return None


def _saved(rowset: RowSet, request: HttpRequest, owner: Any, done: str) -> HttpResponse:
    if request.POST.get("action") == "another":
        return HttpResponseRedirect(f"{rowset.url('add', owner)}?fait={done}")
    return back(rowset, request, owner, done)


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
        "form": form,
        "title": title,
        "action": action + keep(kept(rowset, request)),
        "adding": row is None and pending is None,
        "version": getattr(row, VERSION, "") if row else "",
        "back_url": rowset.back_url(owner, request),
        "done": done_message(rowset, request),
        **extra,
    }
    return rowset.show(request, owner, "rows/form.html", context, status)


def _confirm_page(
    rowset: RowSet, request: HttpRequest, owner: Any, question: str, button: str, text: str = ""
) -> HttpResponse:
    context: dict[str, Any] = {
        "question": question,
        "text": text,
        "button": button,
        "back_url": rowset.back_url(owner, request),
    }
    return rowset.show(request, owner, "rows/confirm.html", context)
