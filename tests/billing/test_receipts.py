"""Money received: recorded once, never more than due by mistake, « acquittée » and back."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from billing.models import Receipt
from billing.receipts import Excess, Money, cancel_receipt, cashed
from billing.settlement import latest_document
from core.dates import today
from core.journal import timeline
from core.transitions import AlreadyDone, Refused
from documents.models import Document
from notifications.models import Message
from tests.core.threads import at_once
from tests.factories_billing import BOOKKEEPER, make_credit, make_invoice, pay_invoice, version_of

pytestmark = pytest.mark.django_db
DAY = date(2027, 2, 8)


@pytest.mark.req("C-07", "M-23", "D-18")
@pytest.mark.parametrize("mode", ["transfer", "cheque", "debit"])
def test_paid_in_full_the_document_says_acquittee_and_the_customer_is_told(clock, mode):
    invoice = make_invoice()
    pay_invoice(invoice, "40.00", mode=mode)
    assert (invoice.left, invoice.settled_on) == (Decimal("200.00"), None)
    assert latest_document(invoice) == invoice.document
    assert not Message.objects.exists()
    pay_invoice(invoice, mode=mode, received_on=DAY - timedelta(days=2))
    invoice.refresh_from_db()
    assert (invoice.paid, invoice.left, invoice.settled_on) == (
        Decimal("240.00"),
        0,
        DAY,
    )
    paid = latest_document(invoice)
    assert (paid.version, paid.replaces, paid.number) == (2, invoice.document, invoice.number)
    assert paid.snapshot["settled"] == "Acquittée le 8 février 2027"
    changed = {"settled", "settled_how", "code"}
    same = {name: value for name, value in paid.snapshot.items() if name not in changed}
    assert same == {name: value for name, value in invoice.document.snapshot.items() if name not in changed}
    mail = Message.objects.get()
    assert (mail.to, mail.documents()) == ("compta@morel.example", [paid])
    assert timeline(invoice).last().message == "Facture acquittée le 8 février 2027."


@pytest.mark.req("C-07")
def test_more_than_due_takes_a_confirmation(clock):
    invoice = make_invoice()
    with pytest.raises(Excess, match="il reste 240,00"):
        pay_invoice(invoice, "240.01")
    assert not Receipt.objects.exists()
    pay_invoice(invoice, "250.00", allow_excess=True)
    assert (invoice.excess, invoice.settled_on) == (Decimal("10.00"), DAY)
    assert "10,00" in Message.objects.get().content["after"][0]
    with pytest.raises(Excess, match="plus rien à régler"):
        pay_invoice(invoice, "1.00")


@pytest.mark.fault("G1")
def test_the_same_form_sent_twice_is_one_receipt(clock):
    invoice, key = make_invoice(), uuid4()
    first = pay_invoice(invoice, "100.00", key=key, seen=version_of(invoice))
    again = pay_invoice(invoice, "100.00", key=key, seen=1)
    assert first.pk == again.pk == Receipt.objects.get().pk
    assert invoice.left == Decimal("140.00")
    with pytest.raises(AlreadyDone, match="autre facture"):
        pay_invoice(make_invoice(), "100.00", key=key)


@pytest.mark.fault("G3")
def test_of_two_who_enter_the_same_cheque_the_second_is_told(clock):
    invoice = make_invoice()
    seen = version_of(invoice)
    pay_invoice(invoice, "100.00", key=uuid4(), seen=seen)
    with pytest.raises(AlreadyDone, match="déjà été traitée par Marc Roche"):
        pay_invoice(invoice, "100.00", key=uuid4(), seen=seen)
    assert Receipt.objects.count() == 1


@pytest.mark.fault("G2")
@pytest.mark.django_db(transaction=True)
def test_eight_clicks_at_once_are_one_receipt():
    invoice, key = make_invoice(), uuid4()
    made = at_once(8, lambda _: pay_invoice(invoice, "240.00", key=key).pk)
    assert made == [key] * 8
    assert Receipt.objects.count() == 1
    assert Document.objects.about(invoice).count() == 2
    assert Message.objects.count() == 1


@pytest.mark.fault("G2")
@pytest.mark.django_db(transaction=True)
def test_eight_people_at_once_never_pass_what_is_due():
    invoice = make_invoice()
    results = at_once(8, lambda _: pay_invoice(make_again(invoice), "100.00"))
    assert sorted(type(result).__name__ for result in results) == ["Excess"] * 6 + ["Receipt"] * 2
    invoice.refresh_from_db()
    assert invoice.paid == Decimal("200.00")


def make_again(invoice):
    return type(invoice).objects.get(pk=invoice.pk)


@pytest.mark.req("C-07")
def test_a_cancelled_receipt_reopens_the_invoice_and_its_document(clock):
    invoice = make_invoice()
    receipt = pay_invoice(invoice)
    cancel_receipt(receipt, reason="Chèque sans provision.", by=BOOKKEEPER)
    invoice.refresh_from_db()
    assert (invoice.paid, invoice.left, invoice.settled_on) == (0, Decimal("240.00"), None)
    last = latest_document(invoice)
    assert (last.version, last.snapshot) == (3, invoice.document.snapshot)
    assert [message.subject_line for message in Message.objects.order_by("created_at")] == [
        "Votre facture F2027-000001 est acquittée",
        "Votre facture F2027-000001 est de nouveau à régler",
    ]
    with pytest.raises(AlreadyDone, match="déjà été annulé"):
        cancel_receipt(receipt, reason="Encore.", by=BOOKKEEPER)
    pay_invoice(invoice)
    assert latest_document(invoice).version == 4


def test_a_cancellation_says_why(clock):
    receipt = pay_invoice(make_invoice(), "10.00")
    with pytest.raises(Refused, match="Dites pourquoi"):
        cancel_receipt(receipt, reason="  ", by=BOOKKEEPER)
    receipt.refresh_from_db()
    assert receipt.cancelled_at is None


def test_what_makes_no_sense_is_refused(clock):
    invoice = make_invoice()
    credit = make_credit(invoice, "10.00")
    for asked, sentence in [
        ({"amount": "0.00"}, "supérieur à zéro"),
        ({"amount": "-5"}, "supérieur à zéro"),
        ({"received_on": today() + timedelta(days=1)}, "à venir"),
        ({"received_on": invoice.issued_on - timedelta(days=61)}, "trop ancien pour ce règlement"),
        ({"received_on": date(1900, 1, 1)}, "Vérifiez l’année"),
    ]:
        with pytest.raises(Refused, match=sentence):
            pay_invoice(invoice, **{"amount": "5.00", **asked})
    with pytest.raises(Refused, match="avoir ne se règle pas"):
        pay_invoice(credit, "5.00")
    assert not Receipt.objects.exists()
    assert pay_invoice(invoice, "5.00", received_on=invoice.issued_on - timedelta(days=60)).pk


def test_the_database_itself_refuses_a_cancellation_without_reason(clock):
    receipt = pay_invoice(make_invoice(), "10.00")
    with pytest.raises((IntegrityError, ValidationError)), transaction.atomic():
        Receipt.objects.filter(pk=receipt.pk).update(cancelled_at="2027-02-08T10:00:00Z")


def test_a_caller_that_writes_its_own_mail_may_keep_ours_back(clock):
    invoice = make_invoice()
    receipt = cashed(invoice, Money("transfer", invoice.left, DAY), by=BOOKKEEPER, recorded_by=None)
    cancel_receipt(receipt, reason="Rejet.", by=BOOKKEEPER, tell=False)
    assert not Message.objects.exists()


def test_without_an_address_nobody_is_written_to(clock):
    pay_invoice(make_invoice(email=""))
    assert not Message.objects.exists()
