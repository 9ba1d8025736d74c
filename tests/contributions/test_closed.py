"""Once a campaign is closed, who has not declared still has a way on; and anybody may ask about a declaration."""

from __future__ import annotations

from html import unescape
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from contributions import opening, workflow
from contributions.models import Declaration
from core.brand import brand
from tests.contributions.conftest import logged_in, people, url
from tests.factories import CLERK, COMPANY
from tests.factories_contributions import CampaignFactory, DeclarationFactory, fill
from tests.factories_requests import make_theme

pytestmark = [pytest.mark.django_db]


def to_ask(declaration: Declaration, subject: str) -> str:
    """« Envoyer une demande », its theme chosen and its subject written."""
    page = reverse("space:request-new", args=[declaration.member_id])
    return f"{page}?{urlencode({'theme': 'cotisation', 'objet': subject})}"


@pytest.fixture
def closed(draft) -> Declaration:
    opening.close(draft.campaign, by=CLERK)
    draft.refresh_from_db()
    return draft


@pytest.mark.req("B-03")
@pytest.mark.parametrize("page", ["contributions:declaration", "contributions:home", "space:home"])
@pytest.mark.parametrize("right", ["declares", ""])
def test_every_page_leads_to_a_request_and_says_the_number(closed, member, page, right):
    client = logged_in(member, right).client
    keys = [member.pk, closed.pk] if page == "contributions:declaration" else [member.pk]
    text = unescape(client.get(reverse(page, args=keys)).text)
    assert f'href="{to_ask(closed, "Déclaration 2027")}"' in text
    main = text.split("<main")[1]
    assert brand().phone_display in main
    assert "rien à déclarer" not in main


@pytest.mark.req("B-03")
def test_the_request_is_prefilled(closed, declarer):
    make_theme("cotisation")
    form = declarer.client.get(to_ask(closed, "Déclaration 2027")).context["form"]
    assert form["subject"].value() == "Déclaration 2027"
    assert form.initial["theme"].slug == "cotisation"


@pytest.mark.req("B-03")
def test_it_does_not_hide_what_is_to_declare_now(closed, member, declarer):
    DeclarationFactory(member=member, campaign=CampaignFactory(year=2028))
    for page in ("contributions:home", "space:home"):
        text = declarer.client.get(reverse(page, args=[member.pk])).text
        assert "Votre déclaration 2027 n’est pas faite" in text
        assert "Votre déclaration 2028" in text


@pytest.mark.req("B-03")
def test_what_was_declared_before_the_close_is_no_longer_to_do(draft, member, declarer):
    done = workflow.validate(fill(draft), by=COMPANY)
    workflow.correct(done, by=COMPANY)  # never finished: what was validated stays
    opening.close(draft.campaign, by=CLERK)
    for page in ("contributions:home", "space:home"):
        assert "n’est pas faite" not in declarer.client.get(reverse(page, args=[member.pk])).text


@pytest.mark.req("B-03")
def test_who_has_declared_this_year_reads_so_beside_what_an_older_year_lacks(closed, member, declarer):
    now = DeclarationFactory(member=member, campaign=CampaignFactory(year=2028))
    workflow.validate(fill(now), by=COMPANY)
    text = declarer.client.get(reverse("contributions:home", args=[member.pk])).text
    assert "Votre déclaration 2027 n’est pas faite" in text
    assert "Votre déclaration 2028 est validée" in text
    assert "rien d’autre à déclarer" not in text


@pytest.mark.req("B-05")
def test_a_question_about_a_declaration_begins_with_its_year(draft, member, declarer):
    people(member, SI=1)
    assert to_ask(draft, "Déclaration 2027") in unescape(declarer.client.get(url("declaration", draft)).text)
    done = workflow.validate(fill(draft), by=COMPANY)
    page = unescape(declarer.client.get(url("declaration", done)).text)
    assert to_ask(done, f"Déclaration 2027 ({done.reference})") in page
    assert "Une question sur cette déclaration" in page
