import io
import json
import subprocess
import sys

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from core.models import PendingRow
from core.rows.importing import Importer
from core.rows.suggestions import suggestion
from core.sheets import Sheet, SheetError, read
from membership.forms import ContactForm, EmployeeForm
from membership.people import EMPLOYEES
from tests.harness.environment import ROOT
from tests.reading import read_page
from tests.rows.conftest import CAMILLE, HEADERS, HUGO, person
from tests.rows.test_pages import ANSWERS
from tests.sheets import files

pytestmark = [pytest.mark.django_db, pytest.mark.req("B-07", "M-06")]


def sheet(*rows, headers=None):
    return Sheet(headers or HEADERS, list(enumerate(map(list, rows), start=2)))


def do_import(dossier, *rows, **options):
    importer = Importer(EMPLOYEES, dossier)
    plan = importer.plan(sheet(*rows, **options))
    with transaction.atomic():
        importer.store(plan)
    return plan


def send(visitor, url, rows, **data):
    file = SimpleUploadedFile("liste.xlsx", files.xlsx(rows))
    return visitor.post(url("import"), {"file": file, **data})


def cells_of(response):
    return response.context["cells"]


# --- What a plan says -------------------------------------------------------------------------------------------------


def test_valid_rows_are_stored_and_wrong_ones_kept_word_for_word(dossier, employees):
    plan = do_import(dossier, CAMILLE, HUGO)
    camille = employees.get()
    assert (camille.last_name, camille.contract_type, camille.monitoring) == ("Lefèvre", "cdi", "SI")
    assert camille.birth_date.isoformat() == "1994-05-03"
    pending = PendingRow.objects.get()
    assert (pending.kind, pending.line) == ("employees", 3)
    assert pending.values["hired_on"] == "31/02/2026"
    assert pending.values["contract_type"] == "Apprenti"
    assert list(pending.errors) == ["hired_on"]
    assert "n’existe pas" in pending.errors["hired_on"][0]
    assert [wrong.line for wrong in plan.wrong] == [3]


def test_importing_the_same_file_twice_changes_nothing(dossier, employees):
    do_import(dossier, CAMILLE, HUGO)
    before = [list(employees.values()), list(PendingRow.objects.values())]
    plan = do_import(dossier, CAMILLE, HUGO)
    assert plan.changes_nothing
    assert plan.already == 2
    assert [list(employees.values()), list(PendingRow.objects.values())] == before


def test_a_row_corrected_on_the_page_is_there_already_when_the_file_comes_again(dossier, employees):
    do_import(dossier, HUGO)
    pending = PendingRow.objects.get()
    employees.create(
        last_name="PETIT",
        first_name="Hugo",
        birth_date="2001-11-22",
        hired_on="2026-02-28",
        contract_type="apprentice",
        job_title="Menuisier",
        monitoring="SIR",
    )
    pending.delete()
    plan = do_import(dossier, HUGO)
    assert (plan.changes_nothing, plan.already) == (True, 1)
    unreadable = [*HUGO[:2], "hier", *HUGO[3:]]
    assert len(do_import(dossier, unreadable).wrong) == 1


def test_a_row_still_to_correct_after_a_try_on_the_page_is_there_already(dossier):
    do_import(dossier, HUGO)
    pending = PendingRow.objects.get()
    pending.values |= {"hired_on": "30/02/2026"}
    pending.save()
    assert do_import(dossier, HUGO).already == 1
    assert PendingRow.objects.count() == 1


def test_an_answer_outside_a_list_is_told_with_the_list(dossier):
    plan = do_import(dossier, person(1, **{"Type de contrat": "Freelance", "Type de suivi": "x" * 5000}))
    errors = plan.wrong[0].errors
    assert errors["contract_type"].startswith(
        "« Freelance » n’est pas un type de contrat connu. Choisissez : CDI, CDD, "
    )
    assert errors["monitoring"].endswith(
        "x » n’est pas un type de suivi connu. Choisissez : Simple (SI), Adapté (SIA), Renforcé (SIR)."
    )
    assert len(errors["monitoring"]) < 200


def test_repeated_lines_are_named(visitor, url):
    rows = [HEADERS, CAMILLE, person(1), CAMILLE]
    assert "Ligne répétée, prise une seule fois : la 4." in read_page(send(visitor, url, rows))
    rows += [person(1), CAMILLE]
    assert "Lignes répétées, prises une seule fois : les 4, 5 et 6." in read_page(send(visitor, url, rows))
    many = send(visitor, url, [HEADERS, *[CAMILLE] * 30]).content.decode()
    assert "21, 22 et d’autres." in many


@pytest.mark.fault("E9")
@pytest.mark.parametrize("content", ["%PDF-1.4\n1 0 obj, 2; 3\n", "{\\rtf1 x}", "Bonjour\nvoici la liste\n"])
def test_a_file_that_is_no_table_is_told_so(visitor, url, content):
    response = visitor.post(url("import"), {"file": SimpleUploadedFile("liste.csv", content.encode())})
    text = response.content.decode()
    assert response.status_code == 422
    assert "n’est pas un tableau" in text
    assert "Il manque" not in text


def test_duplicates_within_the_file_are_found_whatever_case_and_accents(dossier, employees):
    plan = do_import(dossier, CAMILLE, ["LEFEVRE", "camille", "3/5/1994", *CAMILLE[3:]], HUGO, HUGO)
    assert plan.repeated == [3, 5]
    assert employees.count() == PendingRow.objects.count() == 1


@pytest.mark.parametrize(
    "headers",
    [
        ["NOM", "PRENOM", "Né(e) le", "Entrée", "Contrat", "Emploi", "PCS", "Suivi"],
        [
            "nom *",
            "prénom *",
            "Date de naissance (jj/mm/aaaa)",
            "date  d'embauche",
            "Nature du contrat",
            "POSTE",
            "pcs-ese",
            "Catégorie",
        ],
    ],
)
def test_headings_of_real_files_are_known(dossier, employees, headers):
    do_import(dossier, CAMILLE, headers=headers)
    assert employees.get().job_title == "Comptable"


def test_columns_in_any_order_and_unknown_ones_told(dossier, employees):
    headers = ["Matricule", *reversed(HEADERS), ""]
    plan = do_import(dossier, ["A12", *reversed(CAMILLE), ""], headers=headers)
    assert plan.ignored == ["Matricule"]
    assert employees.get().first_name == "Camille"


def test_the_better_of_two_headings_for_one_field(dossier, employees):
    plan = do_import(dossier, ["Durand", *CAMILLE], headers=["Nom d’usage", *HEADERS])
    assert plan.ignored == ["Nom d’usage"]
    assert employees.get().last_name == "Lefèvre"


def test_missing_columns_are_named(dossier):
    with pytest.raises(SheetError, match="Il manque la colonne « Poste »"):
        do_import(dossier, headers=[header for header in HEADERS if header != "Poste"])
    with pytest.raises(SheetError, match=r"« Nom », « Prénom »"):
        do_import(dossier, headers=[*HEADERS[2:], "Matricule"])


def test_an_optional_column_may_be_absent(dossier, employees):
    do_import(dossier, CAMILLE[:6] + CAMILLE[7:], headers=HEADERS[:6] + HEADERS[7:])
    assert employees.get().pcs_code == ""


def test_cells_pasted_without_headings_are_taken_in_the_template_s_order(dossier, employees):
    importer = Importer(EMPLOYEES, dossier)
    plan = importer.plan(Sheet(CAMILLE, [(2, HUGO)]))
    assert plan.assumed
    assert [row.last_name for row in plan.rows] == ["Lefèvre"]
    assert [wrong.line for wrong in plan.wrong] == [2]


def test_the_row_of_example_of_the_template_is_left_out(dossier, employees):
    example = [EMPLOYEES.example[name] for name in EmployeeForm.base_fields]
    assert do_import(dossier, example, CAMILLE).changes_nothing is False
    assert [row.last_name for row in employees.all()] == ["Lefèvre"]
    assert employees.get().birth_date.year == 1994


@pytest.mark.parametrize("written", ["543D", "543d", " 543D "])
def test_a_pcs_code_in_capitals_is_stored_in_small_letters(visitor, url, dossier, employees, written):
    """As payroll exports write it: imported and typed alike."""
    assert not do_import(dossier, person(1, **{"Code PCS-ESE": written})).wrong
    visitor.post(url("add"), {**ANSWERS, "pcs_code": written})
    assert [row.pcs_code for row in employees.all()] == ["543d", "543d"]
    wrong = visitor.post(url("add"), {**ANSWERS, "last_name": "Autre", "pcs_code": "D543"})
    assert "trois chiffres et une lettre" in wrong.content.decode()


def test_typed_and_imported_rows_are_judged_alike(dossier):
    """Rules between fields (a child of twelve), of one field (`clean_pcs_code`) and of the model hold for both."""
    wrong = person(1, **{"Date de naissance": "01/01/2013", "Code PCS-ESE": "99", "Poste": "x" * 200})
    plan = do_import(dossier, wrong, person(2, **{"Code PCS-ESE": "543d"}))
    data = dict(zip(EmployeeForm.base_fields, wrong, strict=True)) | {"contract_type": "cdi", "monitoring": "SI"}
    form = EmployeeForm(data, instance=EMPLOYEES.new(dossier))
    assert {name: " ".join(messages) for name, messages in form.errors.items()} == plan.wrong[0].errors
    assert set(plan.wrong[0].errors) >= {"hired_on", "pcs_code", "job_title"}


@pytest.mark.fault("E11")
@pytest.mark.parametrize("written", ["1,85E+14", "34592", "31/02/1990", "1990", "14/09/90", "32/01/1990"])
def test_a_date_that_is_none_names_its_line_and_column(dossier, written):
    plan = do_import(dossier, CAMILLE, person(1, **{"Date de naissance": written}))
    (wrong,) = plan.wrong
    assert (wrong.line, list(wrong.errors), wrong.values["birth_date"]) == (3, ["birth_date"], written)


@pytest.mark.fault("F4")
@pytest.mark.parametrize(
    "name", ["👩‍👩‍👧‍👦", "محمد", "a\u202eb", "e\u0301" * 5, "x" * 10_000, "=1+1", "<b>", "{{ 7*7 }}"]
)
def test_any_name_is_stored_as_it_is_or_told_wrong(dossier, employees, name):
    plan = do_import(dossier, person(1, Nom=name))
    if plan.wrong:
        assert list(plan.wrong[0].errors) == ["last_name"]
        assert PendingRow.objects.get().values["last_name"] == name
    else:
        assert employees.get().last_name in (name, "é" * 5)


def test_the_list_is_limited(dossier, monkeypatch):
    monkeypatch.setattr(type(EMPLOYEES), "max_rows", 3)
    do_import(dossier, person(1), HUGO)
    with pytest.raises(SheetError, match="limitée à 3"):
        do_import(dossier, person(2), person(3))


@pytest.mark.fault("G14")
def test_storing_is_all_or_nothing(dossier, employees, monkeypatch):
    def fails(self, owner):
        raise RuntimeError("the machine stops here")

    monkeypatch.setattr(type(EMPLOYEES), "changed", fails)
    with pytest.raises(RuntimeError):
        do_import(dossier, CAMILLE, HUGO)
    assert not employees.exists()
    assert not PendingRow.objects.exists()


def test_queries_do_not_grow_with_the_file(dossier, django_assert_num_queries, django_assert_max_num_queries):
    importer = Importer(EMPLOYEES, dossier)
    with django_assert_num_queries(2):
        plan = importer.plan(sheet(*(person(number) for number in range(400)), HUGO))
    with transaction.atomic(), django_assert_max_num_queries(8):
        importer.store(plan)


# --- Suggestions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "name", "text", "proposed"),
    [
        (EmployeeForm, "birth_date", "34592", "15/09/1994"),
        (EmployeeForm, "birth_date", "31/02/2026", "28/02/2026"),
        (EmployeeForm, "birth_date", "30/02/2024", "29/02/2024"),
        (EmployeeForm, "birth_date", "14/09/88", "14/09/1988"),
        (EmployeeForm, "birth_date", "09/14/1988", "14/09/1988"),
        (EmployeeForm, "birth_date", "hier", ""),
        (EmployeeForm, "birth_date", "99/99/9999", ""),
        (EmployeeForm, "contract_type", "CDl", "CDI"),
        (EmployeeForm, "contract_type", "zzz", ""),
        (EmployeeForm, "job_title", "x", ""),
        (ContactForm, "email", "claire. morel@exemple,fr", "claire.morel@exemple.fr"),
        (ContactForm, "email", "claire", ""),
        (ContactForm, "email", "", ""),
    ],
)
def test_suggestions(form, name, text, proposed):
    assert suggestion(form.base_fields[name], text) == proposed


# --- On the pages -----------------------------------------------------------------------------------------------------


def test_a_file_is_shown_before_anything_is_stored(visitor, url, employees):
    response = send(visitor, url, [[*HEADERS, "Matricule"], [*CAMILLE, "1"], [*HUGO, "2"]])
    text = response.content.decode()
    assert not employees.exists()
    assert not PendingRow.objects.exists()
    for shown in ("1 salarié", "Lefèvre Camille", "31/02/2026", "n’existe pas", "28/02/2026", "Matricule"):
        assert shown in text
    (error,) = response.context["errors"]
    assert (error["line"], error["column"]) == (3, "Date d’embauche")


def test_confirming_stores_and_tells(visitor, url, page, employees):
    cells = cells_of(send(visitor, url, [HEADERS, CAMILLE, HUGO]))
    response = visitor.post(url("import"), {"cells": cells, "action": "all"}, follow=True)
    assert response.redirect_chain[0][0].startswith(page)
    text = response.content.decode()
    assert "1 salarié ajouté. 1 ligne est à corriger ci-dessous." in text
    assert "2 salariés · 1 à corriger" in text
    assert employees.count() == PendingRow.objects.count() == 1
    visitor.post(url("import"), {"cells": cells, "action": "all"})  # « Précédent », then the same button
    assert employees.count() == PendingRow.objects.count() == 1


@pytest.mark.parametrize("line", ["1e999", "-1", "10000000000000000000000", "null", '"2"', "1.5"])
@pytest.mark.parametrize("place", ["header", "row"])
def test_cells_that_were_tampered_with_are_refused_in_words(visitor, url, employees, line, place):
    cells = json.loads(cells_of(send(visitor, url, [HEADERS, HUGO])))
    if place == "header":
        cells[0] = "LINE"
    else:
        cells[2][0][0] = "LINE"
    forged = json.dumps(cells).replace('"LINE"', line)
    response = visitor.post(url("import"), {"cells": forged, "action": "all"})
    assert response.status_code == 422
    assert "n’est pas arrivée en entier" in response.content.decode()
    assert not PendingRow.objects.exists()


def test_only_the_valid_rows_may_be_taken_and_the_others_mended_in_the_file(visitor, url, employees):
    cells = cells_of(send(visitor, url, [HEADERS, CAMILLE, HUGO]))
    response = visitor.post(url("import"), {"cells": cells, "action": "rejects"})
    rejected = read(io.BytesIO(response.getvalue()), "x.xlsx")
    assert rejected.headers == [*HEADERS, "À corriger"]
    ((_, row),) = rejected.rows
    assert row[:-1] == HUGO
    assert "n’existe pas" in row[-1]
    assert not employees.exists()

    visitor.post(url("import"), {"cells": cells, "action": "valid"})
    assert (employees.count(), PendingRow.objects.count()) == (1, 0)
    row[3] = "28/02/2026"
    response = send(visitor, url, [rejected.headers, row])
    visitor.post(url("import"), {"cells": cells_of(response), "action": "all"})
    assert (employees.count(), PendingRow.objects.count()) == (2, 0)


def test_pasted_cells(visitor, url, employees):
    pasted = "\r\n".join("\t".join(row) for row in (HEADERS, CAMILLE))
    cells = cells_of(visitor.post(url("import"), {"pasted": pasted}))
    visitor.post(url("import"), {"cells": cells, "action": "all"})
    assert employees.get().last_name == "Lefèvre"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({}, "Collez des lignes"),
        ({"pasted": "a\tb\nc\td"}, "Il manque les colonnes"),
        ({"pasted": "\t".join(HEADERS)}, "Aucune ligne"),
        ({"cells": "{"}, "en entier"),
        ({"cells": "[1,[],[[1,[2]]]]"}, "en entier"),
        ({"cells": "[" * 100_000}, "en entier"),
        ({"cells": json.dumps([1, HEADERS, [[2, ["un"]]]])}, "en entier"),
    ],
)
def test_what_cannot_be_imported_is_told_on_the_page(visitor, url, employees, data, told):
    response = visitor.post(url("import"), data)
    assert response.status_code == 422
    assert told in response.content.decode()
    assert not employees.exists()


@pytest.mark.fault("E8")
def test_a_bomb_is_told_on_the_page(visitor, url):
    bomb = SimpleUploadedFile("x.xlsx", files.forged_xlsx(files.inline("ZZ1048576", "b")))
    response = visitor.post(url("import"), {"file": bomb})
    assert response.status_code == 422
    assert "très loin" in response.content.decode()


def test_the_template_is_read_back(visitor, url):
    response = visitor.get(url("template"))
    assert response["Content-Disposition"] == 'attachment; filename="modele-employees.xlsx"'
    sheet_ = openpyxl.load_workbook(io.BytesIO(response.content)).active
    assert [cell.value for cell in sheet_[1]] == HEADERS
    assert len(sheet_.data_validations.dataValidation) == 2
    response = visitor.post(url("import"), {"file": SimpleUploadedFile("modele.xlsx", response.content)})
    assert "Aucune ligne" in response.content.decode()


# --- Cost -------------------------------------------------------------------------------------------------------------

MEMORY = """
import resource, sys
import django
django.setup()
from core.models import PendingRow
from core.rows.importing import Importer
from core.sheets import read
from membership.models import Application, Employee, Establishment
from membership.people import EMPLOYEES

def megabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

# An empty list, without a database.
EMPLOYEES.queryset = lambda owner: Employee.objects.none()
EMPLOYEES.pending = lambda owner: PendingRow.objects.none()
importer = Importer(EMPLOYEES, Application(establishment=Establishment()))
idle = megabytes()
with open(sys.argv[1], "rb") as file:
    plan = importer.plan(read(file, "x.xlsx"))
print(len(plan.rows), megabytes() - idle)
"""


def test_two_thousand_rows_need_little_memory(tmp_path):
    (tmp_path / "x.xlsx").write_bytes(files.xlsx([HEADERS, *(person(number) for number in range(2000))]))
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(tmp_path / "x.xlsx")], cwd=ROOT, capture_output=True, text=True, check=True
    )
    rows, megabytes = map(int, done.stdout.split()[-2:])
    assert rows == 2000
    assert megabytes < 150
