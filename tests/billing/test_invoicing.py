"""Invoices and credit notes: numbers without a hole, amounts to the cent, documents that never change."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from billing.invoicing import Line, issue_credit, issue_invoice
from billing.models import Invoice
from billing.settlement import latest_document
from core.journal import timeline
from core.transitions import Refused
from tests.core.threads import at_once
from tests.factories import MemberFactory
from tests.factories_billing import BOOKKEEPER, make_buyer, make_credit, make_invoice, pay_invoice

pytestmark = pytest.mark.django_db


@pytest.mark.req("C-07")
def test_an_invoice_freezes_whom_what_and_how_much(clock):
    member = MemberFactory(left_on=None)
    invoice = make_invoice(member, mode="transfer")
    invoice.refresh_from_db()
    assert invoice.number == invoice.reference == "F2027-000001"
    assert (invoice.net, invoice.vat, invoice.total) == (Decimal("200.00"), Decimal("40.00"), Decimal("240.00"))
    assert invoice.lines == [{"label": "Suivi simple (SI)", "quantity": 2, "unit": "100.00", "amount": "200.00"}]
    assert (invoice.issued_on, invoice.due_on) == (date(2027, 2, 8), date(2027, 3, 10))
    assert list(Invoice.objects.about(member)) == [invoice]
    assert latest_document(invoice) == invoice.document
    assert timeline(invoice).get().message.startswith("Facture émise")


@pytest.mark.req("C-07")
def test_credits_and_invoices_share_one_sequence_that_starts_again_with_the_year(clock):
    invoice = make_invoice()
    credit = make_credit(invoice)
    assert [invoice.number, credit.number] == ["F2027-000001", "F2027-000002"]
    clock.move_to(datetime(2028, 1, 3, 9, tzinfo=ZoneInfo("Europe/Paris")))
    assert make_invoice().number == "F2028-000001"


@pytest.mark.fault("H1")
def test_the_year_of_a_number_is_that_of_paris(clock):
    clock.move_to(datetime(2027, 12, 31, 23, 59, 59, tzinfo=ZoneInfo("Europe/Paris")))
    late = make_invoice()
    clock.move_to(datetime(2028, 1, 1, 0, 0, 1, tzinfo=ZoneInfo("Europe/Paris")))
    early = make_invoice()
    assert [late.number, early.number] == ["F2027-000001", "F2028-000001"]
    assert [late.issued_on, early.issued_on] == [date(2027, 12, 31), date(2028, 1, 1)]


@pytest.mark.req("C-07")
def test_a_credit_reduces_what_is_due_and_names_what_it_corrects(clock):
    invoice = make_invoice()
    credit = make_credit(invoice, "50.00")
    assert (credit.kind, credit.corrects, credit.total) == (Invoice.Kind.CREDIT, invoice, Decimal("60.00"))
    assert (invoice.credited, invoice.left) == (Decimal("60.00"), Decimal("180.00"))
    assert credit.left == 0
    make_credit(invoice, "150.00")
    assert (invoice.left, invoice.settled_on) == (0, date(2027, 2, 8))
    assert not Invoice.objects.unsettled().exists()


@pytest.mark.req("C-07")
def test_a_credit_on_a_paid_invoice_is_owed_to_the_customer(clock):
    invoice = make_invoice()
    pay_invoice(invoice)
    make_credit(invoice, "100.00")
    assert (invoice.balance, invoice.left, invoice.excess) == (Decimal("-120.00"), 0, Decimal("120.00"))
    assert invoice.settled_on == date(2027, 2, 8)


def test_credits_never_pass_the_invoice_nor_correct_a_credit(clock):
    invoice = make_invoice()
    credit = make_credit(invoice, "150.00")
    with pytest.raises(Refused, match="dépasse ce qui reste facturé"):
        make_credit(invoice, "50.01")
    with pytest.raises(Refused, match="pas un autre avoir"):
        make_credit(credit, "1.00")
    with pytest.raises(Refused, match="supérieur à zéro"):
        make_credit(invoice, "0.00")
    assert Invoice.objects.count() == 2
    assert make_invoice().number == "F2027-000003"  # what was refused took no number


def test_an_invoice_of_nothing_is_settled_from_the_start(clock):
    invoice = make_invoice(lines=[Line("Aucun salarié", 0, Decimal("98.00"))])
    assert (invoice.total, invoice.settled_on) == (0, date(2027, 2, 8))
    assert invoice.document.snapshot["code"] == ""


def test_an_invoice_below_zero_is_a_programming_error(clock):
    with pytest.raises(ValueError, match="issue_credit"):
        make_invoice(lines=[Line("Trop", -1, Decimal("5.00"))])


@pytest.mark.django_db(transaction=True)
def test_an_invoice_outside_a_transaction_is_a_programming_error():
    day = date(2027, 1, 1)
    with pytest.raises(RuntimeError, match="transaction"):
        issue_invoice(
            subject=MemberFactory(), buyer=make_buyer(), title="x", lines=[], vat_rate=Decimal(20),
            service_from=day, service_to=day, due_on=day,
        )  # fmt: skip
    assert not Invoice.objects.exists()


class GivenUp(Exception):
    """What the caller was doing failed after its invoice was issued."""


@pytest.mark.req("C-07")
@pytest.mark.fault("G2", "G16")
@pytest.mark.django_db(transaction=True)
def test_eight_at_once_leave_no_hole_and_no_double():
    """A third of the transactions are rolled back, some are credits: their numbers go to others."""
    member = MemberFactory(left_on=None)
    corrected = make_invoice(member)

    def work(writer: int) -> None:
        for turn in range(3):
            try:
                with transaction.atomic():
                    if writer == 0:
                        issue_credit(
                            corrects=corrected, lines=[Line("Erreur", 1, Decimal("1.00"))], title="x", by=BOOKKEEPER
                        )
                    else:
                        make_invoice(member)
                    if (writer + turn) % 3 == 0:
                        raise GivenUp
            except GivenUp:
                continue

    assert at_once(8, work) == [None] * 8
    numbers = sorted(Invoice.objects.values_list("number", flat=True))
    assert numbers == [f"F{corrected.issued_on.year}-{rank:06d}" for rank in range(1, 18)]
    corrected.refresh_from_db()
    assert corrected.credited == sum(credit.total for credit in corrected.corrections.all())
