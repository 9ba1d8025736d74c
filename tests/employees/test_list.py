"""« Mes salariés »: who is shown, searched, filtered, sorted, in how many queries, to whom."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from core.dates import today
from core.models import PendingRow
from core.models.subject import subject_key
from membership.models import Employee
from tests.employees.conftest import ANSWERS, somebody
from tests.factories import EmployeeFactory, MemberFactory

pytestmark = [pytest.mark.django_db, pytest.mark.req("M-21")]


def names(response):
    """Who heads each line, as people read it."""
    heads = re.findall(r'<th scope="row">(.*?)</th>', response.content.decode(), re.DOTALL)
    return [strip_tags(head).removeprefix("À corriger ").removesuffix("N’existe pas.") for head in heads]


def test_an_empty_list_says_what_to_do(client, page):
    text = client.get(page).content.decode()
    assert "La liste est vide." in text
    assert "Ajouter un salarié" in text
    assert "Coller ou importer une liste" in text
    assert 'aria-current="page">Mes salariés' in text


@pytest.mark.req("C-04")
def test_those_present_first_the_others_a_click_away_each_with_its_count(client, page, hire):
    day = today()
    hire(last_name="Présente")
    hire(last_name="Dernierjour", left_on=day)
    hire(last_name="Partie", left_on=day - timedelta(days=1))
    hire(last_name="Bientot", hired_on=day + timedelta(days=10))
    shown = client.get(page)
    assert names(shown) == ["Dernierjour Camille", "Présente Camille"]
    text = shown.content.decode()
    for words in ("Présents", "À venir", "Sortis", "Tous"):
        assert words in text
    (tabs,) = shown.context["rows"]["tabs"]
    assert [link["count"] for link in tabs["links"]] == ["2", "1", "1", "4"]
    assert "2 présents, 4 en tout" in text
    assert names(client.get(page, {"etat": "sortis"})) == ["Partie Camille"]
    assert names(client.get(page, {"etat": "a-venir"})) == ["Bientot Camille"]
    assert len(names(client.get(page, {"etat": ""}))) == 4
    assert names(client.get(page, {"etat": "n’importe quoi"})) == names(shown)


@pytest.mark.req("A-26", "A-32")
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "lefevre"}, ["LEFÈVRE Zoé"]),
        ({"q": "zoé LEFÈVRE"}, ["LEFÈVRE Zoé"]),
        ({"q": "cœur"}, ["Du Coeur Paul"]),
        ({"q": "100%"}, []),
        ({"q": "ébéniste"}, ["Du Coeur Paul"]),
        ({"suivi": "SIR"}, ["Du Coeur Paul"]),
        ({"suivi": "SIR", "q": "zoe"}, []),
        ({"contrat": "cdd"}, ["LEFÈVRE Zoé"]),
        ({"contrat": "x' OR 1=1"}, ["Du Coeur Paul", "LEFÈVRE Zoé"]),
        ({"q": "\0"}, ["Du Coeur Paul", "LEFÈVRE Zoé"]),
    ],
)
def test_searching_and_filtering(client, page, hire, asked, found):
    hire(last_name="LEFÈVRE", first_name="Zoé", monitoring="SI", contract_type="cdd")
    hire(last_name="Du Coeur", first_name="Paul", job_title="Ébéniste", monitoring="SIR")
    assert names(client.get(page, asked)) == found


def test_sorting_keeps_the_rest_of_the_address(client, page, hire):
    hire(last_name="Émile", hired_on=date(2021, 1, 1), monitoring="SIR")
    hire(last_name="Zola", hired_on=date(2019, 1, 1), monitoring="SI")
    hire(last_name="Abel", hired_on=date(2020, 1, 1), monitoring="SIA")

    def order(**asked):
        return [name.split()[0] for name in names(client.get(page, asked))]

    assert order() == ["Abel", "Émile", "Zola"]  # accents do not send a name to the end
    assert order(tri="-nom") == ["Zola", "Émile", "Abel"]
    assert order(tri="embauche") == ["Zola", "Abel", "Émile"]
    assert order(tri="-suivi") == ["Émile", "Abel", "Zola"]
    assert order(tri="birth_date") == ["Abel", "Émile", "Zola"]
    text = client.get(page, {"tri": "embauche", "suivi": "SI", "q": "zola"}).content.decode()
    assert '<th scope="col" aria-sort="ascending"><a href="?q=zola&amp;suivi=SI&amp;tri=-embauche#employees">' in text
    assert '<input type="hidden" name="tri" value="embauche">' in text


def test_after_a_change_the_list_is_as_it_was_left(client, page, hire, url):
    row = hire(last_name="Zola", monitoring="SIR")
    text = client.get(page, {"suivi": "SIR", "tri": "-nom"}).content.decode()
    address = f"{url('edit', row.pk)}?vue=suivi%3DSIR%26tri%3D-nom"
    assert address in text
    response = client.post(address, {**ANSWERS, "version": 1})
    assert response.url == f"{page}?fait=modification&suivi=SIR&tri=-nom#employees"
    evil = client.post(f"{url('edit', row.pk)}?vue=//evil.example&q=x", {**ANSWERS, "version": 2})
    assert evil.url == f"{page}?fait=modification#employees"


def test_fifty_a_page_and_the_address_of_the_next(client, page, hire):
    for number in range(60):
        hire(last_name=f"Nom{number:03d}", monitoring="SIR")
    first = client.get(page, {"suivi": "SIR"})
    assert len(names(first)) == 50
    assert "?page=2&amp;suivi=SIR" in first.content.decode()
    assert "60 salariés sur 60" in first.content.decode()
    assert len(names(client.get(page, {"suivi": "SIR", "page": "2"}))) == 10
    assert len(names(client.get(page, {"page": "999"}))) == 10


@pytest.mark.parametrize("asked", [{}, {"suivi": "SIR"}, {"q": "nom"}, {"page": "2"}, {"etat": "", "tri": "-embauche"}])
def test_ten_queries_however_many_there_are(client, page, member, django_assert_max_num_queries, asked):
    EmployeeFactory.create_batch(3, establishment=member.establishment)
    client.get(page)
    with django_assert_max_num_queries(10):
        client.get(page, asked)
    Employee.objects.bulk_create(
        EmployeeFactory.build(establishment=member.establishment, last_name=f"Nom{n}", monitoring="SIR")
        for n in range(300)
    )
    with django_assert_max_num_queries(10):
        client.get(page, asked)


@pytest.mark.req("B-07")
def test_rows_to_correct_stand_first_unless_the_list_is_narrowed(client, page, member, hire):
    hire()
    values = {"last_name": "Petit", "first_name": "Hugo", "hired_on": "31/02/2026"}
    PendingRow.objects.create(
        **subject_key(member), kind="employees", line=3, values=values, errors={"hired_on": ["N’existe pas."]}
    )
    assert names(client.get(page))[0] == "Petit Hugo"
    narrowed = client.get(page, {"etat": "sortis"})
    assert names(narrowed) == []
    assert "Une ligne est à corriger" in narrowed.content.decode()
    assert "Les afficher" in narrowed.content.decode()


# --- Whose list, and who may change it --------------------------------------------------------------------------------

PAGES = ["add", "edit", "show", "leave", "return", "import", "template", "export", "correct", "discard"]


def address(client, name, row, pending):
    from space.employees import EMPLOYEES

    rows = {"edit": row, "show": row, "leave": row, "return": row, "correct": pending, "discard": pending}
    args = ["xlsx"] if name == "export" else [rows[name]] if name in rows else []
    return EMPLOYEES.url(name, client.company, *args)


@pytest.fixture
def pending(member):
    return PendingRow.objects.create(**subject_key(member), kind="employees", line=3, values={}, errors={"x": ["y"]})


@pytest.mark.fault("A2", "A10")
@pytest.mark.parametrize("name", PAGES)
def test_another_company_s_list_is_not_there(client, hire, pending, name):
    row = hire(left_on=today() - timedelta(days=1))
    before = list(Employee.objects.values())
    there = address(client, name, row.pk, pending.pk)
    stranger = somebody(MemberFactory(left_on=None))
    assert stranger.get(there).status_code == 404
    assert stranger.post(there, {**ANSWERS, "why": "mistake", "last_day": "01/02/2026"}).status_code in (404, 405)
    assert list(Employee.objects.values()) == before
    assert Client().get(there).status_code == 302  # to the door


@pytest.mark.fault("A2")
@pytest.mark.parametrize("name", ["edit", "show", "leave", "return", "correct", "discard"])
def test_rows_of_another_company_are_not_reached_through_one_s_own(client, hire, pending, name):
    row = hire(left_on=today() - timedelta(days=1))
    before = list(Employee.objects.values())
    stranger = somebody(MemberFactory(left_on=None))
    there = address(stranger, name, row.pk, pending.pk)
    assert stranger.get(there).status_code in (302, 404)
    stranger.post(there, {**ANSWERS, "hired_on": "hier", "why": "mistake", "last_day": "01/02/2026"})
    assert list(Employee.objects.values()) == before
    assert PendingRow.objects.filter(pk=pending.pk).exists()


@pytest.mark.req("B-06")
@pytest.mark.parametrize("name", PAGES)
def test_who_may_only_consult_reads_and_exports(client, member, page, hire, pending, name):
    row = hire()
    reader = somebody(member, "declares")
    text = reader.get(page).content.decode()
    assert str(row) in text
    for words in ("Ajouter un salarié", "Modifier", "Coller ou importer", "Réintégrer", "Corriger<"):
        assert words not in text
    expected = 200 if name in ("show", "export") else 403
    assert reader.get(address(client, name, row.pk, pending.pk)).status_code == expected


@pytest.mark.fault("A6")
def test_fields_that_no_form_has_are_ignored(client, url, hire, staff):
    row, other = hire(), MemberFactory(left_on=None)
    extra = {"establishment": str(other.establishment_id), "left_on": "2020-01-01", "folded": "x", "id": str(other.pk)}
    client.post(url("edit", row.pk), {**ANSWERS, **extra, "version": 1})
    row.refresh_from_db()
    assert (row.last_name, row.left_on, row.establishment) == ("Diallo", None, row.establishment)
    assert row.folded == "diallo aminata cariste"
    assert staff.count() == 1
    assert not other.establishment.employees.exists()


@pytest.mark.req("D-22")
def test_nothing_asks_for_the_nir(client, url, page, hire):
    row = hire()
    for there in (page, url("add"), url("edit", row.pk), url("show", row.pk), url("import")):
        text = client.get(there).content.decode().lower()
        assert "sécurité sociale" not in text
        assert "nir" not in text.split()


def test_the_home_of_the_space_leads_there(client, member, page):
    assert page in client.get(reverse("space:home", args=[member.pk])).content.decode()
