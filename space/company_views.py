"""« Mon entreprise » and « Rendez-vous et centre médical » (A-06, M-25)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from core.identifiers import format_phone, format_siret
from core.journal import last_events
from core.kept import answers
from core.transitions import Refused
from membership.models import Establishment, MedicalCentre, Member
from space import changes
from space.company import Company, company_page, show
from space.forms import ChangeForm

REQUESTS_SHOWN = 5
HISTORY = 20  # entries, the last ones


@company_page()
@require_safe
def company(request: HttpRequest, company: Company) -> HttpResponse:
    """What we know of the company, read-only; what was asked to change, and what came of it; what happened (B-02).

    The history names who was given access, which only who administers the space may read.
    """
    site, manages = company.establishment, company.may("manages")
    asked = company.member.change_requests.select_related("decided_by")[:REQUESTS_SHOWN]
    context = {
        "blocks": blocks(site),
        "contacts": list(site.contacts.all()),
        "addresses": site.labelled_addresses(),
        "changes": [(change, changes.lines(change, site)) for change in asked],
        "may_ask": manages,
        "events": last_events(company.member, HISTORY) if manages else [],
    }
    return show(request, company, "space/company.html", context, active="company")


def blocks(site: Establishment) -> list[tuple[str, list[tuple[str, str]]]]:
    """The three blocks of A-06, in its words."""
    names = changes.FIELDS
    return [
        (
            "Identité",
            [
                (names["name"], site.name),
                ("N° de Siret", format_siret(site.siret) if site.siret else ""),
                (names["trade_name"], site.trade_name),
            ],
        ),
        (
            "Adresse principale",
            [
                *((names[part], getattr(site, part)) for part in ("street", "street_more", "floor", "locality")),
                (names["postcode"], site.postcode),
                (names["commune_name"], site.commune_name),
                ("Pays", "France"),
            ],
        ),
        (
            "Coordonnées",
            [(names["phone"], format_phone(site.phone) if site.phone else ""), (names["email"], site.email)],
        ),
    ]


@company_page("manages")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, company: Company) -> HttpResponse:
    """« Demander une modification » : correct what is known; staff check before it counts."""
    form = ChangeForm(answers(request), site=company.establishment)
    problem, status = "", 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            changes.request_change(company, form.values, form.cleaned_data["message"], company.actor)
        except Refused as refusal:
            problem, status = str(refusal), 409
        else:
            messages.success(request, "Votre demande est envoyée. Nous la vérifions et vous répondons par courriel.")
            return redirect("space:company", company.member.pk)
    context = {"form": form, "problem": problem, "other_siret": changes.OTHER_SIRET}
    return show(request, company, "space/company_change.html", context, active="company", status=status)


@company_page()
@require_safe
def care(request: HttpRequest, company: Company) -> HttpResponse:
    """The centre, the doctor, the secretary, and how to get an appointment (M-25, B-25)."""
    member = Member.objects.select_related("centre", "doctor__secretary").get(pk=company.member.pk)
    context = {"centre_rows": centre_rows(member.centre), "care": member}
    return show(request, company, "space/care.html", context, active="care")


def centre_rows(centre: MedicalCentre | None) -> list[tuple[str, Any]]:
    """The medical centre, as a list of facts."""
    if centre is None:
        return []
    where = f"{centre.street}, {centre.postcode} {centre.commune_name}"
    return [
        ("Centre médical", centre.name),
        ("Adresse", where),
        ("Téléphone", format_phone(centre.phone)),
        ("Adresse électronique", centre.email),
        ("Accès", centre.access),
    ]
