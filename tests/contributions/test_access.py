"""Who may open and do what: another company, who only reads, nobody, another method, a page without its token."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from contributions.models import Declaration
from tests.contributions.conftest import SIGNER, logged_in, url
from tests.factories import EmployeeFactory, MemberFactory
from tests.factories_contributions import DeclarationFactory, fill

pytestmark = pytest.mark.django_db

PAGES = ("declaration", "confirmation", "simulate", "resume", "employees-file", "employees-add", "employees-import")
POSTS = ("correct", "give-up")


@pytest.mark.fault("A2")
def test_another_company_finds_nothing(draft, declarer):
    stranger = logged_in(MemberFactory(left_on=None), "declares").client
    row = draft.member.establishment.employees.first().pk
    addresses = [
        *(url(name, draft) for name in PAGES),
        url("step", draft, "salaries"),
        url("document", draft, "bordereau"),
        url("choose", draft, "enlever"),
        url("employees-leave", draft, row),
        url("employees-edit", draft, row),
        reverse("contributions:home", args=[draft.member_id]),
    ]
    assert {stranger.get(address).status_code for address in addresses} == {404}
    posts = [*(url(name, draft) for name in POSTS), url("step", draft, "declarations")]
    assert {stranger.post(address).status_code for address in posts} == {404}
    draft.refresh_from_db()
    assert draft.confirmed_steps == []


@pytest.mark.fault("A2")
def test_the_declaration_of_another_company_is_not_reached_through_ones_own(draft, declarer, campaign):
    theirs = DeclarationFactory(campaign=campaign)
    for name in PAGES:
        address = reverse(f"contributions:{name}", args=[draft.member_id, theirs.pk])
        assert declarer.client.get(address).status_code == 404, name
    theirs_row = EmployeeFactory(establishment=theirs.member.establishment)
    address = reverse("contributions:employees-leave", args=[draft.member_id, draft.pk, theirs_row.pk])
    assert declarer.client.post(address, {"last_day": "01/12/2026"}).status_code == 404
    theirs_row.refresh_from_db()
    assert theirs_row.left_on is None


def test_who_may_only_read_sees_the_summary_and_changes_nothing(draft, member):
    reader = logged_in(member).client
    assert reader.get(url("step", draft, "declarations")).url == url("declaration", draft)
    assert reader.get(url("declaration", draft)).status_code == 200
    assert reader.post(url("step", draft, "declarations")).status_code == 403
    assert reader.get(url("employees-add", draft)).status_code == 403
    assert "Votre accès permet de consulter" in reader.get(reverse("contributions:home", args=[member.pk])).text
    Declaration.objects.all().delete()  # none is prepared: whoever may, begins it there
    page = reader.get(reverse("contributions:home", args=[member.pk])).text
    assert "Commencer ma déclaration" not in page
    assert "La personne qui déclare pour l’entreprise trouvera cette déclaration ici." in page


def test_nobody_without_an_account(draft):
    assert Client().get(url("step", draft, "declarations")).status_code == 302


@pytest.mark.fault("A10")
def test_what_changes_something_is_a_post(draft, declarer):
    for name in POSTS:
        assert declarer.client.get(url(name, draft)).status_code == 405
    row = draft.member.establishment.employees.first().pk
    assert declarer.client.get(url("employees-bring-back", draft, row)).status_code == 405
    assert declarer.client.get(reverse("contributions:start", args=[draft.member_id])).status_code == 405
    assert declarer.client.put(url("step", draft, "declarations")).status_code == 405


@pytest.mark.fault("D1")
def test_a_post_without_the_token_of_the_page_gives_back_what_was_typed(draft, member):
    client = logged_in(member, "declares", enforce_csrf_checks=True).client
    fill(draft)
    answer = client.post(url("step", draft, "validation"), SIGNER, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 403
    assert "Gérante" in answer.text
    draft.refresh_from_db()
    assert draft.is_draft
