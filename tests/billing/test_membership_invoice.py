"""Accepting a dossier cashes what was held and gives the invoice « acquittée » of the membership."""

from __future__ import annotations

from decimal import Decimal

import pytest

from billing.models import Invoice, Receipt
from billing.settlement import latest_document
from core.dates import today
from core.journal import Actor, timeline
from core.money import euros
from core.transitions import Refused
from membership import payments, workflow
from membership.models import Payment
from notifications.models import Message
from tests.core.threads import at_once
from tests.factories import CLERK, ApplicationFactory, UserFactory, add_pieces, make_operator, pay

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator():
    return make_operator()


def accepted(dossier):
    member = workflow.accept(dossier, by=CLERK)
    dossier.refresh_from_db()
    return member


@pytest.mark.req("M-23", "M-18")
def test_the_invoice_says_what_the_proforma_said_and_is_acquittee(operator, read):
    dossier = ApplicationFactory(complete=True, employees=5)
    assert not Invoice.objects.exists()  # nothing is cashed or invoiced before
    member = accepted(dossier)
    invoice, proforma = dossier.invoice, dossier.proforma
    assert list(Invoice.objects.about(member)) == [invoice]
    for name in ("lines", "net", "vat_rate", "vat", "total"):
        assert getattr(invoice, name) == getattr(proforma, name), name
    assert (invoice.left, invoice.settled_on) == (0, Payment.objects.get().received_on)
    assert (invoice.buyer_name, invoice.buyer["siret"]) == (dossier.establishment.name, dossier.siret)
    text = read(latest_document(invoice))
    for words in ("ACQUITTÉE", member.number, euros(invoice.total), f"Facture {invoice.number}"):
        assert " ".join(words.split()) in text, words
    assert "qui remplace" not in text, "the company never received the copy that this one follows"
    assert not Message.objects.about(invoice).exists()  # the welcome says it all
    welcome = Message.objects.about(dossier).get(dedupe_key=f"accept:{dossier.pk}")
    assert latest_document(invoice) in welcome.documents()


@pytest.mark.req("M-23")
def test_several_payments_are_several_receipts(operator):
    dossier = ApplicationFactory(awaiting=True)
    total = dossier.proforma.total
    pay(dossier, Decimal("100.00"), mode=Payment.Mode.CHEQUE)
    wrong = pay(dossier, Decimal("7.00"))
    payments.cancel_payment(wrong, by=CLERK, reason="Saisi par erreur.")
    pay(dossier, total - 100)
    add_pieces(dossier, accepted=True)
    accepted(dossier)
    received = dossier.invoice.receipts.order_by("amount").values_list("mode", "amount", "reference")
    assert list(received) == [("cheque", Decimal("100.00"), "VIR MOREL"), ("transfer", total - 100, "VIR MOREL")]
    assert set(dossier.payments.values_list("state", flat=True)) == {Payment.State.CASHED, Payment.State.CANCELLED}


@pytest.mark.req("M-23")
def test_a_receipt_names_who_entered_the_payment_and_not_who_accepted(operator):
    marc, nadia = UserFactory(accountant=True), UserFactory(manager=True)
    dossier = ApplicationFactory(awaiting=True)
    money = Payment(mode=Payment.Mode.TRANSFER, amount=dossier.proforma.total, received_on=today())
    payments.record_payment(dossier, money, by=Actor.staff(marc))
    add_pieces(dossier, accepted=True)
    dossier.refresh_from_db()
    workflow.accept(dossier, by=Actor.staff(nadia))
    assert Receipt.objects.get().recorded_by == marc


@pytest.mark.req("M-23")
def test_money_beyond_the_proforma_is_kept_in_sight(operator):
    dossier = ApplicationFactory(awaiting=True)
    pay(dossier, dossier.proforma.total + 15)
    add_pieces(dossier, accepted=True)
    accepted(dossier)
    assert dossier.invoice.excess == Decimal("15.00")
    told = timeline(dossier, staff=True).filter(internal=True).last().message
    assert told.startswith("Trop-perçu de 15,00")
    assert not timeline(dossier).filter(message=told).exists()
    welcome = Message.objects.get(dedupe_key=f"accept:{dossier.pk}")
    assert "Vous avez réglé 15,00" in str(welcome.content["paragraphs"])


@pytest.mark.req("M-17")
def test_a_payment_that_is_not_whole_accepts_and_invoices_nothing(operator):
    dossier = ApplicationFactory(awaiting=True)
    pay(dossier, dossier.proforma.total - 1)
    add_pieces(dossier, accepted=True)
    with pytest.raises(Refused, match="pas complet"):
        workflow.accept(dossier, by=CLERK)
    assert not Invoice.objects.exists()
    assert Payment.objects.get().state == Payment.State.HELD


@pytest.mark.fault("G1", "G2")
@pytest.mark.django_db(transaction=True)
def test_accepted_by_eight_at_once_there_is_one_invoice():
    make_operator()
    dossier = ApplicationFactory(complete=True)
    results = at_once(8, lambda _: workflow.accept(dossier, by=CLERK).number)
    assert sorted(type(result).__name__ for result in results) == ["AlreadyDone"] * 7 + ["str"]
    assert Invoice.objects.count() == Receipt.objects.count() == 1
