"""Reminders to members who have not declared (B-03): by the calendar of the deadline, or asked for by staff.

Whichever it is, it is a `ReminderWave`: who is meant, how far it has come. A worker sends it in batches, each a
transaction that also moves `up_to`; nobody gets the same wave twice, and what a wave costs follows whom it reminds.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from contributions import campaign_mails
from contributions.models import Campaign, Declaration, ReminderWave
from contributions.recipients import recipients
from contributions.states import CampaignState, State
from contributions.waking import work_on_commit
from core.dates import today
from core.journal import Actor, record, record_all
from core.text import counted, lower_first
from core.transitions import AlreadyDone, Refused, lock
from notifications.outbox import Letter, enqueue_many

BATCH = 500  # declarations
SENT = "Relance envoyée par courriel."  # in the journal of the declaration
Kind, Target = ReminderWave.Kind, ReminderWave.Target

# Days from the deadline, in order.
CALENDAR = {Kind.MONTH: -30, Kind.WEEK: -7, Kind.LATE: 1, Kind.LAST: 15}
_TARGETS = {Target.ALL: Q(), Target.SILENT: Q(started_at=None), Target.STARTED: Q(started_at__isnull=False)}


# --- Who and when -----------------------------------------------------------------------------------------------------


def next_day(campaign: Campaign, *, after: date) -> date | None:
    """The next day of the calendar that comes after `after`."""
    days = (campaign.deadline + timedelta(days=days) for days in CALENDAR.values())
    return next((day for day in days if day > after), None)


def due_kind(campaign: Campaign, day: date) -> str | None:
    """What the calendar says on `day`: the last moment that has come, so that a late sweep does not remind twice."""
    come = [kind for kind, days in CALENDAR.items() if campaign.deadline + timedelta(days=days) <= day]
    return come[-1] if come else None


def waiting(campaign: Campaign, target: str = Target.ALL, spare_since: date | None = None) -> QuerySet[Declaration]:
    """Declarations not validated yet; a correction that waits is none of them: the member has declared.

    Whom staff or the calendar reminded on `spare_since` or later is left out.
    """
    found = Declaration.objects.filter(_TARGETS[Target(target)], campaign=campaign, state=State.DRAFT, version=1)
    return found.exclude(reminded_on__gte=spare_since) if spare_since else found


# --- Verbs ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def by_calendar(campaign: Campaign, day: date) -> None:
    """A day of the calendar has come: launch its wave, and note the next day."""
    kind = due_kind(campaign, day)
    campaign.next_reminder = next_day(campaign, after=day)
    campaign.save(update_fields=["next_reminder"])
    known = ReminderWave.objects.filter(campaign=campaign, kind=kind, deadline=campaign.deadline)
    if kind is not None and not known.exists():
        _launch(campaign, kind, Target.ALL, spare_since=day, by=Actor.clock())


@transaction.atomic
def ask(campaign: Campaign, *, target: str, spare_since: date, seen: int, by: Actor) -> ReminderWave:
    """Staff remind many at once. `seen` is how many waves there were when the page was shown."""
    campaign = _open(campaign)
    if (waves := campaign.waves.count()) != seen:
        stale = "Cette page n’est plus à jour. Rechargez-la."
        raise AlreadyDone(_just_launched(campaign.waves.all()[0]) if waves else stale)
    if not waiting(campaign, target, spare_since).exists():
        raise Refused("Il n’y a personne à relancer avec ces critères.")
    return _launch(campaign, Kind.STAFF, target, spare_since=spare_since, by=by)


@transaction.atomic
def remind_one(declaration: Declaration, *, by: Actor) -> None:
    """Staff remind one member, at most once a day."""
    declaration = lock(declaration)
    campaign = _open(declaration.campaign)
    if declaration.state != State.DRAFT or declaration.version != 1:
        raise Refused("Cette déclaration est validée : il n’y a pas de relance à envoyer.")
    if declaration.reminded_on == today():
        raise AlreadyDone("Cet adhérent a déjà été relancé aujourd’hui.")
    letters = _letters(campaign, Kind.STAFF, [_columns(declaration)], f"reminder:{today()}")
    if not letters:
        raise Refused(
            "Cet adhérent n’a ni compte ni adresse électronique : écrivez-lui par courrier, ou complétez ses contacts."
        )
    enqueue_many(letters)
    declaration.reminded_on = today()
    declaration.save(update_fields=["reminded_on"])
    record(declaration, by=by, message=SENT)


def _open(campaign: Campaign) -> Campaign:
    campaign = lock(campaign)
    if campaign.state != CampaignState.OPEN:
        raise Refused("Seule une campagne ouverte peut être relancée.")
    return campaign


def _just_launched(wave: ReminderWave) -> str:
    return (
        f"Une relance vient d’être lancée par {wave.created_by} ({lower_first(wave.get_target_display())}). "
        "Vérifiez le nombre ci-dessous avant d’en lancer une autre."
    )


def _launch(campaign: Campaign, kind: str, target: str, *, spare_since: date, by: Actor) -> ReminderWave:
    wave = ReminderWave.objects.create(
        campaign=campaign,
        kind=kind,
        deadline=campaign.deadline,
        target=target,
        spare_since=spare_since,
        created_by=by.name[:150],
        expected_count=waiting(campaign, target, spare_since).count(),
    )
    count = counted(wave.expected_count, "adhérent", "adhérents")
    what = wave.get_target_display() if kind == Kind.STAFF else wave.get_kind_display()
    record(campaign, by=by, message=f"Relance lancée ({lower_first(what)}) : {count}.", internal=True)
    work_on_commit()
    return wave


# --- The work ---------------------------------------------------------------------------------------------------------


def resume(end: float) -> bool:
    """Go on with the waves that are not finished, until `end` (monotonic). Says whether something is left."""
    unfinished = ReminderWave.objects.filter(finished_at=None).order_by("created_at")
    for key in unfinished.values_list("pk", flat=True):
        while send_batch(key):
            if time.monotonic() > end:
                return True
    return False


@transaction.atomic
def send_batch(key: UUID) -> bool:
    """Write the next mails of a wave, each in the journal of its declaration. Says whether there is more to do here; a
    second worker leaves it to the first."""
    skip = connection.features.has_select_for_update_skip_locked
    waves = ReminderWave.objects.select_for_update(skip_locked=skip, of=("self",)).filter(pk=key, finished_at=None)
    wave = waves.select_related("campaign").first()
    if wave is None:
        return False
    found = waiting(wave.campaign, wave.target, wave.spare_since)
    if wave.up_to:
        found = found.filter(pk__gt=wave.up_to)
    rows = list(found.order_by("pk").values(*_COLUMNS)[:BATCH]) if wave.campaign.state == CampaignState.OPEN else []
    if not rows:
        wave.finished_at = timezone.now()
        wave.save(update_fields=["finished_at"])
        return False
    letters = _letters(wave.campaign, wave.kind, rows, f"wave:{wave.pk}")
    enqueue_many(letters)
    reminded = {letter.about.pk for letter in letters}
    # Who validates at this very moment keeps his row as he leaves it.
    Declaration.objects.filter(pk__in=reminded, state=State.DRAFT).update(reminded_on=today())
    record_all((Declaration(pk=pk) for pk in reminded), by=Actor(wave.created_by), message=SENT)
    wave.up_to = rows[-1]["pk"]
    wave.reminded_count = F("reminded_count") + len(reminded)
    wave.save(update_fields=["up_to", "reminded_count"])
    return True


_COLUMNS = ("pk", "member_id", "expected_headcount", "started_at")


def _columns(declaration: Declaration) -> dict[str, Any]:
    return {name: getattr(declaration, name) for name in _COLUMNS}


def _letters(campaign: Campaign, kind: str, rows: Sequence[dict[str, Any]], key: str) -> list[Letter]:
    """The mails to send about these declarations."""
    members = [row["member_id"] for row in rows]
    to, known = recipients(members), campaign_mails.companies(members)
    write = campaign_mails.reminder(kind, campaign)
    found = []
    for row in rows:
        company = campaign_mails.Company(
            row["member_id"],
            *known[row["member_id"]],
            headcount=row["expected_headcount"],
            started=row["started_at"] is not None,
        )
        for person in to.get(row["member_id"], ()):
            mail = write(campaign, company, person)
            found.append(Letter(mail, Declaration(pk=row["pk"]), f"{key}:{row['pk']}:{person.email}"[:200]))
    return found


def sample(campaign: Campaign, declaration: Declaration | None) -> campaign_mails.Mail | None:
    """What one of those reminded would receive, to read before many do."""
    letters = _letters(campaign, Kind.STAFF, [_columns(declaration)], "sample") if declaration else []
    return letters[0].what if letters else None


def spared_from(days: int) -> date:
    """« Sauf ceux relancés depuis 7 jours » as a day."""
    return today() - timedelta(days=max(days, 1) - 1)
