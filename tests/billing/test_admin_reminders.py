"""« Relancer les impayés »: staff remind of all that is late, after having read how many and what."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing import collections
from billing.models import Invoice
from core import deadlines
from core.dates import today
from core.journal import timeline
from notifications.models import Message
from tests.factories import UserFactory, sign_in
from tests.factories_billing import make_invoice, pay_invoice
from tests.factories_sepa import CLERK, make_collection
from tests.reading import plain

pytestmark = [pytest.mark.django_db, pytest.mark.req("B-03")]


@pytest.fixture
def url() -> str:
    return reverse("admin:billing_invoice_remind")


@pytest.fixture
def accountant(clock) -> Client:
    client = Client()
    sign_in(client, UserFactory(accountant=True))
    return client


def late(days: int = 40, **changes: object) -> Invoice:
    """An invoice that has been due for so many days."""
    return make_invoice(**{"due_on": today() - timedelta(days=days), "mode": "transfer", **changes})


def sweep() -> list[str]:
    """The subjects of the reminders that it sends."""
    known = set(Message.objects.values_list("pk", flat=True))
    deadlines.run(timezone.now())
    sent = Message.objects.filter(dedupe_key__startswith="invoice-reminder:").exclude(pk__in=known)
    return [plain(message.subject_line) for message in sent.order_by("created_at")]


def test_staff_read_how_many_and_what_then_remind_of_all(accountant, url):
    invoice, cheque = late(), late(10, mode="cheque")
    listed = accountant.get(reverse("admin:billing_invoice_changelist")).text
    assert url in listed
    page = accountant.get(url).text
    assert "2 factures à relancer" in page
    assert f"Facture {invoice.number} impayée" in page
    assert accountant.post(url, {"sauf": "7"}).url.endswith("?etat=late")
    assert len(sweep()) == 2
    assert sweep() == []
    said = [entry.message for entry in timeline(cheque, staff=True)]
    assert said[-2:] == ["Relance demandée.", "Relance envoyée par courriel à 1 personne."]


def test_the_second_click_reminds_nobody_twice(accountant, url):
    late()
    assert accountant.post(url, {"sauf": "7"}).status_code == 302
    again = accountant.post(url, {"sauf": "7"})
    assert again.status_code == 409
    assert "Il n’y a aucune facture à relancer" in again.text
    assert len(sweep()) == 1
    assert accountant.post(url, {"sauf": "1"}).status_code == 409, "reminded of today"


def test_what_was_reminded_of_lately_is_spared(accountant, url, clock):
    late()
    accountant.post(url, {"sauf": "7"})
    sweep()
    clock.move_to(datetime(2027, 2, 11, 9, tzinfo=UTC))
    sign_in(accountant, UserFactory(accountant=True))  # sessions do not last so long
    assert "Aucune facture à relancer" in accountant.get(url, {"sauf": "7"}).text
    assert "1 facture à relancer" in accountant.get(url, {"sauf": "3"}).text
    accountant.post(url, {"sauf": "3"})
    assert len(sweep()) == 1


def test_the_calendar_goes_on_after_it(accountant, url, clock):
    invoice = late(5)
    accountant.post(url, {"sauf": "7"})
    assert len(sweep()) == 1
    invoice.refresh_from_db()
    assert invoice.remind_on == date(2027, 2, 18)


def test_nothing_paid_to_be_debited_or_hardly_late_is_reminded_of(accountant, url):
    paid = late()
    pay_invoice(paid)
    late(mode="debit")
    late(2)
    make_invoice()
    debited = make_collection().invoice
    Invoice.objects.filter(pk=debited.pk).update(due_on=today() - timedelta(days=9))
    assert "Aucune facture à relancer" in accountant.get(url).text
    assert accountant.post(url, {"sauf": "1"}).status_code == 409
    assert sweep() == []


def test_one_whose_debit_was_lost_is_reminded_of(accountant, url):
    """It was told to pay by transfer, and stays one « à prélever »."""
    lost = make_collection()
    collections.cancel(lost, by=CLERK, reason="Compte clos.")
    Invoice.objects.filter(pk=lost.invoice_id).update(due_on=today() - timedelta(days=9), mode="debit")
    assert "1 facture à relancer" in accountant.get(url).text
    accountant.post(url, {"sauf": "1"})
    assert [subject.partition(" ")[0] for subject in sweep()] == ["Facture"]


def test_paid_between_the_click_and_the_sweep_it_is_left_alone(accountant, url):
    invoice = late()
    accountant.post(url, {"sauf": "7"})
    pay_invoice(invoice)
    assert sweep() == []


def test_only_who_handles_money_may(clock, url):
    client = Client()
    sign_in(client, UserFactory(manager=True))
    assert client.get(url).status_code == 403
    assert client.post(url, {"sauf": "7"}).status_code == 403
    assert url not in client.get(reverse("admin:billing_invoice_changelist")).text


def test_an_answer_that_cannot_be_is_refused(accountant, url):
    assert accountant.get(url, {"sauf": "999"}).status_code == 422
