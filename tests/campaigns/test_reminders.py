"""Reminders before and after the deadline, each once, to those who have not declared."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
import time_machine
from django.utils import timezone

from contributions import opening, reminders
from contributions.models import Campaign, Declaration, ReminderWave
from contributions.states import State
from core import deadlines
from core.dates import today
from core.journal import timeline
from core.transitions import AlreadyDone, Refused
from notifications.models import Message
from tests.core.threads import at_once
from tests.factories import CLERK, UserFactory, give_access
from tests.factories_campaign import PENALTIES, STAFF, called_member, declare, make_campaign, work

pytestmark = [pytest.mark.django_db, pytest.mark.req("B-03")]
DAY = timedelta(days=1)
Target = ReminderWave.Target


@pytest.fixture
def campaign() -> Campaign:
    """Open, with three members: one silent, one who has begun, one who has declared."""
    members = [called_member() for _ in range(3)]
    made = make_campaign(open=True)
    Message.objects.all().delete()
    Declaration.objects.filter(member=members[1]).update(started_at=timezone.now())
    declare(Declaration.objects.get(member=members[2]))
    made.members = members
    return made


def at(day) -> datetime:
    """Ten in the morning, in Paris."""
    return timezone.make_aware(datetime.combine(day, time(10)))


def sweep(day) -> list[str]:
    """What a sweep on `day` has sent: the titles, and the addresses are those of the two who have not declared."""
    before = set(Message.objects.values_list("pk", flat=True))
    with time_machine.travel(at(day), tick=False):
        deadlines.run(timezone.now())
        work()
    return sorted(message.content["title"] for message in Message.objects.exclude(pk__in=before))


BEFORE = [f"Votre déclaration annuelle {today().year} est attendue"] * 2
LATE = ["Votre déclaration annuelle est en retard"] * 2
LAST = ["Dernier rappel pour votre déclaration annuelle"] * 2


@pytest.mark.fault("G8", "H1")
def test_the_calendar_of_reminders(campaign):
    sent = {}
    for offset in range(-32, 18):
        day = campaign.deadline + offset * DAY
        if found := sweep(day) + sweep(day):  # twice a day: once is enough
            sent[offset] = found
    assert sent == {-30: BEFORE, -7: BEFORE, 1: LATE, 15: LAST}
    assert ReminderWave.objects.count() == 4
    assert not ReminderWave.objects.filter(finished_at=None).exists()


def test_on_the_deadline_itself_nobody_is_late(campaign):
    sweep(campaign.deadline - 7 * DAY)
    with time_machine.travel(at(campaign.deadline).replace(hour=23, minute=59), tick=False):
        assert not deadlines.run(timezone.now())["campaign-reminder"]
    assert sweep(campaign.deadline + DAY) == LATE


def test_a_sweep_that_comes_late_reminds_once_with_what_is_true_then(campaign):
    assert sweep(campaign.deadline + 3 * DAY) == LATE
    assert sweep(campaign.deadline + 4 * DAY) == []
    assert sweep(campaign.deadline + 15 * DAY) == LAST


@pytest.mark.fault("G8")
@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_remind_once():
    for _ in range(4):
        called_member()
    campaign = make_campaign(open=True, announces=False)
    moment = at(campaign.deadline - 7 * DAY)
    with time_machine.travel(moment, tick=False):
        results = at_once(2, lambda _: deadlines.run(moment)["campaign-reminder"])
        at_once(2, lambda _: reminders.resume(10**9))
        work()
    assert sum(results) == 1
    assert ReminderWave.objects.count() == 1
    assert Message.objects.count() == 4


@pytest.mark.fault("G8")
def test_a_wave_that_breaks_off_reminds_nobody_twice(campaign, monkeypatch):
    for _ in range(5):
        called_member()
    Campaign.objects.update(state="opening", opened_up_to=None)
    work()
    Message.objects.all().delete()
    monkeypatch.setattr(reminders, "BATCH", 2)
    wave = reminders.ask(campaign, target=Target.ALL, spare_since=today(), seen=0, by=CLERK)
    real = reminders.enqueue_many

    def breaks(letters):
        real(letters)
        if Message.objects.count() > 3:
            raise ConnectionError("killed")

    monkeypatch.setattr(reminders, "enqueue_many", breaks)
    with pytest.raises(ConnectionError):
        work()
    assert Message.objects.count() == 2
    monkeypatch.setattr(reminders, "enqueue_many", real)
    work()
    wave.refresh_from_db()
    assert Message.objects.count() == Message.objects.values("subject_id").distinct().count() == 7
    assert (wave.reminded_count, wave.expected_count) == (7, 7)
    assert wave.finished_at


def test_a_new_deadline_brings_new_reminders(campaign):
    assert sweep(campaign.deadline - 7 * DAY) == BEFORE
    campaign.refresh_from_db()
    campaign.deadline += 40 * DAY
    with time_machine.travel(at(campaign.deadline - 45 * DAY), tick=False):
        opening.keep_settings(campaign, by=CLERK, changed=["deadline"])
    assert campaign.next_reminder == campaign.deadline - 30 * DAY
    assert sweep(campaign.deadline - 7 * DAY) == BEFORE


def test_a_short_campaign_skips_what_lies_before_its_opening():
    called_member()
    campaign = make_campaign(open=True, deadline=today() + 20 * DAY)
    assert campaign.next_reminder == campaign.deadline - 7 * DAY


def test_nobody_is_reminded_once_the_campaign_is_closed(campaign):
    wave = reminders.ask(campaign, target=Target.ALL, spare_since=today(), seen=0, by=CLERK)
    opening.close(campaign, by=CLERK)
    work()
    wave.refresh_from_db()
    assert wave.finished_at
    assert not Message.objects.exists()
    assert sweep(campaign.deadline + DAY) == []


@pytest.mark.req("B-21")
@pytest.mark.parametrize(("target", "whom"), [(Target.ALL, {0, 1}), (Target.SILENT, {0}), (Target.STARTED, {1})])
def test_staff_remind_those_they_chose(campaign, target, whom):
    wave = reminders.ask(campaign, target=target, spare_since=today(), seen=0, by=CLERK)
    work()
    reached = set(Declaration.objects.filter(reminded_on=today()).values_list("member", flat=True))
    assert reached == {campaign.members[number].pk for number in whom}
    assert Message.objects.count() == len(whom) == wave.expected_count


def test_who_was_reminded_lately_is_spared(campaign):
    Declaration.objects.filter(member=campaign.members[0]).update(reminded_on=today() - 6 * DAY)
    assert reminders.waiting(campaign, Target.ALL, reminders.spared_from(7)).count() == 1
    assert reminders.waiting(campaign, Target.ALL, reminders.spared_from(3)).count() == 2
    Declaration.objects.filter(started_at__isnull=False).update(reminded_on=today())
    with pytest.raises(Refused, match="Il n’y a personne à relancer"):
        reminders.ask(campaign, target=Target.ALL, spare_since=reminders.spared_from(7), seen=0, by=CLERK)


@pytest.mark.fault("G1", "G3")
def test_the_same_page_sent_twice_reminds_once(campaign):
    reminders.ask(campaign, target=Target.ALL, spare_since=today(), seen=0, by=CLERK)
    with pytest.raises(AlreadyDone, match="Nadia Benali"):
        reminders.ask(campaign, target=Target.ALL, spare_since=today(), seen=0, by=STAFF)
    work()
    assert Message.objects.count() == 2


def test_a_correction_that_waits_is_no_silence(campaign):
    valid = Declaration.objects.get(state=State.VALIDATED)
    Declaration.objects.create(campaign=campaign, member=valid.member, version=2, replaces=valid)
    assert reminders.waiting(campaign).count() == 2


def test_one_member_is_reminded_at_most_once_a_day(campaign):
    declaration = Declaration.objects.get(member=campaign.members[0])
    reminders.remind_one(declaration, by=CLERK)
    with pytest.raises(AlreadyDone):
        reminders.remind_one(declaration, by=STAFF)
    assert Message.objects.about(declaration).count() == 1
    assert timeline(declaration).get().message == "Relance envoyée par courriel."
    with pytest.raises(Refused, match="validée"):
        reminders.remind_one(Declaration.objects.get(state=State.VALIDATED), by=CLERK)


@pytest.mark.req("B-02")
def test_each_declaration_tells_of_each_reminder_and_by_whom(campaign):
    declarations = [Declaration.objects.get(member=member) for member in campaign.members]
    sweep(campaign.deadline - 7 * DAY)
    with time_machine.travel(at(campaign.deadline - 6 * DAY), tick=False):
        reminders.ask(campaign, target=Target.SILENT, spare_since=today(), seen=1, by=CLERK)
        work()
    told = [list(timeline(one).values_list("message", "actor_name")) for one in declarations]
    sent = "Relance envoyée par courriel."
    assert told == [[(sent, "Échéance automatique"), (sent, CLERK.name)], [(sent, "Échéance automatique")], []]


@pytest.mark.req("B-02")
def test_nothing_is_told_of_a_reminder_that_reached_nobody():
    member = called_member(establishment__email="")
    campaign = make_campaign(open=True)
    sweep(campaign.deadline - 7 * DAY)
    assert not timeline(Declaration.objects.get(member=member)).exists()


def test_a_member_without_any_address_is_told_to_staff():
    member = called_member(establishment__email="")
    make_campaign(open=True)
    with pytest.raises(Refused, match="ni compte ni adresse"):
        reminders.remind_one(Declaration.objects.get(member=member), by=CLERK)


def test_what_reminders_say(campaign):
    user = UserFactory(first_name="Ali", last_name="Ben")
    give_access(user, campaign.members[1], "declares")
    sweep(campaign.deadline - 7 * DAY)
    sent = Message.objects.get(to=user.email)
    assert sent.subject_line.endswith(f" – {campaign.members[1].establishment.name}"), "an accountant gets many"
    mail = sent.content
    assert "tout ce que vous avez saisi est gardé" in mail["paragraphs"][0]
    assert "il reste 7 jours" in mail["paragraphs"][1]
    assert PENALTIES in mail["paragraphs"], "what a delay costs is told before it"
    sweep(campaign.deadline + DAY)
    late = Message.objects.filter(to=user.email).latest("created_at").content
    assert PENALTIES in late["paragraphs"]
    assert "la déclaration en ligne reste ouverte" in late["paragraphs"][1]
    sweep(campaign.deadline + 15 * DAY)
    last = Message.objects.filter(to=user.email).latest("created_at").content
    assert last["title"] == LAST[0]
    assert PENALTIES in last["paragraphs"]


def test_a_batch_costs_the_same_queries_whatever_it_holds(campaign, django_assert_max_num_queries):
    for _ in range(10):
        called_member()
    Campaign.objects.update(state="opening", opened_up_to=None)
    work()
    wave = reminders.ask(campaign, target=Target.ALL, spare_since=today(), seen=0, by=CLERK)
    with django_assert_max_num_queries(14):
        reminders.send_batch(wave.pk)
