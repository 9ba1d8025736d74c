"""What every verb that moves money asks first: that nobody was faster, nor the same page; that the day can be true."""

from __future__ import annotations

from datetime import date, timedelta

from billing.models import ExcessUse, Invoice, Receipt
from core.dates import french_date, french_moment, today
from core.journal import Actor
from core.models import JournalEntry
from core.transitions import AlreadyDone, Refused

EARLY = timedelta(days=60)  # a payment comes before its invoice now and then; a year typed wrong, further


class OtherContent(AlreadyDone):
    """A form's key met again under something else: nothing of that was done."""


def begin(locked: Invoice, seen: int | None) -> None:
    """Refuse when somebody moved money on the locked invoice since version `seen` of it."""
    if seen is not None and seen != locked.version:
        entries = JournalEntry.objects.about(locked).exclude(actor_name=Actor.clock().name)  # the clock only reminds
        last = entries.order_by("-at", "-pk").first()
        who = f" par {last.actor_name} le {french_moment(last.at)} : {last.message}" if last else " entre-temps."
        raise AlreadyDone(f"Cette facture a déjà été traitée{who} Relisez-la avant de continuer.")


def refuse_other(done: Receipt | ExcessUse, sent: dict[str, object], what: str) -> None:
    """The page that did `done` is sent again: refuse unless it says the same, and that still counts."""
    if done.cancelled_at or any(getattr(done, name) != value for name, value in sent.items()):
        since = ", annulé depuis" if done.cancelled_at else ""
        raise OtherContent(
            f"Cette page avait déjà servi à enregistrer {what}{since}. Ce que vous venez d’envoyer n’est pas "
            "enregistré : relisez la facture, puis confirmez s’il s’agit bien d’autre chose."
        )


def first_day(issued_on: date) -> date:
    """The first day on which money can have come for what was issued on that day."""
    return issued_on - EARLY


def check_day(received_on: date, first: date) -> None:
    """Refuse a day that cannot be that of a payment: to come, or before `first`."""
    if received_on > today():
        raise Refused("Un règlement s’enregistre une fois reçu : sa date ne peut pas être à venir.")
    if received_on < first:
        raise Refused(
            f"Le {received_on:%d/%m/%Y} est trop ancien pour ce règlement : indiquez une date à partir du "
            f"{french_date(first)}. Vérifiez l’année."
        )
