"""Reminders of invoices that their customer is to pay himself (B-03): by the calendar, or asked for by staff, one at a
time. The sweep sends both: what staff ask for is due today."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from billing import addressees, collections, reminder_days, reminder_mails
from billing.models import Collection, Invoice
from billing.models.invoice import Mode
from billing.reminder_days import CALENDAR, Stage
from billing.settlement import latest_document
from core.dates import today
from core.journal import Actor, record, record_all
from core.text import counted
from core.transitions import Refused
from notifications.mail import Mail

NO_ADDRESS = "Pas de relance par courriel : nous n’avons aucune adresse électronique pour ce client."
NOBODY = "Il n’y a aucune facture à relancer avec ces critères. Celles que vous venez de relancer n’y sont plus."
LATE_DAYS = CALENDAR[Stage.LATE]  # before, the money may be on its way
_BATCH = 500


# --- By the calendar --------------------------------------------------------------------------------------------------


def due(moment: datetime) -> QuerySet[Invoice]:
    """Invoices whose next day of the calendar has come. It is there only while something is due (`settlement`)."""
    return Invoice.objects.filter(remind_on__lte=today(moment))


def by_calendar(invoice: Invoice, moment: datetime) -> None:
    """Send the last stage that has come of a locked invoice, and note the next day.

    While a debit of it is under way, nothing is sent; were that debit given up, the stages that follow still come.
    """
    day = today(moment)
    stage = reminder_days.stage(invoice, day)
    invoice.remind_on = reminder_days.next_day(invoice, after=day)
    if stage and invoice.left and not _being_debited(invoice) and _send(invoice, stage, day):
        invoice.reminded_on = day
    invoice.save(update_fields=["remind_on", "reminded_on"])


def debits_lost(moment: datetime) -> QuerySet[Invoice]:
    """Invoices whose debit was lost so long ago that a stage of the calendar has come, counted from then on."""
    come = Collection.objects.filter(remind_on__lte=today(moment))
    return Invoice.objects.filter(pk__in=come.order_by().values("invoice"))


def after_lost_debit(invoice: Invoice, moment: datetime) -> None:
    """Remind of a locked invoice to be debited, whose customer was told on the day of the loss that he is to pay it
    himself; nothing once he has, or once it is debited again."""
    day = today(moment)
    come = list(invoice.collections.filter(remind_on__lte=day).order_by("due_again_on", "created_at"))
    for one in come:
        one.remind_on = reminder_days.next_after(one.due_again_on, day) if invoice.left else None
        one.save(update_fields=["remind_on"])
    stage, waits = reminder_days.stage_since(come[-1].due_again_on, day), invoice.left and invoice.mode == Mode.DEBIT
    if invoice.reminded_on == day or not waits or _being_debited(invoice):  # others are in the calendar, or staff asked
        return
    if stage and _send(invoice, stage, day):
        invoice.reminded_on = day
        invoice.save(update_fields=["reminded_on"])


def _being_debited(invoice: Invoice) -> bool:
    return Invoice.objects.filter(collections.being_debited(), pk=invoice.pk).exists()


def _send(invoice: Invoice, stage: Stage, day: date) -> bool:
    """Whether there is anybody to write to. Only who answers for the customer has a space to look at."""
    answering, others = _addresses(invoice)
    count = len(answering) + len(others)
    if not count:
        record(invoice, by=Actor.clock(), message=NO_ADDRESS, internal=True)
        return False
    mail, key = _mail(invoice, stage, several=count > 1), f"invoice-reminder:{invoice.pk}:{day}"
    addressees.send(mail, answering, about=invoice, key=key)
    addressees.send(replace(mail, button=None), others, about=invoice, key=f"{key}:buyer")
    what = "Rappel de l’échéance envoyé" if stage == Stage.SOON else "Relance envoyée"
    people = counted(count, "personne", "personnes")
    record(invoice, by=Actor.clock(), message=f"{what} par courriel à {people}.")
    return True


def _addresses(invoice: Invoice) -> tuple[list[str], list[str]]:
    """Those who answer for the customer today, and whom the invoice was sent to if he is none of them, nor was one."""
    answering = addressees.answering(invoice)
    known = {one.lower() for one in answering}
    return answering, [one for one in addressees.billed(invoice) if one.lower() not in known]


def _mail(invoice: Invoice, stage: Stage, *, several: bool) -> Mail:
    path = addressees.papers(invoice)
    papers = f"{settings.SITE_URL}{path}" if path else ""
    return reminder_mails.reminder(invoice, stage, latest_document(invoice), papers=papers, several=several)


# --- By staff ---------------------------------------------------------------------------------------------------------


def unpaid(spare_since: date) -> QuerySet[Invoice]:
    """Invoices late enough that nobody is to debit, nor about to remind of; but those reminded of on `spare_since` or
    later. Of those to be debited, the ones whose debits were all lost: their customer was told to pay another way."""
    tried = Exists(Collection.objects.filter(invoice=OuterRef("pk")))
    late = Invoice.objects.unsettled().filter(~Q(mode=Mode.DEBIT) | tried, ~collections.being_debited())
    late = late.filter(due_on__lte=today() - timedelta(days=LATE_DAYS))
    return late.exclude(remind_on__lte=today()).exclude(reminded_on__gte=spare_since)


@transaction.atomic
def ask(*, spare_since: date, by: Actor) -> int:
    """Have all of `unpaid` reminded of by the next sweep; how many. Asked twice, each is reminded of once."""
    # Held, and in the order of every verb that locks several: what is paid meanwhile waits, or is left out.
    keys = list(unpaid(spare_since).select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    if not keys:
        raise Refused(NOBODY)
    for start in range(0, len(keys), _BATCH):
        Invoice.objects.filter(pk__in=keys[start : start + _BATCH], settled_on=None).update(remind_on=today())
    record_all((Invoice(pk=key) for key in keys), by=by, message="Relance demandée.")
    return len(keys)


def sample(invoice: Invoice) -> Mail | None:
    """What the first of those written to about it would read."""
    answering, others = _addresses(invoice)
    stage = reminder_days.stage(invoice, today())
    to = [*answering, *others]
    return replace(_mail(invoice, stage, several=len(to) > 1), to=to[0]) if to and stage else None
