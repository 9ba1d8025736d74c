"""Opening a campaign: who is called, with what figures, once, however often the work breaks off."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contributions import filling, opening, preparation
from contributions.models import Campaign, Declaration, DeclaredEmployee
from contributions.states import CampaignState, State
from contributions.tasks import work as work_task
from core import deadlines
from core.dates import today
from core.journal import timeline
from core.transitions import AlreadyDone, Refused
from membership.models import TariffYear
from notifications.models import Message
from tests.core.threads import at_once
from tests.factories import CLERK, ContactFactory, EmployeeFactory, UserFactory, give_access
from tests.factories_campaign import STAFF, called_member, make_campaign, opened, work

pytestmark = pytest.mark.django_db
JANUARY = date(today().year, 1, 1)


def declaration_of(member) -> Declaration:
    return Declaration.objects.get(member=member)


@pytest.mark.req("C-02", "C-04")
def test_a_declaration_is_prepared_from_the_list_at_1_january():
    member = called_member(employees=0)
    place = member.establishment
    EmployeeFactory(establishment=place, monitoring="SI")
    EmployeeFactory(establishment=place, monitoring="SIR", left_on=JANUARY)  # his last day of work: still there
    EmployeeFactory(establishment=place, monitoring="SIA", hired_on=JANUARY)
    EmployeeFactory(establishment=place, monitoring="SI", hired_on=JANUARY + timedelta(days=1))
    EmployeeFactory(establishment=place, monitoring="SI", left_on=JANUARY - timedelta(days=1))
    campaign = opened(make_campaign())
    prepared = declaration_of(member)
    assert (prepared.version, prepared.state, prepared.replaces) == (1, State.DRAFT, None)
    assert prepared.expected_headcount == 3
    assert prepared.expected_net == Decimal("98.00") + Decimal("135.00") + Decimal("112.00")
    assert (prepared.confirmed_steps, prepared.typed, prepared.lines) == ([], {}, [])
    assert prepared.pk.version == 4
    assert not DeclaredEmployee.objects.exists()  # nothing is copied before validation (D-21)
    assert campaign.state == CampaignState.OPEN
    assert (campaign.opened_count, campaign.expected_count) == (1, 1)
    assert prepared.updated_at.date() == timezone.now().date()


@pytest.mark.req("C-02")
def test_who_is_called():
    here = called_member()
    alone = called_member(employees=0)
    leaving = called_member(left_on=today() + timedelta(days=30))
    last = called_member(joined_on=JANUARY - timedelta(days=1))
    called_member(joined_on=JANUARY)  # paid when joining: declares the year after
    called_member(left_on=today() - timedelta(days=1))
    opened(make_campaign())
    assert set(Declaration.objects.values_list("member", flat=True)) == {here.pk, alone.pk, leaving.pk, last.pk}
    assert (declaration_of(alone).expected_headcount, declaration_of(alone).expected_net) == (0, Decimal("0.00"))


@pytest.mark.fault("G14", "G8")
def test_work_that_breaks_off_anywhere_makes_no_double_and_misses_nobody(monkeypatch):
    monkeypatch.setattr(opening, "BATCH", 3)
    members = [called_member(employees=1) for _ in range(11)]
    campaign = make_campaign()
    opening.open_campaign(campaign, by=CLERK)
    real = opening._announce
    for broken_at in range(1, 4):
        calls = []

        def breaks(*args, calls=calls, broken_at=broken_at):
            real(*args)
            calls.append(1)
            if len(calls) == broken_at:
                raise ConnectionError("killed")

        monkeypatch.setattr(opening, "_announce", breaks)
        with pytest.raises(ConnectionError):
            work()
        campaign.refresh_from_db()
        assert Declaration.objects.count() == campaign.opened_count  # whole batches only
        assert Message.objects.count() == campaign.opened_count
    monkeypatch.setattr(opening, "_announce", real)
    work()
    work()
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.OPEN
    assert campaign.opened_count == 11
    assert sorted(Declaration.objects.values_list("member", flat=True)) == sorted(member.pk for member in members)
    assert Message.objects.count() == 11


def test_a_member_written_down_behind_the_work_is_called_too(monkeypatch):
    monkeypatch.setattr(opening, "BATCH", 1)
    for _ in range(3):
        called_member()
    campaign = make_campaign()
    opening.open_campaign(campaign, by=CLERK)
    assert opening.prepare_batch(campaign.pk)
    first = called_member(id=uuid.UUID(int=1))  # before all keys done
    work()
    assert Declaration.objects.filter(member=first).count() == 1
    assert Declaration.objects.count() == 4


@pytest.mark.fault("G8")
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_prepare_each_declaration_once(monkeypatch):
    monkeypatch.setattr(opening, "BATCH", 4)
    for _ in range(20):
        called_member(employees=1)
    campaign = make_campaign()
    opening.open_campaign(campaign, by=CLERK)
    at_once(2, lambda _: work_task.run())
    work()  # who found the row taken left it to the other
    campaign.refresh_from_db()
    assert (campaign.state, campaign.opened_count) == (CampaignState.OPEN, 20)
    assert Declaration.objects.count() == Message.objects.count() == 20


@pytest.mark.fault("G3")
def test_the_second_of_two_people_is_told_who_was_faster():
    called_member()
    campaign = make_campaign()
    opening.open_campaign(campaign, by=CLERK)
    with pytest.raises(AlreadyDone, match="Nadia Benali"):
        opening.open_campaign(campaign, by=STAFF)


@pytest.mark.fault("G3")
@pytest.mark.django_db(transaction=True)
def test_opened_by_two_people_at_once_it_is_opened_once():
    called_member()
    campaign = make_campaign()
    results = at_once(2, lambda number: opening.open_campaign(campaign, by=[CLERK, STAFF][number]))
    assert sum(isinstance(result, Campaign) for result in results) == 1
    assert sum(isinstance(result, AlreadyDone) for result in results) == 1
    assert timeline(campaign, staff=True).filter(to_state=CampaignState.OPENING).count() == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda campaign: TariffYear.objects.all().delete(), "n’est pas saisi"),
        (lambda campaign: TariffYear.objects.get().tariffs.filter(monitoring="SIR").delete(), "Renforcé"),
        (lambda campaign: Campaign.objects.update(opens_on=JANUARY - timedelta(days=20)), "avant le 1er janvier"),
        (
            lambda campaign: Campaign.objects.update(opens_on=JANUARY, deadline=max(JANUARY, today() - timedelta(1))),
            "déjà passée",
        ),
    ],
)
def test_what_bars_the_opening_says_what_to_do(change, said):
    with time_machine.travel(timezone.now().replace(month=6, day=15)):
        called_member()
        campaign = make_campaign()
        change(campaign)
        campaign.refresh_from_db()
        with pytest.raises(Refused, match=said):
            opening.open_campaign(campaign, by=CLERK)
        assert any(said in problem for problem in preparation.prepare(campaign).problems)
        campaign.refresh_from_db()
        assert campaign.state == CampaignState.PREPARED


def test_without_members_there_is_nothing_to_open():
    with pytest.raises(Refused, match="Aucun adhérent"):
        opening.open_campaign(make_campaign(), by=CLERK)


@pytest.mark.req("D-19")
def test_the_preparation_counts_members_employees_and_amounts_and_warns():
    called_member(employees=3)
    called_member(employees=1)
    called_member(employees=0, establishment__email="")
    campaign = make_campaign(penalties="")
    TariffYear.objects.get().tariffs.filter(monitoring="SIR").update(amount=Decimal("150.00"))
    found = preparation.prepare(campaign)
    assert (found.members, found.empty, found.employees) == (3, 1, 4)
    assert [line.count for line in found.lines] == [2, 1, 1]
    assert found.net == 2 * Decimal("98.00") + Decimal("112.00") + Decimal("150.00")
    assert (found.vat, found.total) == (Decimal("91.60"), Decimal("549.60"))
    assert not found.problems
    told = " ".join(found.warnings)
    assert "sort de la fourchette légale" in told
    assert "1 adhérent n’a aucun salarié" in told
    assert "il reçoit quand même une déclaration" in told
    assert "1 adhérent n’a ni compte ni adresse" in told
    assert "prévenez-le par courrier, aucune annonce ne lui parviendra" in told
    assert "pénalités" in told
    called_member(employees=0, establishment__email="")
    told = " ".join(preparation.prepare(campaign).warnings)
    assert "2 adhérents n’ont aucun salarié" in told
    assert "ils reçoivent quand même une déclaration" in told
    assert "prévenez-les par courrier, aucune annonce ne leur parviendra" in told


@pytest.mark.req("C-02")
def test_an_opening_that_lies_ahead_is_done_by_the_sweep_on_its_day():
    called_member()
    campaign = make_campaign(opens_on=today() + timedelta(days=3))
    opening.open_campaign(campaign, by=CLERK)
    with pytest.raises(AlreadyDone, match="déjà confirmée"):
        opening.open_campaign(campaign, by=STAFF)
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.PREPARED
    assert not deadlines.run(timezone.now())["campaign-opening"]
    later = timezone.now() + timedelta(days=4)  # whatever the hour, and the night of a clock change
    assert deadlines.run(later)["campaign-opening"] == 1
    assert not deadlines.run(later)["campaign-opening"]
    work()
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.OPEN


def test_an_opening_nobody_confirmed_stays_where_it_is():
    called_member()
    campaign = make_campaign(opens_on=today() + timedelta(days=3))
    opening.open_campaign(campaign, by=CLERK)
    opening.unschedule(campaign, by=STAFF)
    assert not deadlines.run(timezone.now() + timedelta(days=3))["campaign-opening"]
    with pytest.raises(AlreadyDone):
        opening.unschedule(campaign, by=STAFF)


@pytest.mark.fault("G5")
def test_an_opening_without_a_worker_is_taken_up_by_the_sweep(queue_of_tasks):
    called_member()
    campaign = make_campaign()
    with transaction.atomic():
        opening.open_campaign(campaign, by=CLERK)
    queue_of_tasks.clear()  # the nudge was lost
    assert deadlines.run(timezone.now())["campaign-work"] == 1
    assert queue_of_tasks == ["contributions.tasks.work"]
    work_task.run()
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.OPEN
    assert not deadlines.run(timezone.now())["campaign-work"]


def test_what_does_not_fit_in_a_shift_is_left_to_a_new_task(monkeypatch, queue_of_tasks):
    monkeypatch.setattr(opening, "BATCH", 1)
    monkeypatch.setattr("contributions.tasks.SHIFT_SECONDS", -1)
    for _ in range(3):
        called_member()
    campaign = make_campaign()
    opening.open_campaign(campaign, by=CLERK)
    queue_of_tasks.clear()
    work_task.run()
    campaign.refresh_from_db()
    assert campaign.opened_count == 1
    assert queue_of_tasks.count("contributions.tasks.work") == 1


@pytest.mark.req("C-02")
def test_the_announcement_goes_to_who_declares_else_to_whoever_stood_for_the_company():
    with_accounts = called_member()
    one, two = UserFactory(first_name="Ali", last_name="Ben"), UserFactory()
    give_access(one, with_accounts, "declares")
    give_access(two, with_accounts, "employees")
    gone = UserFactory(is_active=False)
    give_access(gone, with_accounts, "declares")
    with_contacts = called_member(employees=0)
    ContactFactory(establishment=with_contacts.establishment, roles=["medical"], email="medical@x.example")
    ContactFactory(establishment=with_contacts.establishment, roles=["accounts"], email="compta@x.example")
    with_nothing = called_member(establishment__email="seul@x.example")
    silent = called_member(establishment__email="")
    opened(make_campaign())
    to = {message.to: message for message in Message.objects.all()}
    assert set(to) == {one.email, "compta@x.example", "seul@x.example"}
    mail = to[one.email]
    assert mail.subject == declaration_of(with_accounts)
    assert mail.content["greeting"] == "Bonjour Ali Ben,"
    assert "2 salariés au 1er janvier" in mail.content["paragraphs"][0]
    assert str(with_accounts.pk) in mail.content["url"]
    assert not mail.content["after"]
    other = to["compta@x.example"].content
    assert "aucun salarié au 1er janvier" in other["paragraphs"][0]
    assert with_contacts.number in other["after"][0]
    assert Declaration.objects.filter(member__in=[with_nothing, silent]).count() == 2


def test_a_campaign_may_open_without_a_word():
    called_member()
    opened(make_campaign(announces=False))
    assert not Message.objects.exists()


def test_keeping_the_settings_moves_nothing_that_the_worker_moves():
    called_member()
    campaign = opened(make_campaign())
    stale = Campaign.objects.get()
    Campaign.objects.update(opened_count=99)
    stale.deadline += timedelta(days=10)
    opening.keep_settings(stale, by=STAFF, changed=["deadline"])
    fresh = Campaign.objects.get()
    assert (fresh.opened_count, fresh.deadline) == (99, campaign.deadline + timedelta(days=10))
    assert fresh.next_reminder == fresh.deadline - timedelta(days=30)
    assert "au lieu du" in timeline(campaign, staff=True).last().message


def test_a_closed_campaign_may_be_opened_again():
    called_member()
    campaign = opened(make_campaign())
    opening.close(campaign, by=CLERK)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.next_reminder) == (CampaignState.CLOSED, None)
    with pytest.raises(AlreadyDone):
        opening.close(campaign, by=STAFF)
    opening.reopen(campaign, by=CLERK)
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.OPEN
    assert campaign.next_reminder
    with pytest.raises(AlreadyDone):
        opening.reopen(campaign, by=STAFF)


def test_a_batch_costs_the_same_queries_whatever_its_size():
    campaign = make_campaign()
    counts = []
    for size in (2, 12):
        for _ in range(size):
            called_member(employees=2)
        Campaign.objects.update(state=CampaignState.OPENING, opened_at=timezone.now(), opened_up_to=None)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            opening.prepare_batch(campaign.pk)
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert filling.called(campaign).count() == Declaration.objects.count()
