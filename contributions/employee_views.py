"""The pages of step 2 that its list has not: choosing somebody, leaving, coming back (C-04).

The employer's views stand at the end; staff who change the list for him have theirs in `admin/people_pages.py`.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contributions import counting
from contributions.models import Declaration
from contributions.people import CHANGE, DECLARED, PURPOSES, REMOVE, RESTORE, DeclaredRows, who
from contributions.reaching import RIGHT, declaration_page, refuse_unless_open
from core.acting import posted_version
from core.dates import french_date
from core.journal import Actor
from core.kept import answers
from core.rows.table import PER_PAGE
from core.text import fold
from core.transitions import AlreadyDone, Refused
from membership import employees
from membership.models import EarlierStay, Employee
from space.company import Company
from space.employee_forms import LeaveForm

TITLES = {
    CHANGE: "Modifier une information sur un salarié",
    REMOVE: "Enlever un salarié sorti de votre effectif",
    RESTORE: "Ajouter un salarié sorti par erreur",
}
LABELS = {CHANGE: "Modifier", REMOVE: "Enlever", RESTORE: "Remettre dans la liste"}
NAMES = {CHANGE: "edit", REMOVE: "leave", RESTORE: "bring-back"}


def choose_page(rowset: DeclaredRows, request: HttpRequest, declaration: Declaration, purpose: str) -> HttpResponse:
    """Who is to be changed, removed, or put back: a search, and fifty names a page."""
    if purpose not in PURPOSES:
        raise Http404
    rows = counting.gone_before(declaration) if purpose == RESTORE else counting.people(declaration)
    search = request.GET.get("q", "").strip()[:80]
    for word in fold(search).split():
        rows = rows.filter(folded__contains=word)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "title": TITLES[purpose],
        "label": LABELS[purpose],
        "purpose": purpose,
        "restoring": purpose == RESTORE,
        "page": page,
        "search": search,
        "lines": [(one, rowset.url(NAMES[purpose], declaration, one.pk)) for one in page],
        "back_url": rowset.page_url(declaration),
    }
    return rowset.show(request, declaration, "contributions/choose.html", context)


def leave_page(rowset: DeclaredRows, request: HttpRequest, declaration: Declaration, row: UUID) -> HttpResponse:
    """Somebody left: the day says whether he counts in this declaration."""
    employee = _employee(rowset, declaration, row, counting.people(declaration))
    if employee is None:
        if request.method == "POST":
            messages.info(request, "Ce salarié n’est plus dans la liste : sa sortie était déjà enregistrée.")
        return HttpResponseRedirect(rowset.back_url(declaration, request))
    stay = counting.earlier_stays(declaration).filter(employee=employee).first()
    form = LeaveForm(answers(request), employee=stay or employee, initial={"last_day": employee.left_on})
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            done = _leave(employee, stay, form.cleaned_data["last_day"], who(request), posted_version(request))
        except AlreadyDone as overtaken:
            form.add_error(None, str(overtaken))
            status = 409
            employee.refresh_from_db()  # what is sent next is about the row as it is now
        except Refused as refused:
            form.add_error("last_day", str(refused))
        else:
            rowset.moved(declaration)
            done = done if counting.counts_in(declaration, employee.pk) else "sorti-avant"
            return HttpResponseRedirect(rowset.back_url(declaration, request, done))
    context = {
        "employee": employee,
        "stay": stay,
        "form": form,
        "day": french_date(declaration.campaign.reference_day),
        "back_url": rowset.back_url(declaration, request),
    }
    return rowset.show(request, declaration, "contributions/leave.html", context, status)


def _leave(employee: Employee, stay: EarlierStay | None, last_day: date, by: Actor, seen: int | None) -> str:
    """Who was hired again since 1 January may be said to have left before that hiring on another day, or again."""
    if stay and last_day < employee.hired_on:
        employees.correct_earlier(stay, last_day, by=by, seen=seen)
        return "modification"
    employees.leave(employee, last_day, by=by, seen=seen)
    return "sorti-apres"


def bring_somebody_back(
    rowset: DeclaredRows, request: HttpRequest, declaration: Declaration, row: UUID
) -> HttpResponse:
    """Somebody was taken out by mistake. Asked twice, it is done once."""
    employee = _employee(rowset, declaration, row, rowset.everyone(declaration))
    if employee is None:
        raise Http404
    if employee.left_on is not None:
        try:
            employees.bring_back(employee, by=who(request), seen=posted_version(request))
        except Refused as refused:
            messages.warning(request, str(refused))
            return HttpResponseRedirect(rowset.choose_url(declaration, RESTORE))
        rowset.moved(declaration)
    done = "retour" if counting.counts_in(declaration, employee.pk) else "hors-liste"
    return HttpResponseRedirect(rowset.back_url(declaration, request, done))


def _employee(
    rowset: DeclaredRows, declaration: Declaration, row: UUID, among: models.QuerySet[Employee]
) -> Employee | None:
    """The employee `row` of this company; None when he is no longer `among` those asked for."""
    get_object_or_404(rowset.everyone(declaration), pk=row)
    return among.select_related("establishment").filter(pk=row).first()


# --- The employer's ---------------------------------------------------------------------------------------------------


@declaration_page(RIGHT)
@require_safe
def choose(request: HttpRequest, company: Company, declaration: Declaration, purpose: str) -> HttpResponse:
    refuse_unless_open(request, declaration)
    return choose_page(DECLARED, request, declaration, purpose)


@declaration_page(RIGHT)
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, company: Company, declaration: Declaration, row: UUID) -> HttpResponse:
    refuse_unless_open(request, declaration)
    return leave_page(DECLARED, request, declaration, row)


@declaration_page(RIGHT)
@require_POST
def bring_back(request: HttpRequest, company: Company, declaration: Declaration, row: UUID) -> HttpResponse:
    refuse_unless_open(request, declaration)
    return bring_somebody_back(DECLARED, request, declaration, row)
