"""The bordereau de pré-adhésion: everything that was entered, in a document people can sign."""

from __future__ import annotations

import subprocess
from datetime import UTC, date, datetime

import pytest

from documents import uploads
from membership import pdfs, snapshots
from membership.models import Address, Application, Contact, Employee
from tests.factories import ApplicationFactory, EmployeeFactory, pdf_file
from tests.membership_docs.conftest import document, plain, squeeze

pytestmark = pytest.mark.django_db


def full_dossier() -> Application:
    """A draft where no two fields hold the same thing."""
    dossier = ApplicationFactory(
        employees=0,
        establishment__name="Ateliers Morel",
        establishment__trade_name="Morel Bois",
        establishment__naf="1623Z",
        establishment__headcount=17,
        establishment__street_more="Bâtiment C",
        representative_function="Directrice associée",
        contact_email="secretariat@morel.example",
    )
    site = dossier.establishment
    site.contacts.all().delete()
    site.contacts.create(
        roles=["accounts"],
        last_name="Duval",
        first_name="Paul",
        function="Expert-comptable",
        phone="+33199000077",
        email="paie@duval.example",
    )
    site.addresses.filter(kind=Address.Kind.BILLING).update(
        same_as="", recipient="Cabinet Duval", street="3 rue Jean-Jaurès", postcode="91390",
        commune_name="Morsang-sur-Orge",
    )  # fmt: skip
    site.employees.create(
        last_name="Lefèvre",
        first_name="Camille",
        birth_date=date(1988, 9, 14),
        hired_on=date(2024, 1, 2),
        contract_type=Employee.Contract.CDD,
        job_title="Menuisière poseuse",
        pcs_code="632b",
        monitoring="SIR",
    )
    uploads.accept(dossier, "kbis", pdf_file("extrait-morel.pdf", pages=3))
    return dossier


@pytest.mark.req("M-09")
def test_holds_everything_that_was_entered(operator, read, submit):
    text = squeeze(read(document(submit(full_dossier()), "bordereau")))
    for entered in [
        "Ateliers Morel", "Morel Bois", "16.23Z", "17 salariés", "4 rue des Lilas", "Bâtiment C",
        "91220 Brétigny-sur-Orge", "01 60 85 00 00", "contact@morel.example", "Régime social Général",
        "Paul Duval", "Expert-comptable", "Comptabilité", "01 99 00 00 77", "paie@duval.example",
        "Adresse administrative", "Identique à celle de l’établissement",
        "Cabinet Duval", "3 rue Jean-Jaurès", "91390 Morsang-sur-Orge", "Adresse d’envoi des convocations",
        "Lefèvre Camille", "14/09/1988", "02/01/2024", "CDD", "Menuisière poseuse", "632b", "SIR",
        "1 en suivi renforcé (SIR)",
        "Extrait Kbis", "extrait-morel.pdf 3",
        "Claire Morel", "Directrice associée", "claire.morel@morel.example",
        "Adresse de suivi de la demande secretariat@morel.example",
        "PA-2026-000001", "23 novembre 2026 à 10 h 14",
        "Et maintenant ?", "Fait à, le", "Signature et cachet",
    ]:  # fmt: skip
        assert squeeze(entered) in text, entered
    assert squeeze(snapshots.format_siret(Application.objects.get().siret)) in text


@pytest.mark.req("M-09")
def test_every_field_that_an_employer_fills_is_in_the_snapshot(operator, submit):
    """A field added to the form one day must find its place in the bordereau."""
    shown = squeeze(str(document(submit(full_dossier()), "bordereau").snapshot))
    dossier = Application.objects.get()
    keys = {"id", "version", "establishment", "kind", "same_as", "commune_code", "roles", "contract_type", "folded"}
    formatted = {"siret", "naf", "phone", "headcount", "agricultural", "birth_date", "hired_on"}
    # Of the dossier itself, what the service keeps about it; all the rest was entered.
    ours = {
        *("state", "queue", "confirmed_steps", "typed", "assigned_to", "waiting_since", "invoice"),
        *("created_at", "updated_at", "submitted_at", "closed_at", "due_on"),
        *("remind_on", "purge_on", "relance_on", "last_call_on", "answer_by"),
    }
    for field in dossier._meta.concrete_fields:
        if field.name not in keys | formatted | ours and (value := getattr(dossier, field.attname)):
            assert squeeze(str(value)) in shown, f"application.{field.name}"
    for row in [
        dossier.establishment,
        *dossier.establishment.contacts.all(),
        *dossier.establishment.addresses.all(),
        *dossier.establishment.employees.all(),
    ]:
        for field in row._meta.concrete_fields:
            value = getattr(row, field.attname)
            if field.name in keys | formatted or not value:
                continue
            assert squeeze(str(value)) in shown, f"{row._meta.model_name}.{field.name}"


@pytest.mark.parametrize("count", [1, 40, 300])
@pytest.mark.req("M-06", "M-09")
def test_every_employee_is_listed_however_many(operator, read, pdf, submit, count):
    dossier = ApplicationFactory(employees=0)
    EmployeeFactory.create_batch(count, establishment=dossier.establishment)
    bordereau = document(submit(dossier), "bordereau")
    text = squeeze(read(bordereau))
    for name in dossier.establishment.employees.values_list("last_name", flat=True):
        assert f"{name}Camille" in text, name
    assert f"{count}salarié" in text
    pages = subprocess.run(["pdftotext", "-l", "2", pdf(bordereau), "-"], capture_output=True, text=True).stdout
    assert "Signature et cachet" in pages, "the signature stays on the first two pages"
    subprocess.run(["qpdf", "--check", pdf(bordereau)], check=True, capture_output=True)


WILD = [
    "{{7*7}} {% load static %}",
    "<script>alert(1)</script>",
    "'; DROP TABLE membership_employee; --",
    "<img src=file:///etc/passwd> & <b>gras</b>",
]


@pytest.mark.parametrize("name", WILD)
@pytest.mark.fault("F1", "F2")
def test_what_looks_like_code_is_printed_as_it_was_typed(operator, read, pdf, submit, name):
    dossier = ApplicationFactory(establishment__name=name)
    dossier.establishment.contacts.update(function=name)
    dossier.establishment.employees.update(job_title=name)
    bordereau = document(submit(dossier), "bordereau")
    assert squeeze(read(bordereau)).count(squeeze(name)) >= 4
    assert b"root:" not in pdf(bordereau).read_bytes()


@pytest.mark.fault("F4")
def test_any_script_and_any_length_makes_a_valid_file(operator, read, pdf, submit):
    dossier = ApplicationFactory(establishment__name="شركة 👩‍👩‍👧 é́ " + "Société d’exploitation " * 5)
    dossier.establishment.contacts.update(first_name="X" * 80, last_name="Y" * 80)
    dossier.establishment.employees.update(first_name="محمد", job_title="Anticonstitutionnellement" * 4)
    bordereau = document(submit(dossier), "bordereau")
    text = squeeze(read(bordereau))
    assert "X" * 80 + "Y" * 80 in text
    assert "Anticonstitutionnellement" * 4 in text
    subprocess.run(["qpdf", "--check", pdf(bordereau)], check=True, capture_output=True)


@pytest.mark.req("M-13")
def test_does_not_change_with_the_dossier(operator, read, submit):
    """What is signed later is what was validated."""
    dossier = submit(ApplicationFactory(establishment__name="Ateliers Morel"))
    dossier.establishment.name = "Autre Nom"
    dossier.establishment.save()
    Contact.objects.all().delete()
    text = read(pdfs.latest_bordereau(dossier))
    assert "Ateliers Morel" in plain(text)
    assert "Autre Nom" not in plain(text)
    assert "Gérante" in text


def test_is_named_after_its_dossier(operator, submit):
    bordereau = document(submit(ApplicationFactory()), "bordereau")
    assert bordereau.filename == "bordereau-PA-2026-000001.pdf"
    assert bordereau.number == "PA-2026-000001"


@pytest.mark.fault("H1")
def test_says_the_day_and_hour_of_paris(operator, clock, read, submit):
    clock.move_to(datetime(2026, 11, 23, 23, 30, tzinfo=UTC))
    text = squeeze(read(document(submit(ApplicationFactory()), "bordereau")))
    assert squeeze("24 novembre 2026 à 0 h 30") in text
