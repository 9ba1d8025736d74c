"""A file brought in, a file taken out."""

import csv
import io
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.dates import french_date, today
from core.models import JournalEntry, PendingRow
from tests.employees.conftest import LONG_AGO
from tests.rows.conftest import CAMILLE, HEADERS, HUGO, person

pytestmark = [pytest.mark.django_db, pytest.mark.req("M-21")]

YESTERDAY = today() - timedelta(days=1)


def french(day):
    return f"{day:%d/%m/%Y}"


def table(*rows):
    return "\n".join("\t".join(row) for row in [HEADERS, *rows])


def cells(response):
    return response.context["cells"]


def plan(client, url, *rows):
    response = client.post(url("import"), {"pasted": table(*rows)})
    assert response.status_code == 200, response.content.decode()
    return response


def bring_in(client, url, *rows, **choices):
    return client.post(url("import"), {"cells": cells(plan(client, url, *rows)), "action": "all", **choices})


@pytest.mark.req("B-07")
def test_every_error_is_shown_with_line_column_value_and_suggestion_before_anything_is_stored(client, url, staff):
    text = plan(client, url, CAMILLE, HUGO).content.decode()
    assert "Espace adhérent" in text
    for words in ("1 salarié", "Ligne&nbsp;3", "Date d’embauche", "31/02/2026", "28/02/2026"):
        assert words in text
    assert not staff.exists()
    assert not PendingRow.objects.exists()


@pytest.mark.req("B-07")
@pytest.mark.fault("G14")
def test_the_same_file_twice_changes_nothing(client, url, staff, page):
    response = bring_in(client, url, CAMILLE, HUGO)
    assert response.url == f"{page}?fait=import&n=1&c=1#employees"
    text = client.get(response.url).content.decode()
    assert "1 salarié ajouté. 1 ligne est à corriger ci-dessous." in text
    before = list(staff.values())
    entries = JournalEntry.objects.count()
    again = plan(client, url, CAMILLE, HUGO)
    assert "Cette liste est déjà importée" in again.content.decode()
    bring_in(client, url, CAMILLE, HUGO)
    assert list(staff.values()) == before
    assert PendingRow.objects.count() == 1
    assert JournalEntry.objects.count() == entries
    assert JournalEntry.objects.about(staff.get()).get().message == "Salarié ajouté par l’import d’une liste."


@pytest.mark.req("D-21")
def test_somebody_who_left_and_is_in_the_file_with_a_new_hiring_comes_back(client, url, staff):
    bring_in(client, url, CAMILLE)
    staff.update(left_on=YESTERDAY)
    assert "1 ligne déjà dans la liste" in plan(client, url, CAMILLE).content.decode()  # the old hiring: he has left
    again = person(0, **{"Nom": "LEFEVRE", "Date d’embauche": french(today())})
    assert "était sorti et revient" in plan(client, url, again).content.decode()
    response = bring_in(client, url, again)
    assert "1 salarié réembauché." in client.get(response.url).content.decode()
    row = staff.get()
    assert (row.left_on, row.hired_on) == (None, today())
    assert "Cette liste est déjà importée" in plan(client, url, again).content.decode()


# --- « Mon fichier est complet » --------------------------------------------------------------------------------------


def test_those_absent_from_a_complete_file_leave_only_if_asked(client, url, staff, hire):
    row, gone = hire(last_name="Absent"), hire(last_name="Parti", left_on=YESTERDAY)
    shown = plan(client, url, CAMILLE)
    text = shown.content.decode()
    assert "1 salarié n’est pas dans ce fichier" in text
    assert "Absent Camille" in text
    assert "Parti Camille" not in text
    client.post(url("import"), {"cells": cells(shown), "action": "all"})
    row.refresh_from_db()
    assert row.left_on is None
    shown = plan(client, url, CAMILLE)
    asked = {"cells": cells(shown), "absent": "on", "absent_set": shown.context["leaving"].digest}
    response = client.post(url("import"), {**asked, "absent_on": french(YESTERDAY), "action": "all"})
    assert "1 sortie enregistrée." in client.get(response.url).content.decode()
    row.refresh_from_db()
    gone.refresh_from_db()
    assert (row.left_on, row.version, gone.version) == (YESTERDAY, 2, 1)
    assert "par l’import d’une liste" in JournalEntry.objects.about(row).get().message


@pytest.mark.parametrize(
    "day", ["", "hier", french(LONG_AGO - timedelta(days=1)), french(today() + timedelta(days=400))]
)
def test_a_wrong_day_of_departure_stores_nothing_and_loses_nothing(client, url, staff, hire, day):
    row = hire(hired_on=LONG_AGO)
    shown = plan(client, url, CAMILLE)
    asked = {"absent": "on", "absent_set": shown.context["leaving"].digest, "absent_on": day, "action": "all"}
    response = client.post(url("import"), {"cells": cells(shown), **asked})
    assert response.status_code == 422
    text = response.content.decode()
    assert "<title>Erreur : " in text
    assert f'value="{day}"' in text or not day
    assert cells(response) == cells(shown)
    assert list(staff.values_list("pk", "left_on")) == [(row.pk, None)]


def test_nobody_leaves_who_was_not_shown(client, url, hire):
    first = hire(last_name="Absent")
    shown = plan(client, url, CAMILLE)
    second = hire(last_name="Nouveau")  # a colleague, meanwhile
    asked = {"cells": cells(shown), "absent": "on", "absent_on": french(YESTERDAY), "action": "all"}
    response = client.post(url("import"), {**asked, "absent_set": shown.context["leaving"].digest})
    assert response.status_code == 422
    text = response.content.decode()
    assert "La liste a changé entre-temps" in text
    assert "Nouveau Camille" in text
    digest = response.context["leaving"].digest
    assert f'value="{digest}"' in text
    assert client.post(url("import"), {**asked, "absent_set": digest}).status_code == 302
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.left_on == second.left_on == YESTERDAY


def test_a_file_with_rows_to_correct_is_not_taken_for_complete(client, url, hire):
    row = hire(last_name="Absent")
    shown = plan(client, url, CAMILLE, HUGO)
    assert "Mon fichier est complet" not in shown.content.decode()
    forged = {"cells": cells(shown), "absent": "on", "absent_on": french(YESTERDAY), "action": "all"}
    client.post(url("import"), {**forged, "absent_set": "d41d8cd98f00b204"})
    row.refresh_from_db()
    assert row.left_on is None


# --- Size -------------------------------------------------------------------------------------------------------------


def test_ten_thousand_lines_at_once_and_no_more(client, url, staff, django_assert_max_num_queries):
    response = plan(client, url, *(person(n) for n in range(10_000)))
    with django_assert_max_num_queries(300):
        client.post(url("import"), {"cells": cells(response), "action": "all"})
    assert staff.count() == 10_000
    too_many = client.post(url("import"), {"pasted": table(*(person(n) for n in range(10_001)))})
    assert too_many.status_code == 422
    assert "10" in too_many.content.decode()


def test_those_who_come_back_cost_no_query_each(client, url, staff):
    """Seasonal workers: a whole list that had left is hired again."""

    def queries(first: int, count: int) -> int:
        numbers = range(first, first + count)
        bring_in(client, url, *(person(n) for n in numbers))
        staff.filter(hired_on__lt=today()).update(left_on=YESTERDAY)
        again = [person(n, **{"Date d’embauche": french(today()), "Poste": "Élagueur"}) for n in numbers]
        shown = cells(plan(client, url, *again))
        with CaptureQueriesContext(connection) as asked:
            client.post(url("import"), {"cells": shown, "action": "all"})
        return len(asked)

    few = queries(0, 2)
    assert queries(10, 40) == few
    back = staff.filter(left_on=None)
    assert back.count() == 42
    row = back.prefetch_related("earlier_stays").first()
    assert (row.hired_on, row.job_title, row.version) == (today(), "Élagueur", 2)
    assert [stay.left_on for stay in row.earlier_stays.all()] == [YESTERDAY]
    assert staff.filter(folded__contains="elagueur").count() == 42
    assert JournalEntry.objects.about(row).latest("at").message == f"Réembauche enregistrée au {french_date(today())}."


@pytest.mark.fault("E8", "E9", "E11")
@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"PK\x03\x04 not a workbook", "liste.xlsx"),
        (b"", "liste.csv"),
        (b"\x00\x01\x02", "liste.xls"),
        (b"Nom\nRoy", "l.csv"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(client, url, staff, content, name):
    response = client.post(url("import"), {"file": SimpleUploadedFile(name, content)})
    assert response.status_code == 422
    assert not staff.exists()


# --- Export -----------------------------------------------------------------------------------------------------------


def sheet(response):
    return list(openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content))).active.iter_rows())


@pytest.mark.req("A-26")
def test_the_complete_list_as_a_workbook(client, url, page, hire):
    hire(last_name="Abel", first_name="Zoé", monitoring="SI", contract_type="cdd")
    hire(last_name="Zola", left_on=YESTERDAY)
    text = client.get(page).content.decode()
    assert "Exporter la liste complète" in text
    assert f"{url('export', 'xlsx')}?etat=" in text
    response = client.get(url("export", "xlsx"), {"etat": ""})
    assert "attachment" in response["Content-Disposition"]
    head, abel, zola = sheet(response)
    assert [cell.value for cell in head] == [*HEADERS, "Dernier jour de travail"]
    assert [abel[0].value, abel[4].value, abel[7].value, abel[8].value] == ["Abel", "CDD", "Simple (SI)", None]
    assert abel[3].is_date
    assert zola[8].value.date() == YESTERDAY


@pytest.mark.req("A-26")
def test_what_is_shown_as_csv(client, url, hire):
    hire(last_name="Abel", monitoring="SI")
    hire(last_name="Benoît", monitoring="SIR")
    hire(last_name="Zola", monitoring="SIR", left_on=YESTERDAY)
    response = client.get(url("export", "csv"), {"suivi": "SIR"})
    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig")), delimiter=";"))
    assert [row[0] for row in rows] == ["Nom", "Benoît"]
    assert rows[1][2] == "14/09/1988"
    assert client.get(url("export", "pdf")).status_code == 404


@pytest.mark.fault("E10")
@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+33", "-1+1", "@SUM(A1)", "＝1+1"])
def test_no_cell_can_act_as_a_formula(client, url, hire, name):
    hire(last_name=name)
    row = sheet(client.get(url("export", "xlsx")))[1]
    assert (row[0].value, row[0].data_type) == (name, "s")
    text = b"".join(client.get(url("export", "csv")).streaming_content).decode()
    assert f"'{name}" in text


def test_an_export_can_be_brought_in_again(client, url, hire):
    hire(last_name="Abel")
    hire(last_name="Zola", left_on=YESTERDAY)
    content = b"".join(client.get(url("export", "xlsx"), {"etat": ""}).streaming_content)
    response = client.post(url("import"), {"file": SimpleUploadedFile("salaries.xlsx", content)})
    text = response.content.decode()
    assert "Cette liste est déjà importée" in text
    assert "2 lignes déjà dans la liste" in text


def test_an_export_reads_the_rows_as_it_writes_them(client, url, hire, django_assert_max_num_queries):
    for number in range(30):
        hire(last_name=f"Nom{number}")
    with django_assert_max_num_queries(6):
        b"".join(client.get(url("export", "csv")).streaming_content)
