"""Accueil, the menu, help on every page, the medical team (A-04, A-05, A-07, B-25, M-21, M-25)."""

from __future__ import annotations

from datetime import date, timedelta
from importlib import import_module

import pytest
import time_machine
from django.apps import apps
from django.urls import reverse

from accounts.models import User
from core.dates import today
from membership import workflow
from membership.models import Application, Member
from space import menu
from tests.factories import (
    CLERK,
    ApplicationFactory,
    EmployeeFactory,
    MemberFactory,
    UserFactory,
    give_access,
    make_operator,
)
from tests.factories_space import browser, make_manager

pytestmark = pytest.mark.django_db
PAGES = ("home", "company", "company-change", "care", "accesses", "access-invite")


def page(client, member, name="home") -> str:
    answer = client.get(reverse(f"space:{name}", args=[member.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def labels(access) -> list[str]:
    return [line["label"] for line in menu.lines(access, "home")]


@pytest.mark.req("A-04", "C-01")
def test_the_menu_in_its_order_and_by_right(member, manager):
    own = ["Accueil", "Mon entreprise", "Rendez-vous et centre médical", "Accès"]
    shown = labels(manager.accesses.get())
    assert [label for label in shown if label in own] == own
    reader = give_access(UserFactory(), member, "")
    assert "Accès" not in labels(reader)
    assert menu.lines(reader, "company")[1]["now"]


@pytest.mark.req("A-04", "M-21")
def test_an_entry_stands_in_its_place_once_its_page_exists(monkeypatch, manager):
    monkeypatch.setitem(menu._entries, "employees", menu.Entry("employees", "Mes salariés", "space:care", 30))
    shown = labels(manager.accesses.get())
    assert shown.index("Mon entreprise") < shown.index("Mes salariés") < shown.index("Accès")


@pytest.mark.req("A-05")
def test_accueil_welcomes_and_says_what_there_is(client, manager, member):
    EmployeeFactory.create_batch(3, establishment=member.establishment, monitoring="SIR")
    EmployeeFactory(establishment=member.establishment, monitoring="SI")
    text = page(client, member)
    assert f"Bienvenue, {manager.first_name}" in text
    assert "Mes contrats" in text
    assert member.number in text
    assert "1er janvier 2018" in text
    assert '<strong class="num">4</strong>' in text
    assert "en suivi renforcé (SIR)" in text
    assert "adapté (SIA)" not in text


@pytest.mark.req("A-05")
def test_accueil_counts_those_whom_my_employees_says_are_present(client, member, clock):
    site = member.establishment
    EmployeeFactory(establishment=site, hired_on=today())
    EmployeeFactory(establishment=site, hired_on=today() + timedelta(days=1))
    EmployeeFactory(establishment=site, hired_on=date(2020, 1, 6), left_on=today() - timedelta(days=1))
    EmployeeFactory(establishment=site, hired_on=date(2020, 1, 6), left_on=today())
    assert '<strong class="num">2</strong>' in page(client, member)
    assert 'Présents <span class="num">(2)</span>' in page(client, member, "employees")


@pytest.fixture
def adviser(db) -> User:
    """With a name that no factory gives to somebody else on the page."""
    return UserFactory(manager=True, first_name="Samir", last_name="Kaddour", phone="+33699999999")


@pytest.mark.req("A-05")
def test_the_adviser_is_who_followed_the_dossier_when_it_was_accepted(adviser):
    make_operator()
    dossier = ApplicationFactory(complete=True)
    workflow.assign(dossier, to=adviser, by=CLERK)
    member = workflow.accept(dossier, by=CLERK)
    assert member.adviser == adviser
    text = page(browser(make_manager(member)), member)
    assert "Votre chargé d’affaires" in text
    assert "Samir Kaddour" in text


@pytest.mark.req("A-05")
def test_a_member_without_a_dossier_has_one_too_and_how_to_reach_him(client, member, adviser):
    assert "Votre interlocuteur" in page(client, member)
    Member.objects.filter(pk=member.pk).update(adviser=adviser)
    text = page(client, member)
    assert "Samir Kaddour" in text
    assert "01 23 45 67 89" in text, "the team's, as long as he has no line of his own"
    assert "06 99 99 99 99" not in text, "the number that receives his codes is nobody else's business"
    User.objects.filter(pk=adviser.pk).update(direct_line="+33160840077")
    assert 'href="tel:+33160840077">01 60 84 00 77</a>' in page(client, member)


@pytest.mark.req("A-05")
@pytest.mark.parametrize("left", [{"is_active": False}, {"is_staff": False}])
def test_an_adviser_who_left_is_the_team_again(client, member, adviser, left):
    Member.objects.filter(pk=member.pk).update(adviser=adviser)
    User.objects.filter(pk=adviser.pk).update(**left)
    text = page(client, member)
    assert "Samir Kaddour" not in text
    assert "Service Adhérents" in text


def test_the_members_of_before_get_who_followed_their_dossier(adviser):
    make_operator()
    dossier = ApplicationFactory(accepted=True)
    Application.objects.filter(pk=dossier.pk).update(assigned_to=adviser)
    chosen = MemberFactory(adviser=UserFactory(manager=True))
    alone = MemberFactory()
    migration = import_module("membership.migrations.0016_fill_adviser")
    for _ in range(2):
        migration.fill(apps, None)
    assert Member.objects.get(siret=dossier.siret).adviser == adviser
    assert Member.objects.get(pk=chosen.pk).adviser == chosen.adviser
    assert Member.objects.get(pk=alone.pk).adviser is None


@pytest.mark.req("A-05")
def test_cards_and_quick_actions_are_what_apps_register(monkeypatch, client, member, tmp_path, settings):
    (tmp_path / "due.html").write_text("<h3>Déclaration {{ card.year }}</h3>")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [*settings.TEMPLATES[0]["DIRS"], tmp_path]}]
    cards = [
        menu.Card(20, lambda company: None, "absent.html", place="todo"),
        menu.Card(10, lambda company: {"year": company.member.joined_on.year}, "due.html", place="todo"),
    ]
    monkeypatch.setattr(menu, "_cards", cards)
    monkeypatch.setattr(menu, "_actions", {})
    menu.register(
        menu.QuickAction(20, "Demander une attestation", "space:care", query="?theme=attestation"),
        menu.QuickAction(10, "Inviter", "space:access-invite", right="manages"),
        menu.QuickAction(5, "Pas encore", "space:no-such-page"),
    )
    text = page(client, member)
    assert "Déclaration 2018" in text
    assert text.index("À faire") < text.index("Je souhaite") < text.index("Inviter") < text.index("Demander une att")
    assert f'href="{reverse("space:care", args=[member.pk])}?theme=attestation"' in text
    assert "Pas encore" not in text
    reader = UserFactory()
    give_access(reader, member, "")
    assert ">Inviter<" not in page(browser(reader), member)


@pytest.mark.req("A-07", "B-25", "X-05")
@pytest.mark.parametrize("name", PAGES)
def test_every_page_says_whom_to_call_and_when(client, member, name):
    text = page(client, member, name)
    assert "Besoin d’aide" in text
    assert "Service Adhérents" in text
    assert "01 23 45 67 89" in text
    assert "appel non surtaxé" in text
    assert "du lundi au vendredi, de 9\u00a0h à 12\u00a0h et de 14\u00a0h à 17\u00a0h" in text


@pytest.mark.req("B-25")
@pytest.mark.parametrize(
    ("at", "words"), [("2026-11-23 10:00", "ouvert jusqu’à"), ("2026-11-22 10:00", "ouvre demain")]
)
def test_the_phone_knows_whether_it_is_open(member, manager, at, words):
    with time_machine.travel(f"{at}+01:00"):
        assert words in page(browser(manager), member, "care")


@pytest.mark.req("B-25")
@pytest.mark.parametrize(("at", "dot"), [("2026-11-23 10:00", "dot open"), ("2026-11-22 10:00", "dot")])
def test_the_header_has_a_telephone_whose_dot_tells_who_sees_it_that_it_is_open(member, manager, at, dot):
    with time_machine.travel(f"{at}+01:00"):
        summary = page(browser(manager), member, "care").split("<summary>")[1].split("</summary>")[0]
    assert summary.startswith('<span class="phone" aria-hidden="true"><svg')
    assert f'<span class="{dot}"></span>' in summary


@pytest.mark.req("M-25", "M-20")
def test_the_medical_team_and_how_to_get_an_appointment(client, member):
    text = page(client, member, "care")
    for words in ("Centre de Brétigny", "3 place du Marché, 91220", "Dr Anne Leroy", "secretariat@guichet.example"):
        assert words in text
    assert "01 60 84 00 02" in text
    assert "http" not in text.split("<main")[1].split("</main")[0], "no link out of the site"


def test_a_member_without_a_medical_team_is_told_whom_to_ask(db):
    member = MemberFactory(left_on=None)
    assert "Aucun centre ni médecin" in page(browser(make_manager(member)), member, "care")


def test_accueil_costs_few_queries(client, member, adviser, django_assert_max_num_queries):
    Member.objects.filter(pk=member.pk).update(adviser=adviser)
    EmployeeFactory.create_batch(30, establishment=member.establishment)
    page(client, member)
    with django_assert_max_num_queries(12):  # one more than a list: each thing that may be due is one
        page(client, member)


@pytest.mark.fault("A10")
@pytest.mark.parametrize("name", ["home", "company", "care", "accesses"])
def test_pages_to_read_take_no_post(client, member, name):
    assert client.post(reverse(f"space:{name}", args=[member.pk])).status_code == 405
