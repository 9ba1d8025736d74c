"""Lists of people: those of a dossier (contacts, employees), and what every list of a member’s employees is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse

from core import sheets
from core.access import ACCOUNT
from core.identifiers import format_phone
from core.journal import Actor
from core.rows import Column, RowSet
from core.transitions import lock
from membership import employees
from membership.employer import draft_or_404
from membership.forms import ContactForm, EmployeeForm, check_employee
from membership.models import Application, Employee, Establishment
from membership.models.application import TOUCHED
from membership.models.establishment import MAX_EMPLOYEES, EmployeeQuerySet, Monitoring

TONES = {Monitoring.SI: "calm", Monitoring.SIA: "wait", Monitoring.SIR: "bad"}


class _DossierRows(RowSet):
    """Rows of a dossier's establishment, while the dossier is a draft."""

    namespace = "membership"
    step: str

    def owner(self, request: HttpRequest, pk: UUID) -> Application:
        return draft_or_404(request, pk)

    def parent(self, owner: Application) -> dict[str, Any]:
        return {"establishment": owner.establishment}

    def page_url(self, owner: Application) -> str:
        return reverse("membership:step", args=[owner.pk, self.step])

    def changed(self, owner: Application) -> None:
        owner.touch()
        owner.save(update_fields=TOUCHED)


class ContactRows(_DossierRows):
    kind, step = "contacts", "contacts"
    form_class = ContactForm
    singular, plural, a, the = "contact", "contacts", "un contact", "le contact"
    empty_text = "Commencez par la personne qui dirige l’établissement."
    max_rows = 50
    can_import = False
    key_fields = ("last_name", "first_name", "email")
    columns = (
        Column("Nom", lambda row: f"{row.last_name} {row.first_name}", ("last_name", "first_name")),
        Column("Rôles", lambda row: row.role_labels, ("roles",)),
        Column("Téléphone", lambda row: format_phone(row.phone), ("phone",), "num"),
        Column("Adresse électronique", lambda row: row.email, ("email",), "long"),
    )


class EmployeeList(RowSet):
    """What a list of employees is, in whichever portal."""

    kind = "employees"
    form_class = EmployeeForm
    singular, plural, a, the = "salarié", "salariés", "un salarié", "le salarié"
    empty_text = "Ajoutez-les un par un, ou d’un coup depuis votre logiciel de paie."
    search_field = "folded"
    key_fields = ("last_name", "first_name", "birth_date")
    columns = (
        Column("Nom et prénom", lambda row: f"{row.last_name} {row.first_name}", ("last_name", "first_name")),
        Column("Né(e) le", lambda row: f"{row.birth_date:%d/%m/%Y}", ("birth_date",), "num"),
        Column("Embauche", lambda row: f"{row.hired_on:%d/%m/%Y}", ("hired_on",), "num"),
        Column("Poste", lambda row: row.job_title, ("job_title",), "words"),
        Column(
            "Suivi",
            lambda row: Monitoring(row.monitoring).label,
            ("monitoring",),
            tone=lambda row: TONES[row.monitoring],
        ),
    )
    aliases = {
        "last_name": ("nom de famille", "nom usuel", "nom d’usage", "nom de naissance"),
        "first_name": ("prenom", "prénoms", "premier prénom"),
        "birth_date": ("né le", "née le", "né(e) le", "naissance", "date naissance", "ddn"),
        "hired_on": ("embauche", "date d’entrée", "date entrée", "entrée", "ancienneté", "date de début de contrat"),
        "contract_type": ("contrat", "nature du contrat", "type contrat"),
        "job_title": ("emploi", "fonction", "intitulé du poste", "libellé emploi", "profession"),
        "pcs_code": ("pcs", "code pcs", "pcs-ese", "pcs ese"),
        "monitoring": ("suivi", "catégorie de suivi", "catégorie", "surveillance", "type de surveillance"),
    }
    value_aliases = {
        "contract_type": {
            "contrat à durée indéterminée": "cdi",
            "contrat à durée déterminée": "cdd",
            "apprenti": "apprentice",
            "apprentissage": "apprentice",
            "contrat d’apprentissage": "apprentice",
            "professionnalisation": "apprentice",
            "saisonnier": "seasonal",
            "stagiaire": "intern",
        },
        "monitoring": {"simple": "SI", "adapté": "SIA", "renforcé": "SIR", "smr": "SIR"},
    }
    example = {
        "last_name": "Lefèvre",
        "first_name": "Camille",
        "birth_date": "14/09/1988",
        "hired_on": "02/01/2024",
        "contract_type": "CDI",
        "job_title": "Comptable",
        "pcs_code": "543d",
        "monitoring": "Simple (SI)",
    }

    def check(self, cleaned: dict[str, Any]) -> dict[str, str]:
        return check_employee(cleaned)


class EmployeeRows(_DossierRows, EmployeeList):
    """Those to follow, in a dossier that is a draft: rows come and go freely."""

    step = "salaries"
    max_rows = MAX_EMPLOYEES


class MemberEmployeeRows(EmployeeList):
    """The employees of a member, kept by the verbs of `membership.employees`: nobody is deleted, people leave.

    A portal subclasses it, says who the owner is (`owner`, `establishment`, `actor`, `subject`) and which part of the
    list it shows (`queryset`); adding, changing, taking back and importing are the same for all.
    """

    audience = ACCOUNT
    base_template = "space/base.html"
    max_rows, max_import = 100_000, 10_000
    can_remove, can_export, whole_file = False, True, True
    known_fields = ("hired_on", "left_on")
    sorts = {
        "nom": ("folded",),
        "embauche": ("hired_on", "folded"),
        "suivi": ("monitoring", "folded"),
    }
    default_sort = "nom"
    done_words = {
        "sortie": "La sortie est enregistrée.",
        "retour": "Le salarié est de nouveau dans la liste.",
        "reembauche": "Ce salarié était sorti : sa fiche est reprise, avec sa nouvelle embauche.",
    }

    def establishment(self, owner: Any) -> Establishment:
        """Whose employees they are."""
        raise NotImplementedError

    def actor(self, owner: Any, request: HttpRequest | None) -> Actor:
        """Who the journal names."""
        raise NotImplementedError

    def parent(self, owner: Any) -> dict[str, Any]:
        return {"establishment": self.establishment(owner)}

    def everyone(self, owner: Any) -> EmployeeQuerySet:
        return Employee.objects.filter(establishment=self.establishment(owner))

    def lock(self, owner: Any) -> None:
        lock(self.establishment(owner))

    def save(self, owner: Any, form: Any, request: HttpRequest) -> None:
        by = self.actor(owner, request)
        if form.instance._state.adding:
            employees.hire(form.instance, by=by)
        else:
            employees.change(form.instance, form.changed_data, by=by)

    def take_back(self, owner: Any, twin: Any, form: Any, request: HttpRequest) -> str:
        if twin.left_on is None or form.cleaned_data["hired_on"] <= twin.left_on:
            return ""
        employees.rehire(twin, form.cleaned_data, by=self.actor(owner, request))
        return "reembauche"

    def is_stored(self, twin: Any, form: Any) -> bool:
        return twin.left_on is None and super().is_stored(twin, form)

    def twin_words(self, twin: Any) -> str:
        if twin.left_on is None:
            return super().twin_words(twin)
        return (
            f"Une personne de ce nom, {twin}, est dans la liste, avec un dernier jour de travail le "
            f"{twin.left_on:%d/%m/%Y}. En cas d’erreur, réintégrez-la depuis sa fiche ; si elle est réembauchée, "
            "indiquez une date d’embauche après ce jour."
        )

    def add_all(self, owner: Any, rows: list[Any], request: HttpRequest | None) -> None:
        employees.hire_all(self.establishment(owner), rows, by=self.actor(owner, request))

    def comes_back(self, known: Mapping[str, Any], cleaned: Mapping[str, Any]) -> bool:
        return known["left_on"] is not None and cleaned["hired_on"] > known["left_on"]

    def take_all_back(self, owner: Any, rows: list[tuple[Any, dict[str, Any]]], request: HttpRequest | None) -> None:
        employees.rehire_all(self.establishment(owner), rows, by=self.actor(owner, request))

    def is_staying(self, known: Mapping[str, Any]) -> bool:
        return known["left_on"] is None

    def leave_all(self, owner: Any, keys: list[Any], day: date, request: HttpRequest) -> None:
        employees.leave_all(self.establishment(owner), keys, day, by=self.actor(owner, request))

    def export_fields(self) -> list[str]:
        return [*super().export_fields(), "left_on"]

    def export_columns(self) -> list[sheets.Column]:
        return [*super().export_columns(), sheets.Column("Dernier jour de travail", 24, is_date=True)]


CONTACTS, EMPLOYEES = ContactRows(), EmployeeRows()
