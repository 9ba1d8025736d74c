"""Asking for an attestation, and the public pages that check one."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_POST, require_safe

from core.access import PUBLIC, audience
from core.forms import GuichetForm
from core.throttle import client_ip, hit, too_many
from core.transitions import Refused
from space import attestations, papers
from space.company import Company, company_page, show
from space.models import Attestation
from space.paper_views import ACTIVE

CHECKS_AN_HOUR = 60  # from one address: enough for who checks papers all day, nothing for who tries codes
ASKED_AN_HOUR = 40  # of one account


@company_page()
@require_safe
def choose(request: HttpRequest, company: Company) -> HttpResponse:
    return _choose(request, company)


@company_page()
@require_POST
def ask(request: HttpRequest, company: Company, kind: str) -> HttpResponse:
    """Issue it, or find the one of today, and go and fetch it."""
    if kind not in Attestation.Kind.values:
        raise Http404
    if hit("attestation", str(request.user.pk), limit=ASKED_AN_HOUR, seconds=3600):
        return too_many(request)
    try:
        issued = attestations.ask(company.member, Attestation.Kind(kind), by=company.actor)
    except Refused as refusal:
        return _choose(request, company, problem=str(refusal), status=409)
    return redirect("space:attestation", company.member.pk, issued.pk)


@company_page()
@require_safe
def made(request: HttpRequest, company: Company, attestation_pk: UUID) -> HttpResponse:
    """It is ready: what it is, until when, how it is checked."""
    mine = get_object_or_404(papers.attestations(company.member), pk=attestation_pk)
    context = {"made": mine, "code": attestations.shaped(mine.code)}
    return show(request, company, "space/attestations/made.html", context, active=ACTIVE)


def _choose(request: HttpRequest, company: Company, *, problem: str = "", status: int = 200) -> HttpResponse:
    context = {"offers": attestations.offers(company.member), "problem": problem}
    return show(request, company, "space/attestations/choose.html", context, active=ACTIVE, status=status)


class CodeForm(GuichetForm):
    code = forms.CharField(
        label="Code de vérification",
        max_length=100,
        help_text="Douze lettres et chiffres, sous le code QR. Exemple : 7QX4-M2RD-90KZ",
        widget=forms.TextInput(
            attrs={"class": "medium num", "autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )

    def clean_code(self) -> str:
        code = attestations.read_code(self.cleaned_data["code"])
        if not code:
            raise ValidationError(
                "Ce code n’a pas la bonne forme : il compte douze lettres et chiffres. Exemple : 7QX4-M2RD-90KZ"
            )
        return code


@audience(PUBLIC)
@require_safe
def enter_code(request: HttpRequest) -> HttpResponse:
    """Type the code printed on an attestation."""
    form = CodeForm(request.GET if "code" in request.GET else None)
    if form.is_valid():
        return redirect("space:verify-code", attestations.shaped(form.cleaned_data["code"]))
    return render(request, "space/attestations/enter.html", {"form": form}, status=422 if form.is_bound else 200)


@audience(PUBLIC)
@require_safe
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """What the attestation says, and whether it still stands. An unknown code is told as such, whatever it is."""
    if hit("verify", client_ip(request), limit=CHECKS_AN_HOUR, seconds=3600):
        return too_many(request)
    verdict = attestations.check(code)
    context = {"verdict": verdict, "form": CodeForm()}
    response = render(request, "space/attestations/verdict.html", context, status=200 if verdict else 404)
    add_never_cache_headers(response)
    response["X-Robots-Tag"] = "noindex"
    return response
