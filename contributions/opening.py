"""The verbs of a campaign, and the work that its opening is.

Opening is one click, and tens of thousands of declarations: the verb only says that it has begun. A worker prepares
them in batches of members, in the order of their keys; each batch is a transaction that also moves `opened_up_to`, so
that one killed at any moment leaves whole batches behind, and the next goes on from there.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from contributions import campaign_mails, filling, preparation, reminders
from contributions.models import Campaign, Declaration
from contributions.recipients import recipients
from contributions.states import CampaignState
from contributions.waking import work_on_commit
from core.dates import french_date, today
from core.journal import Actor, record
from core.text import counted
from core.transitions import AlreadyDone, Refused, advance, lock, too_late
from membership.models import Member
from notifications.outbox import Letter, enqueue_many

BATCH = 1000  # members
COMPLETE = "Chaque adhérent concerné a déjà sa déclaration : il n’y a rien à ajouter."


# --- Verbs ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def keep_settings(campaign: Campaign, *, by: Actor, changed: Collection[str]) -> None:
    """Keep what staff typed on the campaign. Only what was `changed`: a worker may be moving the rest."""
    if campaign._state.adding:
        campaign.save()
        record(campaign, by=by, message=f"Campagne {campaign.year} créée.", internal=True)
        return
    now = lock(campaign)
    columns = set(changed)
    if "deadline" in columns and now.state == CampaignState.OPEN:
        campaign.next_reminder = reminders.next_day(campaign, after=today())
        columns.add("next_reminder")
    if not columns:
        return
    campaign.save(update_fields=columns)
    message = "Réglages de la campagne modifiés."
    if now.deadline != campaign.deadline:
        message = f"Date limite : {french_date(campaign.deadline)} au lieu du {french_date(now.deadline)}."
    record(campaign, by=by, message=message, internal=True)


@transaction.atomic
def open_campaign(campaign: Campaign, *, by: Actor, day: date | None = None) -> Campaign:
    """Call every member: now, or on the opening day if it lies ahead (the sweep does it then, on its `day`)."""
    campaign = _unopened(campaign)
    if problems := preparation.problems_of(campaign):
        raise Refused(" ".join(problems))
    if campaign.opens_on <= (day or today()):
        return _begin(campaign, by=by)
    if campaign.scheduled_at:
        raise AlreadyDone(f"L’ouverture du {french_date(campaign.opens_on)} est déjà confirmée.")
    campaign.scheduled_at = timezone.now()
    campaign.save(update_fields=["scheduled_at"])
    record(campaign, by=by, message=f"Ouverture confirmée pour le {french_date(campaign.opens_on)}.", internal=True)
    return campaign


@transaction.atomic
def unschedule(campaign: Campaign, *, by: Actor) -> None:
    """Take back an opening that lies ahead."""
    campaign = _unopened(campaign)
    if not campaign.scheduled_at:
        raise AlreadyDone("L’ouverture de cette campagne n’est pas programmée.")
    campaign.scheduled_at = None
    campaign.save(update_fields=["scheduled_at"])
    record(campaign, by=by, message="Ouverture programmée annulée.", internal=True)


@transaction.atomic
def close(campaign: Campaign, *, by: Actor) -> None:
    """Nobody declares for that year any more, and nobody is reminded."""
    campaign = lock(campaign)
    campaign.next_reminder = None
    advance(campaign, CampaignState.CLOSED, by=by, message=f"Campagne {campaign.year} close.")


@transaction.atomic
def reopen(campaign: Campaign, *, by: Actor) -> None:
    """Declarations may come again."""
    campaign = lock(campaign)
    if campaign.state != CampaignState.CLOSED:
        raise too_late(campaign)
    campaign.next_reminder = reminders.next_day(campaign, after=today())
    advance(campaign, CampaignState.OPEN, by=by, message=f"Campagne {campaign.year} rouverte.")


@transaction.atomic
def complete(campaign: Campaign, *, by: Actor) -> int:
    """Prepare the declarations of those who should have one and do not (`filling.missing`), a batch at most, with
    their mails. Returns how many."""
    campaign = lock(campaign)
    if campaign.state != CampaignState.OPEN:
        raise Refused("Seule une campagne ouverte se complète.")
    keys = list(filling.missing(campaign).order_by("pk").values_list("pk", flat=True)[:BATCH])
    if not keys:
        raise AlreadyDone(COMPLETE)
    made = filling.fill(campaign, Member.objects.filter(pk__in=keys), filling.amounts(campaign.year))
    if campaign.announces:
        _announce(campaign, made)
    campaign.opened_count += len(made)
    campaign.expected_count = campaign.opened_count
    campaign.save(update_fields=["opened_count", "expected_count"])
    count = counted(len(made), "déclaration ajoutée", "déclarations ajoutées")
    record(campaign, by=by, message=f"Campagne complétée : {count}.", internal=True)
    return len(made)


def _unopened(campaign: Campaign) -> Campaign:
    campaign = lock(campaign)
    if campaign.state != CampaignState.PREPARED:
        raise too_late(campaign)
    return campaign


def _begin(campaign: Campaign, *, by: Actor) -> Campaign:
    campaign.opened_at = timezone.now()
    campaign.expected_count = filling.called(campaign).count()
    if not campaign.expected_count:
        raise Refused("Aucun adhérent n’est concerné : il n’y a pas de déclaration à préparer.")
    message = f"Ouverture lancée pour {counted(campaign.expected_count, 'adhérent', 'adhérents')}."
    advance(campaign, CampaignState.OPENING, by=by, message=message)
    work_on_commit()
    return campaign


# --- The work ---------------------------------------------------------------------------------------------------------


def resume(end: float) -> bool:
    """Go on with the campaigns that are opening, until `end` (monotonic). Says whether something is left."""
    for key in Campaign.objects.filter(state=CampaignState.OPENING).values_list("pk", flat=True):
        while prepare_batch(key):
            if time.monotonic() > end:
                return True
    return False


@transaction.atomic
def prepare_batch(key: UUID) -> bool:
    """Prepare the next batch of a campaign, with its mails. Says whether there is more to do here.

    The campaign's row is locked meanwhile: a second worker leaves the campaign to the first.
    """
    skip = connection.features.has_select_for_update_skip_locked
    opening = Campaign.objects.select_for_update(skip_locked=skip).filter(pk=key, state=CampaignState.OPENING)
    campaign = opening.first()
    if campaign is None:
        return False
    members = filling.called(campaign)
    rest = members.filter(pk__gt=campaign.opened_up_to) if campaign.opened_up_to else members
    keys = list(rest.order_by("pk").values_list("pk", flat=True)[:BATCH])
    if not keys:
        return _finish(campaign)
    batch = members.filter(pk__gte=keys[0], pk__lte=keys[-1])
    made = filling.fill(campaign, batch, filling.amounts(campaign.year))
    if campaign.announces:
        _announce(campaign, made)
    campaign.opened_up_to = keys[-1]
    campaign.opened_count += len(made)
    campaign.save(update_fields=["opened_up_to", "opened_count"])
    return True


def _finish(campaign: Campaign) -> bool:
    """The last member is done: open, unless one was added behind our back among those done."""
    with connection.cursor() as cursor:  # PostgreSQL looks through a table that has just grown row by row
        cursor.execute(f"ANALYZE {connection.ops.quote_name(Declaration._meta.db_table)}")
    if filling.missing(campaign).exists():
        campaign.opened_up_to = None
        campaign.save(update_fields=["opened_up_to"])
        return True
    campaign.next_reminder = reminders.next_day(campaign, after=today())
    count = counted(campaign.opened_count, "déclaration préparée", "déclarations préparées")
    advance(campaign, CampaignState.OPEN, by=Actor.clock(), message=f"Campagne ouverte : {count}.")
    return False


def _announce(campaign: Campaign, made: Sequence[filling.Prepared]) -> None:
    keys = [each.member for each in made]
    to, known = recipients(keys), campaign_mails.companies(keys)
    letters = []
    for each in made:
        company = campaign_mails.Company(each.member, *known[each.member], headcount=each.headcount)
        about = Declaration(pk=each.pk)
        for person in to.get(each.member, ()):
            mail = campaign_mails.opened(campaign, company, person)
            letters.append(Letter(mail, about, f"campaign:{campaign.pk}:{each.member}:{person.email}"[:200]))
    enqueue_many(letters)
