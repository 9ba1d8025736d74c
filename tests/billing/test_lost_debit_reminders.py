"""An invoice whose debit did not take place is reminded of, once its customer was told that he is to pay it (B-03)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from billing import collections, reminding, returns
from billing.models import Collection, Invoice
from core.dates import today
from core.journal import timeline
from tests.billing.test_reminders import fresh, sweep  # noqa: F401, the fixture
from tests.factories_billing import pay_invoice
from tests.factories_sepa import CLERK, in_file, make_collection

pytestmark = [pytest.mark.django_db, pytest.mark.req("B-03")]


def debited() -> Collection:
    """A debit to come on 10 March, of an invoice due that day."""
    collection = make_collection()
    Invoice.objects.filter(pk=collection.invoice_id).update(mode="debit", remind_on=None)
    return fresh_debit(collection)


def fresh_debit(collection: Collection) -> Collection:
    return Collection.objects.select_related("invoice").get(pk=collection.pk)


def sent_back(collection: Collection, clock) -> None:
    """By the bank on 12 March."""
    in_file(collection)
    clock.move_to(datetime(2027, 3, 12, 9, tzinfo=UTC))
    returns.record_return(collection, code="AM04", on=today(), by=CLERK)


def test_a_debit_that_came_back_is_reminded_of_from_that_day_on(sweep, clock):  # noqa: F811
    collection = debited()
    sent_back(collection, clock)
    days = [(3, 13), (3, 14), (3, 15), (3, 16), (3, 26), (3, 27), (3, 28), (6, 1)]
    sent = {day: sweep(*day) for day in days}
    number, name = collection.invoice.number, collection.invoice.buyer_name
    assert {day: subjects for day, subjects in sent.items() if subjects} == {
        (3, 15): [f"Facture {number} : l’échéance du 10 mars 2027 est passée – {name}"],
        (3, 27): [f"Facture {number} impayée : 120,00 € à régler sans tarder – {name}"],
    }
    assert fresh_debit(collection).remind_on is None
    assert fresh(collection.invoice).reminded_on == date(2027, 3, 27)


def test_a_debit_given_up_before_its_invoice_is_due_is_reminded_of_as_any_other(sweep, clock):  # noqa: F811
    collection = debited()
    collections.cancel(collection, by=CLERK, reason="Vous réglez par virement")
    sent = [day for day in [(2, 9), (2, 11), (2, 23), (3, 3), (3, 13), (3, 25), (4, 9)] if sweep(*day)]
    assert sent == [(3, 3), (3, 13), (3, 25)]


@pytest.mark.parametrize("why", ["paid", "again", "asked"])
def test_nobody_is_reminded_of_a_lost_debit_once_it_is_paid_or_planned_again_or_twice_a_day(sweep, clock, why):  # noqa: F811
    collection = debited()
    sent_back(collection, clock)
    match why:
        case "paid":
            pay_invoice(fresh(collection.invoice))
        case "again":
            collections.plan(fresh(collection.invoice), collection.mandate, today() + timedelta(days=40), by=CLERK)
        case "asked":
            clock.move_to(datetime(2027, 3, 15, 7, tzinfo=UTC))
            reminding.ask(spare_since=today(), by=CLERK)
    assert len(sweep(3, 15)) == (why == "asked")
    told = [entry.message for entry in timeline(collection.invoice) if "par courriel" in entry.message]
    assert len(told) == (why == "asked")
    assert bool(sweep(3, 27)) == (why == "asked")


def test_what_a_caller_settles_itself_leaves_no_reminder(sweep):  # noqa: F811
    collection = debited()
    pay_invoice(collection.invoice)
    assert fresh_debit(collection).remind_on is None
