"""The two lists of people of a dossier: contacts (step 3) and employees (step 5)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse

from core.identifiers import format_phone
from core.rows import Column, RowSet
from membership.employer import draft_or_404
from membership.forms import ContactForm, EmployeeForm, check_employee
from membership.models import Application
from membership.models.establishment import MAX_EMPLOYEES, Monitoring

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
        owner.save(update_fields=["updated_at", "remind_on", "purge_on"])


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


class EmployeeRows(_DossierRows):
    kind, step = "employees", "salaries"
    form_class = EmployeeForm
    singular, plural, a, the = "salarié", "salariés", "un salarié", "le salarié"
    empty_text = "Ajoutez-les un par un, ou d’un coup depuis votre logiciel de paie."
    max_rows = MAX_EMPLOYEES
    key_fields = ("last_name", "first_name", "birth_date")
    columns = (
        Column("Nom et prénom", lambda row: f"{row.last_name} {row.first_name}", ("last_name", "first_name")),
        Column("Né(e) le", lambda row: f"{row.birth_date:%d/%m/%Y}", ("birth_date",), "num"),
        Column("Embauche", lambda row: f"{row.hired_on:%d/%m/%Y}", ("hired_on",), "num"),
        Column("Poste", lambda row: row.job_title, ("job_title",)),
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


CONTACTS, EMPLOYEES = ContactRows(), EmployeeRows()
