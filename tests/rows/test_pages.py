from datetime import date

import pytest
from django.urls import reverse

from core.models import PendingRow
from core.models.subject import subject_key
from membership.people import CONTACTS, EMPLOYEES
from tests.factories import ApplicationFactory, EmployeeFactory
from tests.reading import read_page
from tests.rows.conftest import HUGO, visit

pytestmark = [pytest.mark.django_db, pytest.mark.req("M-06")]

ANSWERS = {
    "last_name": "Diallo",
    "first_name": "Aminata",
    "birth_date": "03/05/1994",
    "hired_on": "15/06/2025",
    "contract_type": "cdi",
    "job_title": "Cariste",
    "pcs_code": "",
    "monitoring": "SIR",
}


def make_pending(dossier, **changes):
    names = list(EMPLOYEES.form_class.base_fields)
    values = dict(zip(names, HUGO, strict=True)) | changes
    return PendingRow.objects.create(
        **subject_key(dossier), kind="employees", line=3, values=values, errors={"hired_on": ["N’existe pas."]}
    )


def test_an_empty_list_says_what_to_do(visitor, page):
    text = visitor.get(page).content.decode()
    assert "La liste est vide." in text
    assert "Ajouter un salarié" in text


def test_of_the_two_ways_to_import_a_list_one_is_needed(visitor, url):
    text = visitor.get(url("import")).content.decode()
    form = text.split("enctype=")[1].split("</form>")[0]
    assert form.count("(l’un ou l’autre)") == 2
    assert "(facultatif)" not in form


def test_adding(visitor, url, page, employees):
    assert visitor.get(url("add")).status_code == 200
    response = visitor.post(url("add"), ANSWERS, follow=True)
    text = response.content.decode()
    assert response.redirect_chain == [(f"{page}?fait=ajout#employees", 302)]
    assert "Le salarié a été ajouté." in text
    assert "Diallo Aminata" in text
    assert employees.get().birth_date == date(1994, 5, 3)


def test_adding_several_in_a_row(visitor, url):
    response = visitor.post(url("add"), {**ANSWERS, "action": "another"}, follow=True)
    assert response.request["PATH_INFO"] == url("add")
    assert "Le salarié a été ajouté." in response.content.decode()


def test_a_wrong_answer_comes_back_as_typed(visitor, url, employees):
    response = visitor.post(url("add"), {**ANSWERS, "hired_on": "31/02/2026"})
    assert response.status_code == 422
    text = response.content.decode()
    assert "<title>Erreur : " in text
    assert 'value="31/02/2026"' in text
    assert not employees.exists()


@pytest.mark.fault("G1")
def test_a_double_click_adds_once_and_is_no_error(visitor, url, employees):
    visitor.post(url("add"), ANSWERS)
    assert visitor.post(url("add"), ANSWERS).status_code == 302
    assert employees.count() == 1


@pytest.mark.parametrize("changes", [{"job_title": "Peintre"}, {"last_name": "DIALLO", "first_name": "aminata"}])
def test_a_person_is_not_added_twice(visitor, url, employees, changes):
    visitor.post(url("add"), ANSWERS)
    response = visitor.post(url("add"), ANSWERS | {"job_title": "Peintre"} | changes)
    assert response.status_code == 422
    assert "Une personne de ce nom, Diallo Aminata, est déjà dans la liste." in response.content.decode()
    assert employees.count() == 1


def test_changing(visitor, url, employees, dossier):
    row = EmployeeFactory(establishment=dossier.establishment)
    assert f'value="{row.last_name}"' in visitor.get(url("edit", row.pk)).content.decode()
    visitor.post(url("edit", row.pk), {**ANSWERS, "version": 1})
    row.refresh_from_db()
    assert (row.last_name, row.version) == ("Diallo", 2)
    assert employees.count() == 1


def test_changing_into_somebody_else_of_the_list_is_told(visitor, url, dossier):
    EmployeeFactory(
        establishment=dossier.establishment, last_name="DIALLO", first_name="Aminata", birth_date=date(1994, 5, 3)
    )
    row = EmployeeFactory(establishment=dossier.establishment)
    response = visitor.post(url("edit", row.pk), {**ANSWERS, "version": 1})
    assert response.status_code == 422
    assert "déjà dans la liste" in response.content.decode()


@pytest.mark.fault("G3")
def test_of_two_colleagues_the_second_is_told_and_keeps_what_was_typed(visitor, url, dossier):
    row = EmployeeFactory(establishment=dossier.establishment, job_title="Menuisier")
    answers = {**ANSWERS, "version": 1}
    visit(dossier).post(url("edit", row.pk), {**answers, "job_title": "Peintre"})
    response = visitor.post(url("edit", row.pk), {**answers, "job_title": "Couvreur"})
    assert response.status_code == 409
    text = response.content.decode()
    assert "Peintre" in text
    assert 'value="Couvreur"' in text
    assert 'name="version" value="2"' in text
    row.refresh_from_db()
    assert row.job_title == "Peintre"
    visitor.post(url("edit", row.pk), {**answers, "version": 2, "job_title": "Couvreur"})
    row.refresh_from_db()
    assert row.job_title == "Couvreur"


@pytest.mark.fault("G3")
def test_changing_a_row_that_a_colleague_removed_keeps_what_was_typed(visitor, url, dossier, employees):
    row = EmployeeFactory(establishment=dossier.establishment)
    visit(dossier).post(url("remove", row.pk))
    response = visitor.post(url("edit", row.pk), {**ANSWERS, "version": 1})
    assert response.status_code == 409
    text = response.content.decode()
    assert "retirée de la liste entre-temps" in text
    assert 'value="Cariste"' in text
    assert f'action="{url("add")}"' in text
    assert not employees.exists()
    assert visitor.get(url("edit", row.pk)).status_code == 302


def test_removing_asks_first(visitor, url, dossier, employees):
    row = EmployeeFactory(establishment=dossier.establishment)
    assert f"Retirer {row} de la liste ?" in visitor.get(url("remove", row.pk)).content.decode()
    assert employees.count() == 1
    visitor.post(url("remove", row.pk))
    assert not employees.exists()
    assert visitor.post(url("remove", row.pk)).status_code == 302
    assert visitor.get(url("remove", row.pk)).status_code == 302


def test_emptying_asks_first(visitor, url, dossier, employees):
    EmployeeFactory.create_batch(3, establishment=dossier.establishment)
    make_pending(dossier)
    assert "La liste compte 4 salariés." in visitor.get(url("empty")).content.decode()
    assert employees.count() == 3
    visitor.post(url("empty"))
    assert not employees.exists()
    assert not PendingRow.objects.exists()
    assert visitor.get(url("empty")).status_code == 302


# --- Rows to correct --------------------------------------------------------------------------------------------------


@pytest.mark.req("B-07")
def test_a_pending_row_stands_first_and_blocks_the_step(visitor, page, dossier):
    EmployeeFactory(establishment=dossier.establishment, last_name="Abel")
    pending = make_pending(dossier)
    text = visitor.get(page).content.decode()
    assert "2 salariés · 1 à corriger" in text
    assert text.index("Petit Hugo") < text.index("Abel")
    assert "<strong>31/02/2026</strong>" in text
    assert EMPLOYEES.url("correct", dossier, pending.pk) in text
    refused = visitor.post(page, {"action": "next"})
    assert refused.status_code == 422
    assert "Une ligne est à corriger" in refused.content.decode()


@pytest.mark.req("B-07")
def test_correcting(visitor, url, dossier, employees):
    pending = make_pending(dossier)
    text = read_page(visitor.get(url("correct", pending.pk)))
    assert 'value="31/02/2026"' in text
    assert "« 31/02/2026 », peut-être 28/02/2026" in text
    assert '<option value="apprentice" selected>' in text
    answers = {**ANSWERS, "hired_on": "30/02/2026"}
    assert visitor.post(url("correct", pending.pk), answers).status_code == 422
    pending.refresh_from_db()
    assert pending.values["hired_on"] == "30/02/2026"
    corrected = visitor.post(url("correct", pending.pk), ANSWERS, follow=True)
    assert "La ligne est corrigée et ajoutée à la liste." in corrected.content.decode()
    assert employees.get().first_name == "Aminata"
    assert not PendingRow.objects.exists()


@pytest.mark.req("B-07")
def test_a_wrong_value_that_no_column_shows_is_in_the_message(visitor, page, dossier):
    pending = make_pending(dossier, pcs_code="99")
    pending.errors = {"pcs_code": ["Un code PCS-ESE compte trois chiffres et une lettre."]}
    pending.save()
    assert "Code PCS-ESE « 99 » : un code PCS-ESE compte trois chiffres" in read_page(visitor.get(page))


def test_correcting_a_row_that_a_colleague_just_corrected(visitor, url, dossier, employees):
    pending = make_pending(dossier)
    visit(dossier).post(url("correct", pending.pk), ANSWERS)
    assert visitor.get(url("correct", pending.pk)).status_code == 302
    assert visitor.post(url("correct", pending.pk), ANSWERS).status_code == 302
    response = visitor.post(url("correct", pending.pk), {**ANSWERS, "hired_on": "hier"})
    assert response.status_code == 409
    assert 'value="hier"' in response.content.decode()
    assert employees.count() == 1


def test_giving_up_a_row_to_correct(visitor, url, dossier):
    pending = make_pending(dossier)
    assert "Petit Hugo" in visitor.get(url("discard", pending.pk)).content.decode()
    visitor.post(url("discard", pending.pk))
    assert not PendingRow.objects.exists()


@pytest.mark.fault("F2", "F4")
@pytest.mark.parametrize("typed", ["\0Zoé", "<script>alert(1)</script>", "{{ 7*7 }}", "a\u202eb", "x" * 20_000])
def test_hostile_text_never_breaks_a_page(visitor, url, page, dossier, typed):
    pending = make_pending(dossier)
    visitor.post(url("correct", pending.pk), {**ANSWERS, "hired_on": "hier", "last_name": typed})
    for address in (page, url("correct", pending.pk), url("discard", pending.pk)):
        text = visitor.get(address).content.decode()
        assert "<script>alert" not in text
        assert ">49<" not in text


# --- Long lists -------------------------------------------------------------------------------------------------------


def test_fifty_a_page_with_a_search(visitor, page, dossier):
    EmployeeFactory.create_batch(70, establishment=dossier.establishment, first_name="Camille")
    EmployeeFactory(establishment=dossier.establishment, last_name="Ébène", first_name="Zoé")
    make_pending(dossier)
    first = visitor.get(page)
    assert first.content.decode().count('<tr id="ligne-') == 50
    assert "72 salariés · 1 à corriger" in first.content.decode()
    second = visitor.get(page, {"page": "2"})
    assert second.content.decode().count('<tr id="ligne-') == 22
    assert "Petit Hugo" not in second.content.decode()
    found = visitor.get(page, {"q": "zoe EBENE"}).content.decode()
    assert found.count('<tr id="ligne-') == 1
    assert "Aucune ligne ne contient" in visitor.get(page, {"q": "xyz"}).content.decode()
    assert visitor.get(page, {"page": "-3", "q": "\0"}).status_code == 200


@pytest.mark.parametrize("rows", [3, 49, 120])
def test_queries_of_the_page_do_not_grow(visitor, page, dossier, rows, django_assert_max_num_queries):
    EmployeeFactory.create_batch(rows, establishment=dossier.establishment)
    with django_assert_max_num_queries(4 if rows < 50 else 7):
        visitor.get(page)


# --- Whose list -------------------------------------------------------------------------------------------------------


@pytest.mark.fault("A2", "A10")
@pytest.mark.parametrize("name", ["add", "edit", "remove", "empty", "import", "template", "correct", "discard"])
def test_somebody_else_s_list_is_not_there(dossier, url, employees, name):
    row, pending = EmployeeFactory(establishment=dossier.establishment), make_pending(dossier)
    args = {"edit": [row.pk], "remove": [row.pk], "correct": [pending.pk], "discard": [pending.pk]}.get(name, [])
    stranger = visit(ApplicationFactory(employees=0))
    before = list(employees.values())
    assert stranger.get(url(name, *args)).status_code == 404
    assert stranger.post(url(name, *args), ANSWERS).status_code in (404, 405)
    assert list(employees.values()) == before
    assert PendingRow.objects.count() == 1


@pytest.mark.fault("A2", "A6")
def test_rows_of_another_list_are_not_reached_through_one_s_own(visitor, url, employees):
    other = ApplicationFactory(employees=1)
    foreign, pending = other.establishment.employees.get(), make_pending(other)
    for name, pk in (("edit", foreign.pk), ("remove", foreign.pk), ("correct", pending.pk), ("discard", pending.pk)):
        assert visitor.get(url(name, pk)).status_code == 302
        visitor.post(url(name, pk), {**ANSWERS, "hired_on": "hier", "establishment": str(other.establishment_id)})
    foreign.refresh_from_db()
    assert foreign.last_name != "Diallo"
    assert PendingRow.objects.filter(pk=pending.pk).exists()
    assert not employees.exists()


def test_a_submitted_dossier_s_list_is_closed(url, visitor, dossier):
    type(dossier).objects.filter(pk=dossier.pk).update(
        state="submitted", reference="PA-2026-000001", submitted_at="2026-11-22T08:00Z"
    )
    mine = reverse("membership:dossier", args=[dossier.pk])
    for answer in (visitor.get(url("add")), visitor.post(url("add"), ANSWERS)):
        assert (answer.status_code, answer.url) == (302, mine)
    assert not dossier.establishment.employees.exists()


@pytest.mark.req("M-04")
def test_contacts_use_the_same_engine(visitor, dossier):
    contacts = dossier.establishment.contacts
    answers = {
        "last_name": "Roy",
        "first_name": "Paul",
        "function": "",
        "roles": ["hr", "accounts"],
        "phone": "",
        "email": "p@r.fr",
    }
    visitor.post(CONTACTS.url("add", dossier), answers)
    paul = contacts.get(last_name="Roy")
    assert paul.roles == ["hr", "accounts"]
    visitor.post(CONTACTS.url("edit", dossier, paul.pk), {**answers, "roles": ["head"], "version": 1})
    response = visitor.post(CONTACTS.url("edit", dossier, paul.pk), {**answers, "version": 1})
    assert "Dirigeant" in response.content.decode()
    page = visitor.get(reverse("membership:step", args=[dossier.pk, "contacts"])).content.decode()
    assert "importer" not in page
