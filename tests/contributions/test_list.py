"""Step 2: the list on 1 January, what is changed in it and what it says (C-04)."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing.models import Invoice
from contributions import workflow
from contributions.people import since
from core.journal import Actor
from membership import employees
from membership.models import Employee
from tests.contributions.conftest import SIGNER, people, press, url
from tests.factories import COMPANY, EmployeeFactory, UserFactory, sign_in
from tests.factories_contributions import DeclarationFactory, fill

pytestmark = pytest.mark.django_db
EMPLOYEE = {
    "last_name": "Petit",
    "first_name": "Jeanne",
    "birth_date": "14/09/1988",
    "hired_on": "02/01/2024",
    "contract_type": "cdi",
    "job_title": "Comptable",
    "monitoring": "SI",
}


@pytest.fixture
def on_list(draft, declarer):
    press(declarer.client, draft, "declarations")
    return draft


@pytest.mark.req("C-04", "D-21")
def test_a_new_employee_is_the_members_own(on_list, declarer):
    answer = declarer.client.post(url("employees-add", on_list), EMPLOYEE, follow=True)
    assert "Petit Jeanne" in answer.text
    assert on_list.member.establishment.employees.filter(last_name="Petit").exists()


@pytest.mark.req("C-04")
def test_a_long_list_has_a_way_past_it(on_list, declarer):
    page = url("step", on_list, "salaries")
    assert 'href="#suite"' not in declarer.client.get(page).text
    people(on_list.member, SI=11)
    text = declarer.client.get(page).text
    assert 'href="#suite"' in text
    assert 'id="suite"' in text


@pytest.mark.req("C-04")
def test_hired_after_1_january_counts_next_time_and_it_is_said(on_list, declarer):
    answer = declarer.client.post(url("employees-add", on_list), {**EMPLOYEE, "hired_on": "05/01/2027"}, follow=True)
    assert "n’est pas dans cette déclaration" in answer.text
    assert "il comptera à la prochaine" in answer.text
    assert answer.context["rows"]["page"].paginator.count == 3


def test_born_tomorrow_is_refused(on_list, declarer):
    answer = declarer.client.post(url("employees-add", on_list), {**EMPLOYEE, "birth_date": "13/01/2027"})
    assert answer.status_code == 422
    assert on_list.member.establishment.employees.count() == 3


@pytest.mark.req("C-04")
@pytest.mark.parametrize(
    ("day", "there", "words"),
    [
        ("31/12/2026", 2, "n’est plus dans la liste"),
        ("01/01/2027", 3, "compte dans cette déclaration"),
        ("08/01/2027", 3, "compte dans cette déclaration"),
    ],
)
def test_removing_somebody_asks_the_day_which_says_whether_he_counts(on_list, declarer, day, there, words):
    row = on_list.member.establishment.employees.first()
    page = declarer.client.get(url("choose", on_list, "enlever"))
    assert url("employees-leave", on_list, row.pk) in page.text
    answer = declarer.client.post(url("employees-leave", on_list, row.pk), {"last_day": day, "version": 1}, follow=True)
    assert words in answer.text
    assert answer.context["rows"]["page"].paginator.count == there
    row.refresh_from_db()
    assert row.left_on is not None


def test_a_last_day_before_the_hiring_is_refused(on_list, declarer):
    row = on_list.member.establishment.employees.first()
    answer = declarer.client.post(url("employees-leave", on_list, row.pk), {"last_day": "01/01/2019"})
    assert answer.status_code == 422


@pytest.mark.fault("G3")
@pytest.mark.parametrize("staff", [False, True])
def test_of_two_who_remove_somebody_the_second_is_told(on_list, declarer, staff):
    row = on_list.member.establishment.employees.first()
    client, page = declarer.client, url("employees-leave", on_list, row.pk)
    if staff:
        client = Client()
        sign_in(client, UserFactory(manager=True))
        page = reverse("admin:contributions_declaration_employees-leave", args=[on_list.pk, row.pk])
    assert f'name="version" value="{row.version}"' in client.get(page).text
    employees.leave(row, date(2027, 1, 8), by=Actor("Inès Petit"))
    answer = client.post(page, {"last_day": "09/01/2027", "version": 1})
    assert answer.status_code == 409
    assert "Cette fiche a été modifiée par Inès Petit" in answer.text
    row.refresh_from_db()
    assert row.left_on == date(2027, 1, 8)
    assert f'name="version" value="{row.version}"' in answer.text
    assert client.post(page, {"last_day": "09/01/2027", "version": row.version}).status_code == 302
    row.refresh_from_db()
    assert row.left_on == date(2027, 1, 9)


@pytest.mark.fault("G3")
def test_who_removes_somebody_removed_already_is_told(on_list, declarer):
    row = on_list.member.establishment.employees.first()
    employees.leave(row, date(2026, 12, 8), by=Actor("Inès Petit"))
    answer = declarer.client.post(url("employees-leave", on_list, row.pk), {"last_day": "09/01/2027"}, follow=True)
    assert "sa sortie était déjà enregistrée" in answer.text


@pytest.mark.fault("G3")
def test_who_puts_somebody_back_whose_row_was_changed_since_is_told(on_list, declarer):
    row = EmployeeFactory(establishment=on_list.member.establishment, last_name="Revenu", left_on=date(2026, 11, 30))
    page = declarer.client.get(url("choose", on_list, "remettre"))
    assert f'name="version" value="{row.version}"' in page.text
    employees.leave(row, date(2026, 12, 8), by=Actor("Inès Petit"))
    answer = declarer.client.post(url("employees-bring-back", on_list, row.pk), {"version": 1}, follow=True)
    assert "Cette fiche a été modifiée par Inès Petit" in answer.text
    row.refresh_from_db()
    assert row.left_on == date(2026, 12, 8)


@pytest.mark.req("C-04")
def test_who_was_removed_by_mistake_is_chosen_and_put_back_once(on_list, declarer):
    row = EmployeeFactory(establishment=on_list.member.establishment, last_name="Revenu", left_on=date(2026, 11, 30))
    page = declarer.client.get(url("choose", on_list, "remettre"), {"q": "revenu"})
    assert "Revenu" in page.text
    answer = declarer.client.post(url("employees-bring-back", on_list, row.pk), {"version": 1}, follow=True)
    assert "de nouveau dans la liste" in answer.text
    assert answer.context["rows"]["page"].paginator.count == 4
    declarer.client.post(url("employees-bring-back", on_list, row.pk))
    row.refresh_from_db()
    assert row.left_on is None


@pytest.mark.req("C-04")
def test_what_changed_since_last_year_is_counted_marked_and_can_be_filtered(declare, declarer):
    draft = declare(SI=3)
    site = draft.member.establishment
    first, second, _ = site.employees.all()
    site.employees.filter(pk=first.pk).update(monitoring="SIR")
    site.employees.filter(pk=second.pk).update(left_on=date(2026, 6, 30))
    EmployeeFactory(establishment=site, last_name="Zola", monitoring="SI")
    press(declarer.client, draft, "declarations")
    page = declarer.client.get(url("step", draft, "salaries"))
    changes = page.context["changes"]
    assert (changes.new, changes.moved, changes.gone, changes.now, changes.before) == (1, 1, 1, 3, 3)
    assert "Nouveau</span>" in page.text
    assert "Était SI</span>" in page.text
    assert [one.last_name for one in page.context["gone"]] == [second.last_name]
    only = declarer.client.get(url("step", draft, "salaries"), {"montrer": "nouveaux"}).context["rows"]["lines"]
    assert ["Zola" in str(line) for line in only] == [True]
    assert not changes.unusual
    assert "Cette personne travaille toujours chez vous" in page.text
    site.employees.filter(last_name="Zola").update(hired_on=date(2027, 1, 8))
    site.employees.filter(pk=first.pk).update(left_on=date(2026, 6, 30))
    assert "L’un d’eux travaille toujours chez vous" in declarer.client.get(url("step", draft, "salaries")).text


@pytest.mark.req("C-04")
@pytest.mark.parametrize(("more", "warned"), [(3, False), (4, True)])
def test_beyond_thirty_per_cent_there_is_a_warning_and_no_block(declare, declarer, more, warned):
    draft = declare(SI=10)
    people(draft.member, SI=more)
    press(declarer.client, draft, "declarations")
    assert ("a beaucoup changé" in declarer.client.get(url("step", draft, "salaries")).text) is warned
    assert press(declarer.client, draft, "salaries").status_code == 302


@pytest.mark.req("C-04")
@pytest.mark.parametrize(("more", "alarmed"), [(1, False), (2, False), (3, True)])
def test_one_more_among_three_is_told_without_alarm(declare, declarer, more, alarmed):
    draft = declare(SI=3)
    people(draft.member, SI=more)
    press(declarer.client, draft, "declarations")
    page = declarer.client.get(url("step", draft, "salaries")).text
    assert f"La liste compte {3 + more} salariés, contre 3 l’an dernier" in page
    assert ("a beaucoup changé" in page) is alarmed
    assert ('class="notice warning"' in page) is alarmed


@pytest.mark.req("C-04")
@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "toujours aucun salarié."),
        (1, "le même salarié, avec le même suivi."),
        (2, "les mêmes 2 salariés, avec le même suivi."),
    ],
)
def test_that_nothing_changed_is_said_of_one_as_of_several(declare, declarer, count, words):
    draft = declare(SI=count)
    press(declarer.client, draft, "declarations")
    assert f"Rien n’a changé&nbsp;: {words}" in declarer.client.get(url("step", draft, "salaries")).text


@pytest.mark.req("C-04")
@pytest.mark.parametrize(
    ("midyear", "one", "two"),
    [
        ("none", "Ce salarié n’est pas dans cette déclaration&nbsp;: il comptera", "Ils ne sont pas dans cette"),
        ("full", "Sa cotisation est facturée à part, une fois qu’il a été présent", "Leur cotisation est facturée"),
    ],
)
def test_who_arrived_since_is_told_in_the_right_number(on_list, declarer, midyear, one, two):
    type(on_list.campaign).objects.update(midyear=midyear)
    for words, other in ((one, two), (two, one)):
        EmployeeFactory(establishment=on_list.member.establishment, hired_on=date(2027, 1, 5))
        page = declarer.client.get(url("step", on_list, "salaries")).text
        assert words in page
        assert other not in page


def test_the_first_year_has_nothing_to_compare_with(on_list, declarer):
    page = declarer.client.get(url("step", on_list, "salaries"))
    assert page.context["changes"] is None
    for words in ("Nouveau</span>", "Depuis l’an dernier", "Suivi changé", "Inchangés"):
        assert words not in page.text, words
    row = on_list.member.establishment.employees.first()
    declarer.client.post(url("employees-leave", on_list, row.pk), {"last_day": "08/01/2027", "version": 1})
    page = declarer.client.get(url("step", on_list, "salaries"), {"montrer": "nouveaux"})
    assert ", sorti le 08/01/2027" in page.text
    assert page.context["rows"]["page"].paginator.count == 3


@pytest.mark.req("C-04")
def test_nobody_is_confirmed_with_a_box_and_there_is_nothing_to_pay(campaign, member, declarer):
    draft = DeclarationFactory(campaign=campaign, member=member)
    press(declarer.client, draft, "declarations")
    refused = press(declarer.client, draft, "salaries")
    assert refused.status_code == 422
    assert "confirmez que vous n’en aviez aucun" in refused.text
    assert press(declarer.client, draft, "salaries", nobody="on").url == url("step", draft, "cotisation")
    assert "Vous n’avez rien à régler" in declarer.client.get(url("step", draft, "cotisation")).text
    press(declarer.client, draft, "cotisation")
    assert press(declarer.client, draft, "validation", **SIGNER).url == url("confirmation", draft)
    assert not Invoice.objects.exists()


@pytest.mark.fault("G14")
def test_a_file_gives_many_at_once_and_twice_changes_nothing(on_list, declarer):
    lines = "Nom\tPrénom\tDate de naissance\tDate d’embauche\tType de contrat\tPoste\tType de suivi\n" + "\n".join(
        f"Nom{n}\tLéa\t01/02/1990\t01/03/2021\tCDI\tVendeuse\tSimple" for n in range(30)
    )
    for expected in (33, 33):
        plan = declarer.client.post(url("employees-import", on_list), {"pasted": lines})
        sent = {"cells": plan.context["cells"], "action": "all"}
        answer = declarer.client.post(url("employees-import", on_list), sent, follow=True)
        assert answer.context["rows"]["page"].paginator.count == expected


def test_lines_to_correct_hold_the_step_up(on_list, declarer):
    lines = "Nom\tPrénom\tDate de naissance\tDate d’embauche\tType de contrat\tPoste\tType de suivi\n"
    lines += "Faux\tLéa\t31/02/1990\t01/03/2021\tCDI\tVendeuse\tSimple"
    plan = declarer.client.post(url("employees-import", on_list), {"pasted": lines})
    declarer.client.post(url("employees-import", on_list), {"cells": plan.context["cells"], "action": "all"})
    assert press(declarer.client, on_list, "salaries").status_code == 422


@pytest.mark.req("C-04")
def test_the_list_of_5000_costs_no_more_queries_than_a_short_one(on_list, declarer, django_assert_max_num_queries):
    site = on_list.member.establishment
    type(site.employees.first()).objects.bulk_create(
        EmployeeFactory.build(establishment=site, last_name=f"N{n:05d}", monitoring="SI") for n in range(5000)
    )
    with django_assert_max_num_queries(10):
        page = declarer.client.get(url("step", on_list, "salaries"))
    assert len(page.context["rows"]["lines"]) == 50
    assert page.context["rows"]["page"].paginator.count == 5003


@pytest.mark.req("C-04")
@pytest.mark.parametrize(
    ("left_on", "was", "said"),
    [
        (date(2027, 1, 8), "SI", "Sorti le 08/01/2027"),
        (date(2027, 3, 31), "SI", "Sortira le 31/03/2027"),
        (date(2027, 3, 31), "", "Nouveau, sortira le 31/03/2027"),
    ],
)
def test_who_leaves_is_told_in_the_right_tense_and_stays_new(clock, left_on, was, said):
    assert since(SimpleNamespace(left_on=left_on, was=was, monitoring="SI")) == said


# --- A correction -----------------------------------------------------------------------------------------------------


@pytest.fixture
def correction(draft, declarer):
    """Of a declaration of two in SI, one in SIR; step 1 is confirmed."""
    found = workflow.correct(workflow.validate(fill(draft), by=COMPANY), by=COMPANY)
    press(declarer.client, found, "declarations")
    return found


@pytest.mark.req("C-04")
def test_a_correction_names_all_whom_it_changes(correction, declarer):
    one, other, third = correction.member.establishment.employees.order_by("monitoring", "pk")
    Employee.objects.filter(pk=one.pk).update(monitoring="SIR")
    employees.leave(other, date(2026, 12, 8), by=COMPANY)
    new = EmployeeFactory(establishment=correction.member.establishment, hired_on=date(2020, 1, 1), monitoring="SIA")
    page = declarer.client.get(url("step", correction, "salaries"))
    found = page.context["corrected"]
    assert (found.added, found.moved, [row.employee for row in found.removed]) == ([new], [one], [other])
    told = page.text.split('id="correction"')[1].split("</section>")[0]
    assert f"{new}, suivi SIA" in told
    assert f"{other}, suivi SI" in told
    assert f"{one}, SI auparavant, SIR maintenant" in told
    assert f"<li>{third}" not in told


@pytest.mark.req("C-04")
def test_a_correction_with_nothing_changed_yet_says_so(correction, declarer):
    assert "Rien pour l’instant" in declarer.client.get(url("step", correction, "salaries")).text


def test_staff_read_whom_a_correction_changes_too(correction):
    Employee.objects.filter(establishment=correction.member.establishment, monitoring="SI").update(monitoring="SIA")
    client = Client()
    sign_in(client, UserFactory(manager=True))
    page = client.get(reverse("admin:contributions_declaration_people", args=[correction.pk])).text
    assert page.count("SI auparavant, SIA maintenant") == 2


def test_a_first_declaration_has_no_such_thing_and_no_query_for_it(on_list, declarer):
    with CaptureQueriesContext(connection) as seen:
        page = declarer.client.get(url("step", on_list, "salaries"))
    assert page.context["corrected"] is None
    assert 'id="correction"' not in page.text
    assert len(seen) <= 9
