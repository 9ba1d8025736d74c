"""The seven steps of the pré-adhésion (source 000)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from core.dates import today
from core.forms import GuichetForm
from core.identifiers import format_naf, format_phone, format_siret
from core.money import euros
from core.naf import naf_label
from core.text import counted
from core.transitions import Refused
from core.wizard import Problem, Step, Wizard
from documents.models import Upload
from membership import pieces, pricing, workflow
from membership.document_notices import told
from membership.eligibility import open_dossier
from membership.employer import actor
from membership.forms import AddressesForm, EligibilityForm, EstablishmentForm, FinalForm
from membership.models import Application, Employee, HelpText
from membership.models.establishment import Monitoring
from membership.people import CONTACTS, EMPLOYEES
from membership.states import LAST_STEP

Rows = list[tuple[str, str]]


class DossierStep(Step):
    """A step whose form reads and writes the dossier as a whole."""

    def form(self, dossier: Application, data: Any = None, files: Any = None) -> Any:
        return self.form_class(data, files, dossier=dossier)


class Eligibility(DossierStep):
    slug, title = "eligibilite", "Éligibilité"
    heading = "Validation de l’éligibilité"
    form_class = EligibilityForm
    template_name = "membership/steps/eligibility.html"

    def context(self, dossier: Application, request: HttpRequest) -> dict[str, Any]:
        return {"directory": bool(settings.DIRECTORY_URL)}

    def summary(self, dossier: Application) -> Rows:
        site = dossier.establishment
        return [
            ("SIRET", format_siret(site.siret)),
            ("Activité (NAF)", f"{format_naf(site.naf)} {naf_label(site.naf)}"),
            ("Commune", f"{site.postcode} {site.commune_name}"),
            ("Nombre de salariés", str(site.headcount)),
            ("Régime agricole", "Oui" if site.agricultural else "Non"),
            ("Votre adresse électronique", dossier.contact_email),
        ]


class EstablishmentStep(DossierStep):
    slug, title = "etablissement", "Établissement"
    heading = "Votre établissement"
    form_class = EstablishmentForm
    template_name = "membership/steps/establishment.html"

    def summary(self, dossier: Application) -> Rows:
        site = dossier.establishment
        return [
            ("Raison sociale", site.name),
            ("Enseigne", site.trade_name or "Non renseignée"),
            ("Adresse", ", ".join(site.address_lines)),
            ("Téléphone", format_phone(site.phone)),
            ("Adresse électronique", site.email),
        ]


class RowsStep(Step):
    """A step that is a list of people: see core/rows/."""

    rows: Any
    nobody = ""

    def problems(self, dossier: Application) -> list[Problem]:
        found = []
        pending = self.rows.pending(dossier).count()
        if pending:
            lines = "une ligne" if pending == 1 else f"{pending} lignes"
            found.append(Problem(f"Il reste {lines} à corriger dans la liste, ou à en retirer."))
        if not pending and not self.rows.queryset(dossier).exists():
            found.append(Problem(self.nobody))
        return found

    def form(self, dossier: Application, data: Any = None, files: Any = None) -> Any:
        """« Suivant » sends no field: the form carries the list's own problems, as errors of the page."""
        form = super().form(dossier, data, files)
        if data is not None:
            form.full_clean()
            for problem in self.problems(dossier):
                form.add_error(None, problem.message)
        return form

    def context(self, dossier: Application, request: HttpRequest) -> dict[str, Any]:
        return self.rows.context(dossier, request)


class Contacts(RowsStep):
    slug, title = "contacts", "Contacts"
    heading = "Qui contacter chez vous ?"
    template_name = "membership/steps/contacts.html"
    rows = CONTACTS
    nobody = "Ajoutez au moins un contact : nous devons pouvoir joindre quelqu’un pour les convocations."

    def summary(self, dossier: Application) -> Rows:
        return []

    def details(self, dossier: Application) -> dict[str, Any]:
        people = dossier.establishment.contacts.all()
        body = [[str(one), one.function, one.role_labels, format_phone(one.phone), one.email] for one in people]
        head = ["Nom", "Fonction", "Rôles", "Téléphone", "Adresse électronique"]
        return {"table": {"label": "Contacts", "head": head, "rows": body}}


class Addresses(DossierStep):
    slug, title = "adresses", "Adresses"
    heading = "Où vous écrire ?"
    form_class = AddressesForm
    template_name = "membership/steps/addresses.html"

    def summary(self, dossier: Application) -> Rows:
        return [(label, ", ".join(lines)) for label, lines in dossier.establishment.labelled_addresses()]


class Employees(RowsStep):
    slug, title = "salaries", "Salariés à suivre"
    heading = "Quels salariés suivre ?"
    template_name = "membership/steps/employees.html"
    rows = EMPLOYEES
    nobody = "Ajoutez au moins un salarié à suivre."
    SHOWN = 20

    def summary(self, dossier: Application) -> Rows:
        counts = pricing.headcounts(dossier.establishment)
        total = sum(counts.values())
        words = counted(total, "salarié", "salariés")
        if pricing.mismatch(dossier.establishment, counts):
            words += f", pour un effectif de {dossier.establishment.headcount} annoncé à la première étape"
        return [("Effectif à suivre", words), *_estimate(dossier, counts)]

    def details(self, dossier: Application) -> dict[str, Any]:
        columns = ("last_name", "first_name", "birth_date", "hired_on", "contract_type", "job_title", "pcs_code")
        people = list(dossier.establishment.employees.values_list(*columns, "monitoring")[: self.SHOWN + 1])
        body = [
            [
                *(f"{last_name} {first_name}", f"{born:%d/%m/%Y}", f"{hired:%d/%m/%Y}"),
                *(Employee.Contract(contract).label, f"{job} (PCS {pcs})" if pcs else job, Monitoring(kind).label),
            ]
            for last_name, first_name, born, hired, contract, job, pcs, kind in people[: self.SHOWN]
        ]
        head = ["Nom et prénom", "Né(e) le", "Embauche", "Contrat", "Poste", "Suivi"]
        label = f"Les {self.SHOWN} premiers salariés" if len(people) > self.SHOWN else "Salariés"
        note = ""
        if len(people) > self.SHOWN:
            note = f"Les {self.SHOWN} premiers. Tous figurent à l’étape « {self.title} » et au bordereau."
        return {"table": {"label": label, "head": head, "rows": body}, "note": note}

    def context(self, dossier: Application, request: HttpRequest) -> dict[str, Any]:
        help_text = HelpText.objects.filter(slug="categorie-suivi").first()
        return {"help_text": help_text, **super().context(dossier, request)}


class DocumentsForm(GuichetForm):
    """No field of its own: the files that go with « Suivant » are taken before (see wizard_views)."""

    def is_multipart(self) -> bool:
        return True


class Documents(Step):
    slug, title = "documents", "Documents"
    heading = "Documents à joindre"
    form_class = DocumentsForm
    template_name = "membership/steps/documents.html"

    def summary(self, dossier: Application) -> Rows:
        found = Upload.objects.about(dossier).exclude(scan=Upload.Scan.REFUSED).order_by("position")
        sent: dict[str, list[str]] = {}  # a row each: several files may be of one kind
        for upload in found:
            sent.setdefault(pieces.LABELS[upload.kind], []).append(f"{upload.name}, {upload.pages} p.")
        rows = [(label, " ; ".join(names)) for label, names in sent.items()]
        return rows + ([("Non joint", ", ".join(absent))] if (absent := _absent(found)) else [])

    def details(self, dossier: Application) -> dict[str, Any]:
        later = dossier.is_draft and _absent(Upload.objects.about(dossier).exclude(scan=Upload.Scan.REFUSED))
        return {"note": "Ce qui n’est pas joint, vous pourrez l’envoyer après la validation."} if later else {}

    def context(self, dossier: Application, request: HttpRequest) -> dict[str, Any]:
        found = pieces.with_labels(Upload.objects.about(dossier).order_by("position"))
        return {
            "uploads": found,
            "absent": _absent(upload for upload in found if upload.scan != Upload.Scan.REFUSED),
            "kinds": [(kind, pieces.LABELS[kind]) for kind in pieces.WITH_REQUEST],
            **told(request),
        }


class Final(DossierStep):
    slug, title = LAST_STEP, "Finalisation"
    heading = "Finalisation de la demande d’adhésion"
    form_class = FinalForm
    template_name = "membership/steps/final.html"

    def save(self, dossier: Application, form: Any, request: HttpRequest) -> None:
        form.save()
        dossier.save()
        workflow.submit(dossier, by=actor(dossier))
        dossier.refresh_from_db()  # the verb worked on a row of its own

    def form(self, dossier: Application, data: Any = None, files: Any = None) -> Any:
        """Validation asks every other step again what is wrong, as well as the names typed here."""
        form = super().form(dossier, data, files)
        if data is not None:
            form.full_clean()
            for message in self._elsewhere(dossier):
                form.add_error(None, message)
        return form

    def problems(self, dossier: Application) -> list[Problem]:
        return []

    def _elsewhere(self, dossier: Application) -> list[str]:
        if other := open_dossier(dossier.siret, besides=dossier):
            return [f"Une autre demande est ouverte pour ce SIRET ({other.reference or 'en cours de saisie'})."]
        return [f"{step.title} : {problem.message}" for step, problem in WIZARD.problems(dossier)]

    def context(self, dossier: Application, request: HttpRequest) -> dict[str, Any]:
        sections = [section for section in WIZARD.sections(dossier) if section["step"] is not self]
        for section in sections:
            section["edit_url"] = reverse("membership:step", args=[dossier.pk, section["step"].slug])
        return {"sections": sections, "mismatch": pricing.mismatch(dossier.establishment)}

    def summary(self, dossier: Application) -> Rows:
        return [
            ("Nom et prénom", dossier.representative),
            ("Fonction", dossier.representative_function),
            ("Adresse électronique", dossier.representative_email),
        ]


def _absent(uploads: Iterable[Upload]) -> list[str]:
    """The documents asked for with the request that are not among `uploads`."""
    there = {upload.kind for upload in uploads}
    return [pieces.LABELS[kind] for kind in (pieces.KBIS, pieces.RIB) if kind not in there]


def _estimate(dossier: Application, counts: dict[str, int]) -> Rows:
    """The cost at this year's tariff, so that nobody validates blind. No tariff yet: nothing is said."""
    try:
        quote = pricing.quote(dossier.establishment, today().year, counts)
    except Refused:
        return []
    return [("Estimation", f"{euros(quote.total)} TTC ({euros(quote.net)} HT), facture proforma à suivre")]


WIZARD = Wizard(Eligibility(), EstablishmentStep(), Contacts(), Addresses(), Employees(), Documents(), Final())
