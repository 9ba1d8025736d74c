"""Pages of « Mes salariés »: the list, the fiche of one, his departure, his return. The engine has the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods, require_safe

from core.acting import posted_version
from core.forms import GuichetForm
from core.journal import last_events
from core.kept import answers
from core.rows.asked import keep, kept
from core.transitions import AlreadyDone, Refused
from membership import employees
from membership.models import Employee
from membership.models.establishment import Monitoring
from space.company import Company, company_page, show
from space.employee_forms import MISTAKE, LeaveForm, ReturnForm
from space.employees import EMPLOYEES, RIGHT, SLUG, situation

HISTORY = 50  # entries shown of one employee
IN_FULL = {"leave": "Enregistrer une sortie"}  # a row of the list has room for one word


@company_page()
@require_safe
def listing(request: HttpRequest, company: Company) -> HttpResponse:
    """The list: words, filters and order are in the address."""
    return show(request, company, "space/employees.html", EMPLOYEES.context(company, request), active=SLUG)


@company_page()
@require_safe
def fiche(request: HttpRequest, company: Company, row: UUID) -> HttpResponse:
    """All that is known of one employee, and who changed what, when."""
    employee = _employee(company, row)
    view = keep(kept(EMPLOYEES, request))
    actions = [
        (IN_FULL.get(action.name, action.label), EMPLOYEES.url(action.name, company, employee.pk) + view)
        for action in EMPLOYEES.actions
        if company.may(RIGHT) and (action.when is None or action.when(employee))
    ]
    if employee.left_on and company.may(RIGHT):
        actions.append(("Changer le dernier jour", EMPLOYEES.url("leave", company, employee.pk) + view))
    context = {
        "employee": employee,
        "situation": situation(employee),
        "facts": _facts(employee),
        "events": last_events(employee, HISTORY),
        "actions": actions,
        "back_url": EMPLOYEES.back_url(company, request),
    }
    return show(request, company, "space/employee.html", context, active=SLUG)


@company_page(RIGHT)
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, company: Company, row: UUID) -> HttpResponse:
    """« Enregistrer une sortie »: asks the last day. The row stays, among those who left."""
    employee = _employee(company, row)
    form = LeaveForm(answers(request), employee=employee, initial={"last_day": employee.left_on})

    def act() -> str:
        employees.leave(employee, form.cleaned_data["last_day"], by=company.actor, seen=posted_version(request))
        return "sortie"

    return _ask(request, company, employee, form, act, f"Sortie de {employee}", "Enregistrer la sortie")


@company_page(RIGHT)
@require_http_methods(["GET", "HEAD", "POST"])
def bring_back(request: HttpRequest, company: Company, row: UUID) -> HttpResponse:
    """« Réintégrer »: he left by mistake, or he is hired again."""
    employee = _employee(company, row)
    if request.method != "POST" and employee.left_on is None:
        return HttpResponseRedirect(EMPLOYEES.back_url(company, request))  # a colleague was faster
    form = ReturnForm(answers(request))

    def act() -> str:
        said, seen = form.cleaned_data, posted_version(request)
        if said["why"] == MISTAKE:
            employees.bring_back(employee, by=company.actor, seen=seen)
            return "retour"
        employees.rehire(employee, {"hired_on": said["hired_on"]}, by=company.actor, seen=seen)
        return "reembauche"

    return _ask(request, company, employee, form, act, f"Réintégrer {employee}", "Réintégrer")


def _ask(
    request: HttpRequest,
    company: Company,
    employee: Employee,
    form: GuichetForm,
    act: Callable[[], str],
    title: str,
    button: str,
) -> HttpResponse:
    """Show the form, or do what it says and go back to the list. What a verb refuses is told above the answers."""
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return HttpResponseRedirect(EMPLOYEES.back_url(company, request, act()))
            except Refused as refused:
                form.add_error(None, str(refused))
                status = 409 if isinstance(refused, AlreadyDone) else 422
                employee.refresh_from_db()  # what is sent next is about the row as it is now
    context = {
        "employee": employee,
        "form": form,
        "title": title,
        "button": button,
        "action": request.get_full_path(),
        "back_url": EMPLOYEES.back_url(company, request),
    }
    return show(request, company, "space/employee_form.html", context, active=SLUG, status=status)


def _employee(company: Company, row: UUID) -> Employee:
    return get_object_or_404(EMPLOYEES.everyone(company).select_related("establishment"), pk=row)


def _facts(employee: Employee) -> list[tuple[str, Any]]:
    """As the file of import names them; blanks read « Non renseigné » (A-34)."""
    day = "%d/%m/%Y"
    return [
        ("Nom", employee.last_name),
        ("Prénom", employee.first_name),
        ("Date de naissance", f"{employee.birth_date:{day}}"),
        ("Date d’embauche", f"{employee.hired_on:{day}}"),
        *(("Période de travail précédente", str(stay)) for stay in employee.earlier_stays.all()),
        ("Dernier jour de travail", f"{employee.left_on:{day}}" if employee.left_on else "Aucune sortie enregistrée"),
        ("Type de contrat", employee.get_contract_type_display()),
        ("Poste", employee.job_title),
        ("Code PCS-ESE", employee.pcs_code),
        ("Type de suivi", Monitoring(employee.monitoring).label),
    ]
