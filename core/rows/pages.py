"""What the pages of a list share: the owner under lock, saving a form, the form's page and the question's."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from core.models import PendingRow
from core.rows.asked import keep, kept
from core.rows.rowset import RowSet
from core.rows.table import done_message
from core.transitions import Refused

VERSION = "version"  # hidden field: which state of the row the page was opened on


def locked_owner(rowset: RowSet, request: HttpRequest, pk: UUID) -> Any:
    """The owner, locked, and then looked up again: it may have left its editable state while we waited."""
    rowset.lock(rowset.owner(request, pk))
    return rowset.owner(request, pk)


def back(rowset: RowSet, request: HttpRequest, owner: Any, done: str = "") -> HttpResponse:
    """To the page of the list as it was seen before, which then says what was done."""
    return HttpResponseRedirect(rowset.back_url(owner, request, done))


def save(rowset: RowSet, request: HttpRequest, owner: Any, form: ModelForm, done: str) -> str:
    """Store a valid form under the owner's lock and return what was done: `done`, as a rule. Nothing when its person
    is in the list already or a rule of the business refuses: the form then says so.

    The very same answers sent twice (a double click, « Précédent ») are not an error: they are stored already.
    """
    instance = form.instance
    try:
        if (twin := _twin(rowset, owner, form)) is not None:
            return _keep_twin(rowset, request, owner, form, twin, done)
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


def _keep_twin(rowset: RowSet, request: HttpRequest, owner: Any, form: ModelForm, twin: Any, done: str) -> str:
    if form.instance._state.adding:
        if taken := rowset.take_back(owner, twin, form, request):
            rowset.changed(owner)
            return taken
        if rowset.is_stored(twin, form):
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


def saved(rowset: RowSet, request: HttpRequest, owner: Any, done: str) -> HttpResponse:
    if request.POST.get("action") == "another":
        return HttpResponseRedirect(f"{rowset.url('add', owner)}?fait={done}")
    return back(rowset, request, owner, done)


def form_page(
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


def confirm_page(
    rowset: RowSet, request: HttpRequest, owner: Any, question: str, button: str, text: str = ""
) -> HttpResponse:
    context: dict[str, Any] = {
        "question": question,
        "text": text,
        "button": button,
        "back_url": rowset.back_url(owner, request),
    }
    return rowset.show(request, owner, "rows/confirm.html", context)
