"""Reminders of invoices to be paid by transfer or by cheque (B-03): by the calendar, one mail a stage."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet

from billing import addressees, collections, reminder_days, reminder_mails
from billing.models import Invoice
from billing.reminder_days import Stage
from billing.settlement import latest_document
from core.dates import today
from core.journal import Actor, record
from core.text import counted

# What the journal says.
_SAID = {
    Stage.SOON: "Rappel de l’échéance envoyé",
    Stage.LATE: "Première relance envoyée",
    Stage.LAST: "Seconde relance envoyée",
}
NO_ADDRESS = "Pas de relance par courriel : nous n’avons aucune adresse électronique pour ce client."


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
    invoice.save(update_fields=["remind_on"])
    under_way = Invoice.objects.filter(collections.being_debited(), pk=invoice.pk)
    if stage and invoice.left and not under_way.exists():
        _send(invoice, stage, by=Actor.clock())


def _send(invoice: Invoice, stage: Stage, *, by: Actor) -> None:
    """To whom the invoice was sent, and those who answer for the customer today; only these have a space to look at."""
    answering, own = addressees.answering(invoice), str(invoice.buyer.get("email", ""))
    others = [own] if own and own.lower() not in map(str.lower, answering) else []
    count = len(answering) + len(others)
    if not count:
        record(invoice, by=by, message=NO_ADDRESS, internal=True)
        return
    path = addressees.papers(invoice)
    mail = reminder_mails.reminder(
        invoice,
        stage,
        latest_document(invoice),
        papers=f"{settings.SITE_URL}{path}" if path else "",
        several=count > 1,
    )
    key = f"invoice-reminder:{invoice.pk}:{stage}"
    addressees.send(mail, answering, about=invoice, key=key)
    addressees.send(replace(mail, button=None), others, about=invoice, key=f"{key}:buyer")
    people = counted(count, "personne", "personnes")
    record(invoice, by=by, message=f"{_SAID[stage]} par courriel à {people}.")
