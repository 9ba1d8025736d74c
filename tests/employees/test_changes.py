"""Adding, changing, leaving, coming back: in the pages and in the verbs that all portals share."""

from datetime import timedelta

import pytest

from core.dates import add_months, today
from core.journal import Actor
from core.models import JournalEntry
from core.transitions import AlreadyDone, Refused
from membership import employees
from membership.models import Employee
from tests.core.threads import at_once
from tests.employees.conftest import ANSWERS, LONG_AGO, somebody
from tests.factories import EmployeeFactory, EstablishmentFactory
from tests.reading import read_page

pytestmark = [pytest.mark.django_db, pytest.mark.req("M-21")]

CLAIRE = Actor("Claire Morel")
YESTERDAY = today() - timedelta(days=1)


def french(day):
    return f"{day:%d/%m/%Y}"


def history(row):
    return list(JournalEntry.objects.about(row).order_by("pk").values_list("message", flat=True))


def test_adding_inside_the_space(client, url, page, staff):
    text = client.get(url("add")).content.decode()
    assert "Espace adhérent" in text  # the menu stays
    response = client.post(url("add"), ANSWERS, follow=True)
    assert response.redirect_chain == [(f"{page}?fait=ajout#employees", 302)]
    assert "Le salarié a été ajouté." in response.content.decode()
    row = staff.get()
    assert row.folded == "diallo aminata cariste"
    entry = JournalEntry.objects.about(row).get()
    assert (entry.message, entry.actor_name) == ("Salarié ajouté à la liste.", "Claire Morel")


@pytest.mark.fault("G1")
def test_a_double_click_adds_once(client, url, staff):
    client.post(url("add"), ANSWERS)
    assert client.post(url("add"), ANSWERS).status_code == 302
    assert JournalEntry.objects.about(staff.get()).count() == 1


@pytest.mark.fault("F4")
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("👨‍👩‍👧 Zoé", True),
        ("محمد", True),
        ("a\u202eb", False),
        ("Z" * 10_000, False),
        ("\0Zoé", False),
        ("e\u0301", True),
    ],
)
def test_hostile_names_are_kept_or_refused_in_words(client, url, page, staff, typed, kept):
    response = client.post(url("add"), {**ANSWERS, "last_name": typed})
    assert response.status_code == (302 if kept else 422)
    assert staff.count() == int(kept)
    if kept:
        assert client.get(url("show", staff.get().pk)).status_code == client.get(page).status_code == 200


@pytest.mark.fault("G3")
def test_of_two_people_the_second_is_told_and_keeps_what_was_typed(client, member, url, hire):
    row = hire()
    colleague = somebody(member)
    colleague.post(url("edit", row.pk), {**ANSWERS, "job_title": "Peintre", "version": 1})
    response = client.post(url("edit", row.pk), {**ANSWERS, "job_title": "Couvreur", "version": 1})
    assert response.status_code == 409
    text = response.content.decode()
    assert "Quelqu’un d’autre a modifié cette ligne" in text
    assert 'value="Couvreur"' in text
    row.refresh_from_db()
    assert row.job_title == "Peintre"


def test_the_history_says_which_fields_and_no_value(client, url, hire):
    row = hire(last_name="Diallo", first_name="Aminata", monitoring="SI")
    client.post(url("edit", row.pk), {**ANSWERS, "version": 1})
    (message,) = history(row)
    assert message == "Fiche modifiée : date de naissance, date d’embauche, poste, type de suivi."
    text = read_page(client.get(url("show", row.pk)))
    assert message in text
    assert "Claire Morel" in text
    client.post(url("edit", row.pk), {**ANSWERS, "version": 2})
    assert len(history(row)) == 1  # nothing was changed


# --- The fiche --------------------------------------------------------------------------------------------------------


@pytest.mark.req("A-32", "A-34")
def test_the_fiche_shows_what_is_known_and_what_can_be_done(client, url, hire):
    row = hire(pcs_code="", hired_on=today() + timedelta(days=3))
    text = client.get(url("show", row.pk)).content.decode()
    for words in (str(row), "Non renseigné", "Menuisier", "14/09/1988", "Arrive le", "une sortie<", "Modifier<"):
        assert words in text
    assert "Réintégrer" not in text


# --- Leaving ----------------------------------------------------------------------------------------------------------


@pytest.mark.req("C-04")
def test_leaving_keeps_the_row_among_those_who_left(client, url, page, hire):
    row = hire()
    assert "Dernier jour de travail" in client.get(url("leave", row.pk)).content.decode()
    response = client.post(url("leave", row.pk), {"last_day": french(YESTERDAY), "version": 1}, follow=True)
    assert "La sortie est enregistrée." in response.content.decode()
    row.refresh_from_db()
    assert (row.left_on, row.version) == (YESTERDAY, 2)
    assert str(row) not in client.get(page).content.decode()
    gone = client.get(page, {"etat": "sortis"}).content.decode()
    assert str(row) in gone
    assert french(YESTERDAY) in gone
    assert "Réintégrer" in gone
    assert history(row)[0].startswith("Sortie enregistrée : dernier jour de travail le ")


@pytest.mark.parametrize(
    ("days", "ahead", "status"),
    [(0, False, 302), (-1, False, 422), (0, True, 302), (1, True, 422)],
)
def test_the_last_day_is_between_the_hiring_and_six_months_ahead(client, url, hire, days, ahead, status):
    row = hire(hired_on=LONG_AGO)
    day = (add_months(today(), 6) if ahead else LONG_AGO) + timedelta(days=days)
    response = client.post(url("leave", row.pk), {"last_day": french(day), "version": 1})
    assert response.status_code == status
    if status == 422:
        text = response.content.decode()
        assert "<title>Erreur : " in text
        assert f'value="{french(day)}"' in text
        with pytest.raises(Refused):
            employees.leave(row, day, by=CLAIRE)


@pytest.mark.parametrize("typed", ["", "31/02/2026", "hier"])
def test_a_wrong_last_day_comes_back_as_typed(client, url, hire, typed):
    row = hire()
    response = client.post(url("leave", row.pk), {"last_day": typed, "version": 1})
    assert response.status_code == 422
    row.refresh_from_db()
    assert row.left_on is None


@pytest.mark.fault("G1")
def test_a_double_click_on_a_departure_is_one_departure(client, url, hire):
    row = hire()
    answers = {"last_day": french(YESTERDAY), "version": 1}
    assert client.post(url("leave", row.pk), answers).url == client.post(url("leave", row.pk), answers).url
    assert len(history(row)) == 1


@pytest.mark.fault("G3")
def test_of_two_departures_the_second_is_told_who_entered_the_first(client, member, url, hire):
    row = hire()
    somebody(member, first_name="Paul", last_name="Roy").post(
        url("leave", row.pk), {"last_day": french(today()), "version": 1}
    )
    response = client.post(url("leave", row.pk), {"last_day": french(YESTERDAY), "version": 1})
    assert response.status_code == 409
    text = response.content.decode()
    assert "Cette fiche a été modifiée par Paul Roy" in text
    assert f'value="{french(YESTERDAY)}"' in text
    row.refresh_from_db()
    assert row.left_on == today()
    assert client.post(url("leave", row.pk), {"last_day": french(YESTERDAY), "version": row.version}).status_code == 302


def test_a_hiring_cannot_be_moved_after_the_last_day(client, url, hire):
    row = hire(left_on=YESTERDAY)
    response = client.post(url("edit", row.pk), {**ANSWERS, "hired_on": french(today()), "version": 1})
    assert response.status_code == 422
    assert "est après le dernier jour de travail" in response.content.decode()


# --- Coming back ------------------------------------------------------------------------------------------------------


@pytest.mark.fault("G3", "E11")
@pytest.mark.parametrize("version", ["", "x", "9" * 5000], ids=["none", "letter", "long"])
def test_a_page_that_does_not_say_what_it_showed_changes_nobody(client, url, hire, version):
    here, gone = hire(), hire(left_on=YESTERDAY)
    asked = [(here, "leave", {"last_day": french(YESTERDAY)}), (gone, "return", {"why": "mistake"})]
    for row, name, answers in asked:
        response = client.post(url(name, row.pk), {**answers, **({"version": version} if version else {})})
        assert response.status_code == 409
        assert "La page envoyée était incomplète." in response.content.decode()
        before = row.left_on
        row.refresh_from_db()
        assert (row.left_on, row.version, history(row)) == (before, 1, [])


@pytest.mark.req("C-04")
def test_somebody_who_left_by_mistake_is_there_again(client, url, hire):
    row = hire(left_on=YESTERDAY)
    assert "par erreur" in client.get(url("return", row.pk)).content.decode()
    response = client.post(url("return", row.pk), {"why": "mistake", "version": 1}, follow=True)
    assert "Le salarié est de nouveau dans la liste." in response.content.decode()
    row.refresh_from_db()
    assert (row.left_on, row.hired_on) == (None, LONG_AGO)
    assert history(row) == ["Sortie annulée : le salarié était sorti par erreur."]
    assert client.post(url("return", row.pk), {"why": "mistake", "version": 1}).status_code == 302
    assert len(history(row)) == 1
    assert client.get(url("return", row.pk)).status_code == 302


def test_somebody_who_is_hired_again_keeps_the_row(client, url, hire, staff):
    row = hire(left_on=YESTERDAY)
    answers = {"why": "again", "version": 1}
    assert client.post(url("return", row.pk), answers).status_code == 422
    early = client.post(url("return", row.pk), {**answers, "hired_on": french(YESTERDAY)})
    assert early.status_code == 422
    assert "commence après ce jour" in early.content.decode()
    assert client.post(url("return", row.pk), {**answers, "hired_on": french(today())}).status_code == 302
    row.refresh_from_db()
    assert (row.left_on, row.hired_on) == (None, today())
    assert staff.count() == 1


@pytest.mark.req("D-21")
def test_adding_somebody_who_left_takes_the_row_up_again_and_says_so(client, url, hire, staff):
    client.post(url("add"), ANSWERS)
    row = staff.get()
    employees.leave(row, YESTERDAY, by=CLAIRE)
    again = {**ANSWERS, "last_name": "DIALLO", "hired_on": french(today()), "job_title": "Peintre"}
    response = client.post(url("add"), again, follow=True)
    assert "Ce salarié était sorti : sa fiche est reprise" in read_page(response)
    row.refresh_from_db()
    assert (row.left_on, row.job_title, row.folded) == (None, "Peintre", "diallo aminata peintre")
    assert staff.count() == 1
    assert client.post(url("add"), again).status_code == 302  # a double click
    assert len(history(row)) == 3


def test_adding_somebody_who_left_with_the_old_hiring_says_what_to_do(client, url, staff):
    client.post(url("add"), ANSWERS)
    employees.leave(staff.get(), YESTERDAY, by=CLAIRE)
    response = client.post(url("add"), ANSWERS)
    assert response.status_code == 422
    text = response.content.decode()
    assert f"avec un dernier jour de travail le {french(YESTERDAY)}" in text
    assert "réintégrez-la depuis sa fiche" in text


# --- The verbs, at the same moment ------------------------------------------------------------------------------------


@pytest.mark.fault("G2")
@pytest.mark.django_db(transaction=True)
def test_of_eight_hirings_of_one_person_one_is_done_and_the_others_are_told():
    site = EstablishmentFactory()

    def hire(_):
        return employees.hire(EmployeeFactory.build(establishment=site, last_name="Roy"), by=CLAIRE)

    results = at_once(8, hire)
    told = [str(result) for result in results if isinstance(result, AlreadyDone)]
    assert len(told) == 7
    assert all("vient d’être ajouté à la liste par quelqu’un d’autre" in words for words in told)
    assert Employee.objects.count() == 1


@pytest.mark.fault("G3")
@pytest.mark.django_db(transaction=True)
def test_of_a_departure_and_a_change_at_the_same_moment_one_is_told():
    row = EmployeeFactory()

    def act(number):
        if number:
            return employees.leave(Employee.objects.get(pk=row.pk), today(), by=CLAIRE, seen=1)
        mine = Employee.objects.get(pk=row.pk)
        mine.version, mine.job_title = 2, "Peintre"
        return employees.change(mine, ["job_title"], by=CLAIRE)

    results = at_once(2, act)
    assert sum(isinstance(result, AlreadyDone) for result in results) == 1
    assert len(history(row)) == 1
