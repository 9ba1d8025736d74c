"""Whatever settles an invoice, or makes less or more of it due, its planned debit follows."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from billing import collections, excess, pain008
from billing.models import Collection, CollectionFile, ExcessUse, Invoice
from billing.receipts import cancel_receipt
from core.dates import today
from core.transitions import AlreadyDone
from notifications.models import Message
from tests.core.threads import at_once, somebody_waits
from tests.factories_billing import carry_excess, make_invoice, pay_invoice, refund_excess
from tests.factories_sepa import CLERK, make_collection, make_mandate
from tests.harness.processes import wait_until

pytestmark = pytest.mark.django_db


def refund(invoice: Invoice) -> ExcessUse:
    return refund_excess(invoice)


def carry(invoice: Invoice) -> ExcessUse:
    return carry_excess(invoice, make_invoice(invoice.subject))


def undo(use: ExcessUse) -> None:
    if use.is_refund:
        excess.cancel_refund(use, reason="Virement revenu.", by=CLERK)
    else:
        excess.cancel_carry(use, reason="Mauvaise facture.", by=CLERK)


def debited_after(give: Callable[[Invoice], ExcessUse], excess_of: str) -> tuple[Collection, ExcessUse]:
    """An invoice of 240 € paid twice over in part, whose excess was given back before the bank took the first payment
    away: what is due of it again is to be debited."""
    mandate = make_mandate()
    invoice = make_invoice(mandate.subject)
    lost = pay_invoice(invoice)
    pay_invoice(invoice, excess_of, allow_excess=True)
    use = give(invoice)
    cancel_receipt(lost, reason="Impayé.", by=CLERK, taken_back=True)
    return collections.plan(invoice, mandate, today() + timedelta(days=30), by=CLERK), use


@pytest.mark.req("D-18")
@pytest.mark.parametrize("give", [refund, carry])
def test_what_was_given_back_and_comes_back_settles_and_the_debit_is_given_up(give):
    collection, use = debited_after(give, "240.00")
    assert collection.amount == Decimal("240.00")
    undo(use)
    collection.refresh_from_db()
    assert collection.invoice.settled_on
    assert collection.state == Collection.State.CANCELLED
    assert Message.objects.filter(dedupe_key=f"collection-cancelled:{collection.pk}").exists()


@pytest.mark.req("D-18")
@pytest.mark.parametrize("give", [refund, carry])
def test_what_comes_back_in_part_lessens_the_debit(give):
    collection, use = debited_after(give, "60.00")
    assert collection.amount == Decimal("240.00")
    undo(use)
    collection.refresh_from_db()
    assert (collection.state, collection.amount) == (Collection.State.PLANNED, Decimal("180.00"))
    assert ["Montant", "180,00\u00a0€"] in collection.notice.content["facts"]


def test_a_day_of_which_nothing_is_due_any_more_does_not_wait_for_ever():
    collection = make_collection(amount="120.00")
    Invoice.objects.filter(pk=collection.invoice_id).update(paid=Decimal("120.00"), settled_on=today())
    with pytest.raises(AlreadyDone, match="sont réglées"):
        pain008.make_file(collection.collects_on, by=CLERK)
    collection.refresh_from_db()
    assert collection.state == Collection.State.CANCELLED
    assert Message.objects.filter(dedupe_key=f"collection-cancelled:{collection.pk}").exists()
    assert not CollectionFile.objects.exists()


@pytest.mark.fault("G2")
@pytest.mark.django_db(transaction=True)
def test_a_file_that_waited_for_who_cancels_a_payment_debits_all_that_is_due_again():
    collection = make_collection(amount="120.00")
    receipt = pay_invoice(collection.invoice, "20.00")
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            cancel_receipt(receipt, reason="Erreur.", by=CLERK)
            made = pool.submit(at_once, 1, lambda _: pain008.make_file(collection.collects_on, by=CLERK))
            wait_until(lambda: made.done() or somebody_waits())
        (file,) = made.result()
    assert file.total == Decimal("120.00")
