"""What we invoiced ourselves holds a company back as what the accounting system told of does (M-10, M-11)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from core import deadlines
from core.dates import today
from core.models import JournalEntry
from core.transitions import Refused
from membership import workflow
from membership.models import Member, UnpaidInvoice
from membership.states import Queue
from membership.unpaid import how_many, unpaid_invoices
from notifications.models import Message
from tests.factories import CLERK, ApplicationFactory, MemberFactory, UnpaidInvoiceFactory, make_operator
from tests.factories_billing import make_invoice, pay_invoice

pytestmark = pytest.mark.django_db


@pytest.fixture
def dossier():
    """A company that was a member before asks to join again."""
    make_operator()
    return ApplicationFactory(submitted=True)


@pytest.fixture
def former(dossier):
    return MemberFactory(siret=f"{dossier.siret[:9]}00099")


@pytest.mark.req("M-10", "M-11")
def test_an_overdue_invoice_of_ours_holds_the_dossier_and_its_payment_takes_it_up_again(dossier, former):
    invoice = make_invoice(former, due_on=today() - timedelta(days=1))
    assert [(one.number, one.amount) for one in unpaid_invoices(dossier)] == [(invoice.number, invoice.total)]
    with pytest.raises(Refused, match="1 facture impayée"):
        workflow.send_proforma(dossier, by=CLERK)
    held = workflow.hold_for_unpaid(dossier, by=CLERK)
    assert held.queue == Queue.COMPANY
    assert invoice.number in str(Message.objects.get(dedupe_key__startswith=f"unpaid:{dossier.pk}").content)

    assert deadlines.run(timezone.now())["unpaid-settled"] == 0
    pay_invoice(invoice)
    assert deadlines.run(timezone.now())["unpaid-settled"] == 1
    held.refresh_from_db()
    assert held.queue == Queue.CHECK
    assert JournalEntry.objects.about(held).filter(message="Factures passées réglées.").count() == 1
    assert deadlines.run(timezone.now())["unpaid-settled"] == 0


@pytest.mark.req("M-10")
def test_an_invoice_not_due_yet_or_of_another_company_holds_nobody(dossier, former):
    make_invoice(former, due_on=today())
    make_invoice(MemberFactory(), due_on=today() - timedelta(days=40))
    assert unpaid_invoices(dossier) == []


@pytest.mark.req("M-11")
def test_both_kinds_have_to_be_paid(dossier, former):
    known = UnpaidInvoiceFactory(member=former)
    ours = make_invoice(former, due_on=today() - timedelta(days=1))
    assert {one.number for one in unpaid_invoices(dossier)} == {known.number, ours.number}
    workflow.hold_for_unpaid(dossier, by=CLERK)
    pay_invoice(ours)
    assert deadlines.run(timezone.now())["unpaid-settled"] == 0
    UnpaidInvoice.objects.update(paid_on=today())
    assert deadlines.run(timezone.now())["unpaid-settled"] == 1


@pytest.mark.req("M-10")
def test_both_kinds_are_counted_for_a_list_of_members(dossier, former):
    UnpaidInvoiceFactory.create_batch(2, member=former)
    UnpaidInvoiceFactory(member=former, paid_on=today())
    make_invoice(former, due_on=today() - timedelta(days=1))
    make_invoice(former, due_on=today())
    up_to_date = MemberFactory()
    pay_invoice(make_invoice(up_to_date, due_on=today() - timedelta(days=1)))
    counts = dict(Member.objects.annotate(n=how_many()).values_list("pk", "n"))
    assert counts == {former.pk: 3, up_to_date.pk: 0}
