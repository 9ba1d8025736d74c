"""« Accès » : who may come into this company's space, and what he may do there (B-06)."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from core.kept import answers
from core.throttle import hit, too_many
from core.transitions import AlreadyDone, Refused
from membership import accesses as verbs
from membership.forms.access import InvitationForm, RightsForm, signature
from membership.models import Access
from space.company import Company, company_page, show

ACTIVE = "accesses"


@company_page("manages")
@require_safe
def accesses(request: HttpRequest, company: Company) -> HttpResponse:
    """Everybody who may come today. A company has a handful, so there is one page."""
    rows = [(access, verbs.rights_in_words(access.rights)) for access in _living(company)]
    return show(request, company, "space/accesses.html", {"rows": rows}, active=ACTIVE)


@company_page("manages")
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest, company: Company) -> HttpResponse:
    """Invite an accountant or a colleague. The answer does not say whether the address has an account."""
    form = InvitationForm(answers(request))
    if request.method != "POST" or not form.is_valid():
        return _form(request, company, form, 422 if request.method == "POST" else 200)
    if hit("invite", str(request.user.pk), limit=30, seconds=3600):
        return too_many(request)
    try:
        verbs.give(company.member, form.given, **form.invitation, by=company.actor, giver=company.access)
    except Refused as refusal:
        return _form(request, company, form, 409, problem=str(refusal))
    messages.success(request, f"L’invitation part à l’adresse {form.cleaned_data['email']}.")
    return redirect("space:accesses", company.member.pk)


@company_page("manages")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, company: Company, access_pk: UUID) -> HttpResponse:
    """Other rights, another end date."""
    access = get_object_or_404(_living(company), pk=access_pk)
    form = RightsForm(answers(request), initial=RightsForm.of(access))
    if request.method != "POST" or not form.is_valid():
        return _form(request, company, form, 422 if request.method == "POST" else 200, access=access)
    try:
        verbs.change(access, form.given, by=company.actor, was=form.seen, giver=company.access)
    except AlreadyDone as gone:
        return _gone(request, company, gone)
    except Refused as refusal:
        access.refresh_from_db()
        typed = request.POST.copy()
        typed["was"] = signature(verbs.Given.of(access))  # told once, he may insist
        form.data = typed
        return _form(request, company, form, 409, access=access, problem=str(refusal))
    messages.success(request, f"L’accès de {access.person} est modifié.")
    return redirect("space:accesses", company.member.pk)


@company_page("manages")
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, company: Company, access_pk: UUID) -> HttpResponse:
    """Ask, then take the access away."""
    access = get_object_or_404(company.member.accesses.select_related("user", "member"), pk=access_pk)
    problem = ""
    if request.method == "POST":
        try:
            verbs.withdraw(access, by=company.actor)
        except AlreadyDone as gone:
            return _gone(request, company, gone)
        except Refused as refusal:
            problem = str(refusal)
        else:
            messages.success(request, f"L’accès de {access.person} est retiré.")
            own = access.pk == company.access.pk
            return redirect("space:companies") if own else redirect("space:accesses", company.member.pk)
    context = {"access": access, "problem": problem, "own": access.pk == company.access.pk}
    return show(request, company, "space/access_withdraw.html", context, active=ACTIVE, status=409 if problem else 200)


def _living(company: Company) -> QuerySet[Access]:
    """With what the page and the verbs need of each."""
    return company.member.accesses.alive().select_related("user", "member")


def _form(
    request: HttpRequest,
    company: Company,
    form: RightsForm,
    status: int,
    *,
    access: Access | None = None,
    problem: str = "",
) -> HttpResponse:
    context = {"form": form, "access": access, "problem": problem}
    return show(request, company, "space/access_form.html", context, active=ACTIVE, status=status)


def _gone(request: HttpRequest, company: Company, gone: AlreadyDone) -> HttpResponse:
    messages.warning(request, str(gone))
    return redirect("space:accesses", company.member.pk)
