"""« Mes salariés » (M-21): the list of the space, in the engine's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from core.dates import today
from core.journal import Actor
from core.rows import Action, Column, Filter
from membership.models import Employee, Establishment, Member
from membership.models.establishment import EmployeeQuerySet, Monitoring
from membership.people import TONES, MemberEmployeeRows
from space.company import Company, company_or_404, page_context

RIGHT = "employees"
SLUG = "employees"  # of the menu's entry
PRESENT, COMING, GONE = "presents", "a-venir", "sortis"  # in the address


def _situations() -> dict[str, Q]:
    """Where an employee stands today: each is in one of them.

    Most are present, and a page of them is read in the order of an index: said with « not », the dates do not tempt
    SQLite to gather them all by another one and sort.
    """
    gone, coming = Q(left_on__lt=today()), Q(hired_on__gt=today())
    return {PRESENT: ~gone & ~coming, COMING: coming & ~gone, GONE: gone}


def situation(employee: Employee) -> tuple[str, str]:
    """What the fiche says of it, and the tone of the tag."""
    day = today()
    if employee.left_on and employee.left_on < day:
        return f"Sorti le {employee.left_on:%d/%m/%Y}", ""
    if employee.hired_on > day:
        return f"Arrive le {employee.hired_on:%d/%m/%Y}", "wait"
    if employee.left_on:
        return f"Présent jusqu’au {employee.left_on:%d/%m/%Y}", "wait"
    return "Présent", "good"


class SpaceEmployees(MemberEmployeeRows):
    """The owner is the `Company`: the member, and what this account may do for it."""

    namespace = "space"
    search_label, search_button = "Rechercher par Nom Prénom", "Rechercher"
    filters = (
        Filter(
            "etat",
            "Situation",
            [(PRESENT, "Présents"), (COMING, "À venir"), (GONE, "Sortis"), ("", "Tous")],
            lambda rows, value: rows.filter(_situations()[value]),
            default=PRESENT,
            tabs=True,
        ),
        Filter(
            "suivi",
            "Type de suivi",
            [("", "Tous"), *Monitoring.choices],
            lambda rows, value: rows.filter(monitoring=value),
        ),
        Filter(
            "contrat",
            "Contrat",
            [("", "Tous"), *Employee.Contract.choices],
            lambda rows, value: rows.filter(contract_type=value),
        ),
    )
    columns = (
        Column("Nom et prénom", str, ("last_name", "first_name"), sort="nom"),
        Column("Né(e) le", lambda row: f"{row.birth_date:%d/%m/%Y}", ("birth_date",), "num"),
        Column("Embauche", lambda row: f"{row.hired_on:%d/%m/%Y}", ("hired_on",), "num", sort="embauche"),
        Column("Poste", lambda row: row.job_title, ("job_title",), "words"),
        Column(
            "Suivi",
            lambda row: Monitoring(row.monitoring).label,
            ("monitoring",),
            tone=lambda row: TONES[row.monitoring],
            sort="suivi",
        ),
        Column("Sortie", lambda row: f"{row.left_on:%d/%m/%Y}" if row.left_on else "", (), "num"),
    )
    row_page = "show"
    actions = (
        Action("Modifier", "edit"),
        Action("Sortir", "leave", when=lambda row: row.left_on is None),
        Action("Réintégrer", "return", when=lambda row: row.left_on is not None),
    )

    def owner(self, request: HttpRequest, pk: UUID) -> Company:
        return company_or_404(request, pk, RIGHT)

    def reader(self, request: HttpRequest, pk: UUID) -> Company:
        return company_or_404(request, pk)

    def may_change(self, owner: Company, request: HttpRequest) -> bool:
        return owner.may(RIGHT)

    def subject(self, owner: Company) -> Member:
        return owner.member

    def establishment(self, owner: Company) -> Establishment:
        return owner.establishment

    def actor(self, owner: Company, request: HttpRequest | None) -> Actor:
        return owner.actor

    def queryset(self, owner: Company) -> EmployeeQuerySet:
        return self.everyone(owner)

    def page_url(self, owner: Company) -> str:
        return reverse("space:employees", args=[owner.member.pk])

    def page_context(self, owner: Company, request: HttpRequest) -> dict[str, Any]:
        return page_context(owner, SLUG)

    def counts(self, owner: Company) -> Mapping[str, int]:
        rows, situations = self.everyone(owner), _situations()
        total, coming, gone = (part.count() for part in (rows, *(rows.filter(situations[it]) for it in (COMING, GONE))))
        return {PRESENT: total - coming - gone, COMING: coming, GONE: gone}


EMPLOYEES = SpaceEmployees()
