"""What the space says of a declaration once it is validated: invoices, debit, lateness, correction (C-01, M-22)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from billing.models import Invoice
from billing.models.invoice import Mode
from contributions import workflow
from contributions.states import CampaignState
from core.money import euros
from tests.contributions.conftest import logged_in, people, url
from tests.contributions.test_debit import make_mandate
from tests.factories import COMPANY, ApplicationFactory, MemberFactory, UserFactory, sign_in
from tests.factories_contributions import CampaignFactory, DeclarationFactory, fill

pytestmark = [pytest.mark.django_db, pytest.mark.req("C-01", "M-22")]
LATER = datetime(2027, 3, 20, 9, tzinfo=UTC)


def text(declarer, member, name: str) -> str:
    return declarer.client.get(reverse(name, args=[member.pk])).text


def corrected(done, **more: int):
    """The same declaration with more people in it."""
    people(done.member, **more)
    return workflow.validate(fill(workflow.correct(done, by=COMPANY)), by=COMPANY)


def test_what_will_be_debited_is_never_asked_for(draft, member, declarer):
    make_mandate(member)
    done = workflow.validate(fill(draft, mode=Mode.DEBIT), by=COMPANY)
    said = "Sera prélevée le 11 février 2027"
    assert said in text(declarer, member, "contributions:home")
    assert said in text(declarer, member, "space:documents")
    assert said in text(declarer, member, "space:home")
    page = declarer.client.get(url("declaration", done)).text
    assert "Sera prélevé le 11 février 2027" in page
    assert "Voir comment régler" not in page


def test_after_a_correction_both_invoices_are_listed(draft, member, declarer):
    first = workflow.validate(fill(draft), by=COMPANY)
    second = corrected(first, SI=1)
    page = text(declarer, member, "contributions:home")
    assert first.invoice.number in page
    assert second.invoice.number in page
    assert page.count("À régler</span>") == 2


def test_staff_see_a_credit_note_as_one_with_the_invoice_that_it_lowers(draft, member):
    first = workflow.validate(fill(draft), by=COMPANY)
    people(member, SI=1)
    second = workflow.validate(fill(workflow.correct(first, by=COMPANY)), by=COMPANY)
    member.establishment.employees.order_by("-pk").first().delete()
    third = workflow.validate(fill(workflow.correct(second, by=COMPANY)), by=COMPANY)
    credit, staff = third.invoice, Client()
    assert credit.kind == Invoice.Kind.CREDIT
    sign_in(staff, UserFactory(manager=True))

    def page(declaration) -> str:
        found = staff.get(reverse("admin:contributions_declaration_change", args=[declaration.pk])).text
        return found.split('id="cotisation"')[1].split('id="salaries"')[0]

    told = page(third)
    assert "<dt>Avoir</dt>" in told
    assert f'{credit.number}</a>, <span class="num">{euros(credit.total)}</span>, sur la facture' in told
    origin = credit.corrects
    assert f'href="{reverse("admin:billing_invoice_change", args=[origin.pk])}">{origin.number}</a>' in told
    assert f"reste {euros(Decimal(0))}" not in told
    assert "TVA 20&nbsp;%" in told
    assert "<dt>Facture</dt>" in page(first)


def test_what_is_overdue_is_on_accueil_with_how_to_pay(draft, member, declarer, clock):
    done = workflow.validate(fill(draft), by=COMPANY)
    assert "facture en retard" not in text(declarer, member, "space:home")
    clock.move_to(LATER)
    sign_in(declarer.client, declarer.user)
    page = text(declarer, member, "space:home")
    assert "Une facture en retard" in page
    assert "à l’adresse 12 rue des Tilleuls, 91220 Brétigny-sur-Orge" in page, "where a cheque goes"
    assert "échue le 11 février 2027" in page
    assert done.invoice.number in page
    assert "En retard" in text(declarer, member, "contributions:home")


def test_accueil_tells_what_was_validated_and_what_to_pay(draft, member, declarer):
    workflow.validate(fill(draft), by=COMPANY)
    page = text(declarer, member, "space:home")
    assert "Déclaration validée le 12 janvier 2027" in page
    assert "À régler au plus tard le 11 février 2027" in page


def test_nothing_to_declare_offers_the_correction_and_the_true_next_day(campaign, member, declarer):
    people(member, SI=1)
    done = DeclarationFactory(validated=True, campaign=campaign, member=member)
    page = text(declarer, member, "contributions:home")
    assert f'action="{url("correct", done)}"' in page
    assert "en janvier" not in page
    CampaignFactory(year=2028, state=CampaignState.PREPARED, opens_on=date(2028, 1, 10), deadline=date(2028, 2, 29))
    assert "prochaine campagne, le 10 janvier 2028" in text(declarer, member, "contributions:home")


@pytest.mark.parametrize("paid", [True, False], ids=["by a dossier", "entered by staff"])
def test_who_joined_this_year_reads_that_he_paid_only_if_he_did(campaign, paid):
    """A member whom staff entered has paid nothing here: his page does not say that he has."""
    if paid:
        member = ApplicationFactory(accepted=True).establishment.member
        sentence = "comprend la cotisation 2027, que vous avez déjà réglée. Votre première déclaration"
    else:
        member = MemberFactory(left_on=None, joined_on=date(2027, 1, 4))
        sentence = "comprend la cotisation 2027. Votre première déclaration"
    page = text(logged_in(member, "declares"), member, "contributions:home")
    assert "Rien à déclarer pour 2027" in page
    assert sentence in page
    assert ("déjà réglée" in page) is paid


def test_accueil_stays_within_its_queries(draft, member, declarer, django_assert_max_num_queries):
    workflow.validate(fill(draft), by=COMPANY)
    text(declarer, member, "space:home")
    with django_assert_max_num_queries(12):
        text(declarer, member, "space:home")
