"""Who is entered or accepted after the opening: called by « Compléter la campagne », or told when his turn comes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.urls import reverse

from contributions import filling, opening
from contributions import workflow as declarations
from contributions.models import Campaign, Declaration
from contributions.states import CampaignState
from core.dates import french_date, today
from core.journal import timeline
from core.transitions import AlreadyDone, Refused
from membership import workflow
from membership.models import Member
from notifications.models import Message
from tests.core.threads import at_once
from tests.factories import CLERK, ApplicationFactory, UserFactory, give_access, make_operator, sign_in
from tests.factories_campaign import called_member, make_campaign, opened

pytestmark = pytest.mark.django_db
JANUARY = date(today().year, 1, 1)


def declaration_of(member: Member) -> Declaration:
    return Declaration.objects.get(member=member)


def client_of(user: Any) -> Client:
    client = Client()
    sign_in(client, user)
    return client


def accepted_on(proforma: date, accepted: date) -> Member:
    """A company whose proforma went out on one day, and whose dossier was accepted on another."""
    with time_machine.travel(proforma):
        make_operator(proforma.year)
        dossier = ApplicationFactory(until="complete", employees=2)
    with time_machine.travel(accepted):
        workflow.accept(dossier, by=CLERK)
    return Member.objects.get(establishment=dossier.establishment)


@pytest.mark.req("C-04", "M-22")
def test_who_pays_the_year_by_a_declaration_and_who_has_paid_it_when_joining():
    """The membership pays the year in which it begins, also on a proforma of the year before."""
    late = accepted_on(JANUARY - timedelta(days=15), JANUARY + timedelta(days=9))
    paid = accepted_on(JANUARY + timedelta(days=5), JANUARY + timedelta(days=9))
    assert (late.joined_on, paid.joined_on) == (JANUARY + timedelta(days=9), JANUARY + timedelta(days=9))
    assert not filling.owing(JANUARY.year)
    assert set(filling.owing(JANUARY.year + 1)) == {late, paid}
    invoice = late.establishment.application.invoice
    assert invoice.title == f"Adhésion {JANUARY.year}"
    assert (invoice.service_from, invoice.service_to) == (late.joined_on, date(JANUARY.year, 12, 31))
    assert [line["label"].startswith(f"Cotisation {JANUARY.year}, ") for line in invoice.lines[:-1]] == [True, True]
    proforma = late.establishment.application.proforma
    assert (invoice.total, invoice.balance) == (proforma.total, 0), "the price is that of the proforma"


def test_a_campaign_is_completed_once_for_whom_it_lacks():
    called = called_member()
    campaign = opened(make_campaign())
    Message.objects.all().delete()
    entered = called_member(employees=3, joined_on=JANUARY - timedelta(days=20))
    called_member(joined_on=JANUARY)  # paid when joining
    assert list(filling.missing(campaign)) == [entered]
    with transaction.atomic():
        assert opening.complete(campaign, by=CLERK) == 1
    assert declaration_of(entered).expected_headcount == 3
    assert Declaration.objects.count() == 2
    message = Message.objects.get()  # to the one who was added alone
    assert str(entered.number) in str(message.content)
    with pytest.raises(AlreadyDone, match="rien à ajouter"):
        opening.complete(campaign, by=CLERK)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.opened_count, campaign.expected_count) == (CampaignState.OPEN, 2, 2)
    assert declaration_of(called).is_draft
    assert "1 déclaration ajoutée" in timeline(campaign, staff=True).last().message


def test_who_was_declared_or_has_begun_by_himself_is_not_added_twice():
    called_member()
    campaign = opened(make_campaign())
    begun = called_member()
    declarations.start(begun, campaign, by=CLERK)
    with pytest.raises(AlreadyDone):
        opening.complete(campaign, by=CLERK)
    assert Declaration.objects.filter(member=begun).count() == 1


def test_only_an_open_campaign_is_completed():
    called_member()
    campaign = make_campaign()
    with pytest.raises(Refused, match="campagne ouverte"):
        opening.complete(campaign, by=CLERK)


def test_after_the_deadline_the_announcement_does_not_give_a_day_gone_by():
    called_member()
    campaign = opened(make_campaign())
    Campaign.objects.filter(pk=campaign.pk).update(deadline=today() - timedelta(days=1), opens_on=JANUARY)
    Message.objects.all().delete()
    called_member()
    opening.complete(campaign, by=CLERK)
    message = Message.objects.get()
    assert "à faire dès maintenant – " in message.subject_line
    assert "demandé sous le nom de « Numéro de personne »" in message.content["after"][0].replace("\u00a0", " ")


@pytest.mark.fault("G2")
@pytest.mark.django_db(transaction=True)
def test_completing_while_the_employer_begins_by_himself_makes_one_declaration():
    called_member()
    campaign = opened(make_campaign())
    late = [called_member() for _ in range(3)]

    def act(number: int) -> Any:
        if number % 2:
            return [declarations.start(member, campaign, by=CLERK) for member in late]
        return opening.complete(campaign, by=CLERK)

    results = at_once(4, act)
    assert all(not isinstance(result, Exception) or isinstance(result, AlreadyDone) for result in results)
    for member in late:
        assert Declaration.objects.filter(member=member).count() == 1


# --- On the pages -----------------------------------------------------------------------------------------------------


@pytest.mark.req("B-21")
def test_staff_see_how_many_and_who_before_they_complete():
    called_member()
    campaign = opened(make_campaign())
    manager = client_of(UserFactory(manager=True))
    page = reverse("admin:contributions_campaign_completer", args=[campaign.pk])
    assert page in manager.get(reverse("admin:contributions_campaign_board", args=[campaign.pk])).text
    nobody = manager.get(page).text
    assert "rien à ajouter" in nobody
    assert "<button class" not in nobody.split("<h1>")[1]
    missing = [called_member(), called_member()]
    shown = manager.get(page).text
    assert "Ajouter 2 déclarations" in shown
    assert all(member.number in shown for member in missing)
    assert "2 déclarations sont ajoutées" in manager.post(page, follow=True).text
    again = manager.post(page)
    assert again.status_code == 409
    assert "rien à ajouter" in again.text


def test_the_page_warns_that_a_deadline_gone_by_makes_them_late_at_once():
    called_member()
    campaign = opened(make_campaign())
    called_member()
    Campaign.objects.filter(pk=campaign.pk).update(deadline=today() - timedelta(days=1), opens_on=JANUARY)
    page = reverse("admin:contributions_campaign_completer", args=[campaign.pk])
    assert "aussitôt en retard" in client_of(UserFactory(manager=True)).get(page).text


def cotiser(member: Member) -> str:
    user = UserFactory()
    give_access(user, member, "declares")
    return client_of(user).get(reverse("contributions:home", args=[member.pk])).text


@pytest.mark.req("C-02")
def test_who_joined_in_the_year_reads_that_nothing_is_due_and_when_his_first_one_comes():
    year = JANUARY.year
    member = called_member(joined_on=JANUARY + timedelta(days=60))
    called_member()
    opened(make_campaign())
    page = cotiser(member).replace("&nbsp;", " ")
    assert f"Rien à déclarer pour {year}" in page
    assert french_date(member.joined_on) in page
    assert f"celle de {year + 1} : nous vous écrivons à son ouverture, au début de l’année {year + 1}" in page
    assert "Commencer ma déclaration" not in page
    following = make_campaign(year + 1)
    assert f"à son ouverture, le {french_date(following.opens_on)}" in cotiser(member)


@pytest.mark.req("M-22", "M-23")
def test_who_was_accepted_late_on_last_years_proforma_has_paid_the_year_and_declares_nothing():
    late = accepted_on(JANUARY - timedelta(days=15), JANUARY + timedelta(days=9))
    called_member()
    campaign = make_campaign()
    assert f"Rien à déclarer pour {JANUARY.year}" in cotiser(late).replace("&nbsp;", " ")
    opened(campaign)
    assert not Declaration.objects.filter(member=late).exists()
    assert "Commencer ma déclaration" not in cotiser(late)
