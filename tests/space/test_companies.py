"""« Mes entreprises » : straight to the only one, or a list to search; the last one is remembered (A-03)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from core.dates import french_date, today
from membership.models import Access
from tests.factories import EstablishmentFactory, MemberFactory, UnpaidInvoiceFactory, UserFactory, give_access
from tests.factories_requests import make_invoice
from tests.factories_sepa import make_collection, make_mandate
from tests.factories_space import browser, make_manager, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.req("A-03")]
URL = reverse("space:companies")
LIST = f"{URL}?liste=1"


def home(member) -> str:
    return reverse("space:home", args=[member.pk])


@pytest.fixture
def accountant() -> User:
    return UserFactory(email="compta@cabinet.example")


def test_with_one_company_there_is_nothing_to_choose(client, member):
    assert client.get(URL)["Location"] == home(member)
    assert "Changer d’entreprise" not in client.get(home(member)).content.decode()


def test_with_none_the_page_says_what_to_do(accountant):
    answer = browser(accountant).get(URL)
    assert answer.status_code == 200
    assert "Aucune entreprise à votre nom" in answer.content.decode()


def test_nobody_comes_without_logging_in():
    assert Client().get(URL).status_code == 302


def test_with_several_the_list_comes_first_then_the_last_one_used(accountant):
    one, two = make_member(), make_member()
    for member in (one, two):
        give_access(accountant, member, "declares")
    client = browser(accountant)
    page = client.get(URL).content.decode()
    assert home(one) in page
    assert home(two) in page
    assert "Changer d’entreprise" in client.get(home(two)).content.decode()
    again = browser(accountant)  # another day, another browser
    assert again.get(URL)["Location"] == home(two)
    assert again.get(LIST).status_code == 200
    again.get(home(one))
    assert browser(accountant).get(URL)["Location"] == home(one)


def test_the_last_one_is_not_remembered_once_its_access_is_over(accountant):
    one, two, three = make_member(), make_member(), make_member()
    for member in (one, two, three):
        give_access(accountant, member)
    browser(accountant).get(home(two))
    Access.objects.filter(member=two).update(revoked_at="2026-01-01T00:00:00Z")
    assert browser(accountant).get(URL).status_code == 200


@pytest.mark.parametrize("typed", ["éclair", "ECLAIR mor", "SIRET", "grouped", "number", "enseigne"])
def test_the_search_knows_names_siret_and_number(accountant, typed):
    found = MemberFactory(
        left_on=None,
        establishment=EstablishmentFactory(name="Boulangerie L’Éclair de Morangis", trade_name="Au Bon Pain"),
    )
    for _ in range(3):
        give_access(accountant, make_member())
    give_access(accountant, found)
    siret = found.siret
    words = {
        "SIRET": siret,
        "grouped": f"{siret[:3]} {siret[3:6]} {siret[6:9]} {siret[9:]}",
        "number": found.number.lower(),
        "enseigne": "bon pain",
    }
    page = browser(accountant).get(URL, {"q": words.get(typed, typed)}).content.decode()
    assert "1 entreprise<" in page
    assert home(found) in page


def test_a_search_that_finds_nothing_says_so(accountant):
    for _ in range(2):
        give_access(accountant, make_member())
    page = browser(accountant).get(URL, {"q": "x<b>\0"})
    assert page.status_code == 200
    assert "x&lt;b&gt;" in page.content.decode()


def test_fifty_a_page_in_a_constant_number_of_queries(accountant, django_assert_max_num_queries):
    for _ in range(53):
        give_access(accountant, MemberFactory(left_on=None))
    client = browser(accountant)
    with django_assert_max_num_queries(9):
        page = client.get(LIST).content.decode()
    assert page.count("/espace/") >= 50
    assert "Suivante" in page
    assert client.get(URL, {"page": 2}).content.decode().count('<th scope="row">') == 3


@pytest.mark.req("B-06")
@pytest.mark.fault("A2")
def test_an_accountant_on_two_companies_sees_both_and_no_third(accountant):
    one, two, third = make_member(), make_member(), make_member()
    give_access(accountant, one, "employees", "declares")
    give_access(accountant, two, "")
    make_manager(third)
    client = browser(accountant)
    for member in (one, two):
        assert client.get(home(member)).status_code == 200
        assert client.get(reverse("space:company", args=[member.pk])).status_code == 200
        assert client.get(reverse("space:accesses", args=[member.pk])).status_code == 403
        assert client.post(reverse("space:company-change", args=[member.pk])).status_code == 403
    for name in ("home", "company", "company-change", "care", "accesses", "access-invite"):
        assert client.get(reverse(f"space:{name}", args=[third.pk])).status_code == 404
        assert client.post(reverse(f"space:{name}", args=[third.pk])).status_code in (404, 405)


@pytest.mark.fault("A9")
def test_a_closed_account_is_out_at_its_next_click(client, manager, member):
    assert client.get(home(member)).status_code == 200
    User.objects.filter(pk=manager.pk).update(is_active=False)
    assert client.get(home(member)).status_code == 302


@pytest.mark.fault("A9")
def test_an_access_taken_away_closes_the_page_at_the_next_click(client, member):
    assert client.get(home(member)).status_code == 200
    Access.objects.update(revoked_at="2026-01-01T00:00:00Z")
    assert client.get(home(member)).status_code == 404


def test_names_are_in_the_order_of_a_dictionary_accents_or_not(accountant):
    """« Étienne » stands between « Denis » and « Fabre », on every engine."""
    for name in ("Fabre", "Étienne", "Denis"):
        give_access(accountant, make_member(establishment__name=name))
    page = browser(accountant).get(LIST).content.decode()
    places = [page.index(f">{name}<") for name in ("Denis", "Étienne", "Fabre")]
    assert places == sorted(places)


def test_the_root_of_the_site_leads_to_the_space_of_who_logged_in(client, member):
    assert client.get("/")["Location"] == URL
    assert Client().get("/")["Location"] == reverse("membership:start")
    assert browser(UserFactory(manager=True)).get("/")["Location"] == reverse("membership:start")


def test_who_has_not_the_right_reads_who_can_give_it(member):
    reader = UserFactory()
    give_access(reader, member, "")
    answer = browser(reader).get(reverse("space:company-change", args=[member.pk]))
    assert answer.status_code == 403
    assert "La personne qui administre l’espace de l’entreprise peut vous en donner le droit" in answer.content.decode()


# --- Where each stands ------------------------------------------------------------------------------------------------


def said(accountant: User) -> dict[str, list[str]]:
    """What the list says of each company, by its name."""
    page = browser(accountant).get(LIST)
    assert page.status_code == 200
    return {
        str(access.member.establishment): [words for words, _ in standing] for access, standing in page.context["rows"]
    }


@pytest.mark.req("B-06")
def test_the_list_says_what_each_company_owes_the_late_first(accountant):
    members = {name: make_member(establishment__name=name) for name in ("Late", "Due", "Paid", "Old debt", "Debited")}
    for member in members.values():
        give_access(accountant, member, "")
    day = today()
    make_invoice(members["Late"], "F2026-1", due_on=day - timedelta(days=1), issued_on=day - timedelta(days=40))
    make_invoice(members["Late"], "F2026-2", due_on=day - timedelta(days=2), issued_on=day - timedelta(days=40))
    make_invoice(members["Late"], "F2026-3", due_on=day + timedelta(days=9))
    make_invoice(members["Due"], "F2026-4", due_on=day)
    make_invoice(members["Paid"], "F2026-5", due_on=day, settled_on=day)
    UnpaidInvoiceFactory(member=members["Old debt"])
    make_collection(make_mandate(members["Debited"]))
    assert said(accountant) == {
        "Late": ["2 factures en retard", f"1 facture à régler au plus tard le {french_date(day + timedelta(days=9))}"],
        "Due": [f"1 facture à régler au plus tard le {french_date(day)}"],
        "Paid": ["À jour"],
        "Old debt": ["1 facture en retard"],
        "Debited": ["À jour"],
    }


def test_a_company_that_has_left_is_not_said_to_be_up_to_date(accountant):
    for name, left_on in (("Here", None), ("Gone", today() - timedelta(days=1))):
        give_access(accountant, make_member(establishment__name=name, left_on=left_on), "")
    assert said(accountant) == {"Here": ["À jour"], "Gone": []}
