"""Money paid too much: carried to another invoice or paid back, once, told to the customer, in one ledger."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from billing import excess
from billing.models import ExcessUse, Invoice, Receipt
from billing.receipts import cancel_receipt
from billing.settlement import latest_document
from core.dates import today
from core.journal import timeline
from core.transitions import AlreadyDone, Refused
from notifications.models import Message
from tests.core.threads import at_once
from tests.factories import MemberFactory, UserFactory, give_access
from tests.factories_billing import (
    BOOKKEEPER,
    carry_excess,
    make_credit,
    make_invoice,
    pay_invoice,
    refund_excess,
    version_of,
)

pytestmark = pytest.mark.django_db
DAY = date(2027, 2, 8)
IBAN = "FR7630006000011234567890189"


@pytest.fixture
def member(db, clock):
    return MemberFactory(left_on=None)


@pytest.fixture
def overpaid(member) -> Invoice:
    """An invoice of 240 € for which 300 € came."""
    invoice = make_invoice(member)
    pay_invoice(invoice, "300.00", allow_excess=True)
    Message.objects.all().delete()
    return invoice


def fresh(invoice: Invoice) -> Invoice:
    return Invoice.objects.get(pk=invoice.pk)


@pytest.mark.req("B-06")
def test_what_becomes_of_it_is_not_told_to_who_answers_no_more(overpaid, member):
    left, boss = UserFactory(email=overpaid.buyer["email"]), UserFactory()
    give_access(left, member, revoked_at=timezone.now())
    give_access(boss, member)
    use = refund_excess(overpaid, "10.00")
    excess.cancel_refund(use, reason="Saisi par erreur", by=BOOKKEEPER)
    carry_excess(overpaid, make_invoice(member, email="direction@morel.example"))
    told = Message.objects.filter(dedupe_key__startswith="excess").order_by("created_at")
    assert [one.to for one in told] == [boss.email, boss.email, boss.email, "direction@morel.example"]


# --- Carried ----------------------------------------------------------------------------------------------------------


@pytest.mark.req("C-07")
def test_an_excess_pays_another_invoice_of_the_customer(overpaid, member):
    other = make_invoice(member)
    use = carry_excess(overpaid, other)
    assert (overpaid.paid, overpaid.excess, overpaid.settled_on) == (Decimal("240.00"), 0, DAY)
    assert (other.paid, other.left, other.settled_on) == (Decimal("60.00"), Decimal("180.00"), None)
    assert (use.receipt.invoice, use.receipt.amount, use.receipt.mode) == (other, Decimal("60.00"), "carried")
    assert timeline(overpaid).last().message.replace("\xa0", " ") == (
        f"Trop-perçu reporté sur la facture {other.number} : 60,00 €."
    )
    assert "Report d’un trop-perçu" in timeline(other).last().message
    mail = Message.objects.get()
    assert (mail.to, mail.documents()) == ("compta@morel.example", [])
    assert "180,00" in mail.content["paragraphs"][0]
    # One ledger: the money received is the money that counts.
    real = Receipt.objects.exclude(mode="carried")
    assert sum(receipt.amount for receipt in real) == fresh(overpaid).paid + fresh(other).paid


def test_an_invoice_that_it_settles_is_sent_acquittee_in_the_same_mail(overpaid, member):
    other = make_invoice(member, lines=[])
    assert other.settled_on  # of nothing: not one to carry to
    small = make_invoice(member)
    pay_invoice(small, "200.00")
    carry_excess(overpaid, small, "40.00")
    assert (small.left, small.settled_on) == (0, DAY)
    assert [mail.documents() for mail in Message.objects.all()] == [[latest_document(small)]]
    assert overpaid.excess == Decimal("20.00")
    assert "Reste 20,00" in timeline(overpaid).last().reason


@pytest.mark.parametrize("case", ["another customer", "settled", "at the bank", "a credit", "itself"])
def test_where_an_excess_cannot_go(overpaid, member, case):
    from tests.factories_sepa import in_file, make_collection, make_mandate

    match case:
        case "another customer":
            other = make_invoice()
        case "settled":
            other = make_invoice(member)
            pay_invoice(other)
        case "at the bank":
            collection = make_collection(make_mandate(member), "120.00")
            in_file(collection)
            other = collection.invoice
        case "a credit":
            other = make_credit(make_invoice(member), "10.00")
        case "itself":
            other = overpaid
    assert other not in excess.open_invoices(overpaid)
    with pytest.raises(Refused, match="choisissez-en une autre"):
        carry_excess(overpaid, other, "10.00")
    assert not ExcessUse.objects.exists()


def test_a_carry_is_undone_by_cancelling_what_the_other_invoice_received(overpaid, member):
    other = make_invoice(member)
    use = carry_excess(overpaid, other)
    cancel_receipt(use.receipt, reason="Ce n’était pas la bonne facture.", by=BOOKKEEPER)
    assert (fresh(overpaid).excess, fresh(other).left) == (Decimal("60.00"), Decimal("240.00"))
    assert "annulé" in timeline(overpaid).last().message
    refund_excess(fresh(overpaid))
    assert fresh(overpaid).excess == 0


# --- Refunded ---------------------------------------------------------------------------------------------------------


@pytest.mark.req("C-07")
def test_an_excess_is_paid_back_and_the_customer_told(overpaid):
    use = refund_excess(overpaid, reference="VIR 2027-14")
    assert (overpaid.excess, overpaid.paid, overpaid.settled_on) == (0, Decimal("240.00"), DAY)
    assert (use.made_on, use.mode, use.iban) == (DAY, "transfer", IBAN)
    with connection.cursor() as cursor:
        cursor.execute("SELECT iban FROM billing_excessuse")
        assert "30006" not in cursor.fetchone()[0]
    mail = Message.objects.get()
    facts = dict(mail.content["facts"])
    assert (mail.to, facts["Référence"]) == ("compta@morel.example", "VIR 2027-14")
    assert facts["Compte crédité"] == use.masked_iban
    assert IBAN[8:16] not in str(mail.content).replace(" ", "")
    assert "Trop-perçu remboursé (Virement)" in timeline(overpaid).last().message
    with pytest.raises(Refused, match="déjà été reporté ou remboursé"):
        refund_excess(overpaid, "60.00")


def test_a_credit_after_the_payment_leaves_money_to_give_back(member):
    invoice = make_invoice(member)
    pay_invoice(invoice)
    make_credit(invoice, "50.00")
    invoice = fresh(invoice)
    assert invoice.excess == Decimal("60.00")
    assert list(Invoice.objects.overpaid()) == [invoice]
    refund_excess(invoice, mode="cheque")
    assert not Invoice.objects.overpaid().exists()
    assert invoice.excess_uses.get().iban == ""  # a cheque goes to no account


def test_what_makes_no_sense_is_refused(overpaid):
    for asked, sentence in [
        ({"amount": "60.01"}, "n’est que de 60,00"),
        ({"amount": "0.00"}, "supérieur à zéro"),
        ({"mode": "debit"}, "par virement, par chèque"),
        ({"mode": "carried"}, "par virement, par chèque"),
        ({"on": DAY + timedelta(days=1)}, "à venir"),
        ({"on": DAY - timedelta(days=1)}, "avant le règlement"),
    ]:
        with pytest.raises(Refused, match=sentence):
            refund_excess(overpaid, **{"amount": "5.00", **asked})
    assert not ExcessUse.objects.exists()


def test_a_refund_entered_by_mistake_is_cancelled_and_told(overpaid):
    use = refund_excess(overpaid)
    excess.cancel_refund(use, reason="Virement revenu, compte clos.", by=BOOKKEEPER)
    assert fresh(overpaid).excess == Decimal("60.00")
    told = Message.objects.get(dedupe_key=f"excess-cancelled:{use.pk}")
    assert "est annulé" in told.subject_line
    with pytest.raises(AlreadyDone):
        excess.cancel_refund(use, reason="Encore.", by=BOOKKEEPER)
    with pytest.raises(Refused, match="Dites pourquoi"):
        excess.cancel_refund(refund_excess(fresh(overpaid)), reason=" ", by=BOOKKEEPER)


def test_money_taken_back_after_its_refund_is_due_again(overpaid):
    """The bank returns what had been paid, after we gave back the excess: the ledger says so, below zero if need be."""
    refund_excess(overpaid)
    cancel_receipt(overpaid.receipts.get(), reason="Chèque sans provision.", by=BOOKKEEPER, taken_back=True)
    again = fresh(overpaid)
    assert (again.paid, again.left, again.settled_on) == (Decimal("-60.00"), Decimal("300.00"), None)
    mail = Message.objects.get(dedupe_key=f"due-again:{overpaid.receipts.get().pk}")
    assert "il reste à régler 300,00\xa0€, dont 60,00\xa0€ déjà remboursés ou reportés." in " ".join(
        mail.content["paragraphs"]
    )
    assert excess.told([overpaid.pk])[overpaid.pk][-1] == (
        "reste 300,00\xa0€ à régler, dont 60,00\xa0€ déjà remboursés ou reportés"
    )


def test_a_receipt_whose_excess_was_given_back_is_not_cancelled_before_that(overpaid, member):
    other = make_invoice(member)
    carried, refunded = carry_excess(overpaid, other, "40.00"), refund_excess(fresh(overpaid), "20.00")
    receipt = overpaid.receipts.get()
    first = f"d’abord le report de 40,00\xa0€ sur {other.number}, le remboursement de 20,00\xa0€"
    with pytest.raises(Refused, match=first):
        cancel_receipt(receipt, reason="Erreur.", by=BOOKKEEPER)
    excess.cancel_carry(carried, reason="Erreur.", by=BOOKKEEPER)
    assert (fresh(overpaid).excess, fresh(other).left) == (Decimal("40.00"), Decimal("240.00"))
    with pytest.raises(AlreadyDone):
        excess.cancel_carry(carried, reason="Encore.", by=BOOKKEEPER)
    with pytest.raises(Refused, match="remboursé, et non reporté"):
        excess.cancel_carry(refunded, reason="Erreur.", by=BOOKKEEPER)
    excess.cancel_refund(refunded, reason="Erreur.", by=BOOKKEEPER)
    cancel_receipt(receipt, reason="Erreur.", by=BOOKKEEPER)
    assert (fresh(overpaid).paid, fresh(overpaid).left) == (0, Decimal("240.00"))


def test_a_second_receipt_that_the_excess_does_not_rest_on_is_cancelled(overpaid):
    pay_invoice(overpaid, "60.00", allow_excess=True)
    refund_excess(overpaid, "60.00")
    cancel_receipt(overpaid.receipts.get(amount="60.00"), reason="Erreur.", by=BOOKKEEPER)
    assert fresh(overpaid).balance == 0


# --- Once -------------------------------------------------------------------------------------------------------------


@pytest.mark.fault("G1")
def test_the_same_form_sent_twice_is_one_use(overpaid, member):
    other, key, seen = make_invoice(member), uuid4(), version_of(overpaid)
    first = refund_excess(overpaid, "20.00", key=key, seen=seen)
    assert refund_excess(overpaid, "20.00", key=key, seen=seen) == first
    key, seen = uuid4(), version_of(overpaid)
    carried = carry_excess(overpaid, other, "20.00", key=key, seen=seen)
    assert carry_excess(overpaid, other, "20.00", key=key, seen=seen) == carried
    assert overpaid.excess == Decimal("20.00")
    with pytest.raises(AlreadyDone, match="autre facture"):
        refund_excess(other, "1.00", key=key)


@pytest.mark.fault("G3")
def test_of_two_who_had_the_same_page_the_second_is_told(overpaid, member):
    seen = version_of(overpaid)
    refund_excess(overpaid, "20.00", seen=seen)
    with pytest.raises(AlreadyDone, match="Marc Roche"):
        carry_excess(overpaid, make_invoice(member), "20.00", seen=seen)


@pytest.mark.fault("G2", "G3")
@pytest.mark.django_db(transaction=True)
def test_of_eight_who_carry_and_refund_at_once_one_wins():
    member = MemberFactory(left_on=None)
    invoice, other = make_invoice(member), make_invoice(member)
    pay_invoice(invoice, "300.00", allow_excess=True)

    def use(number: int) -> ExcessUse:
        mine = fresh(invoice)
        return refund_excess(mine, "60.00") if number % 2 else carry_excess(mine, fresh(other), "60.00")

    results = at_once(8, use)
    assert sorted(type(result).__name__ for result in results) == ["ExcessUse"] + ["Refused"] * 7
    assert fresh(invoice).paid == Decimal("240.00")
    assert fresh(invoice).paid + fresh(other).paid + refunded() == Decimal("300.00")


@pytest.mark.fault("G2")
@pytest.mark.django_db(transaction=True)
def test_two_who_carry_from_one_to_the_other_do_not_wait_for_each_other():
    """Each has an excess and, once a receipt is cancelled, something due: whatever happens, no deadlock."""
    member = MemberFactory(left_on=None)
    first, second = make_invoice(member), make_invoice(member)
    pay_invoice(first, "300.00", allow_excess=True)
    results = at_once(8, lambda n: carry_excess(*(map(fresh, (first, second) if n % 2 else (second, first))), "10.00"))
    names = sorted(type(result).__name__ for result in results)
    assert names == ["ExcessUse"] * 4 + ["Refused"] * 4


def refunded() -> Decimal:
    return sum((use.amount for use in ExcessUse.objects.filter(kind="refunded")), Decimal("0.00"))


def test_the_database_itself_refuses_what_is_neither(overpaid):
    with pytest.raises(IntegrityError), transaction.atomic():
        ExcessUse.objects.create(invoice=overpaid, kind="carried", amount=Decimal("1.00"), made_on=today())


def test_a_carry_is_told_to_who_paid_too_much_and_to_who_declared_each_once(overpaid, member):
    """The second invoice was declared by an accountant: the employer reads what became of his money all the same."""
    carry_excess(overpaid, make_invoice(member, email="expert@cabinet.example"), "20.00")
    assert sorted(Message.objects.values_list("to", flat=True)) == ["compta@morel.example", "expert@cabinet.example"]
    Message.objects.all().delete()
    carry_excess(overpaid, make_invoice(member, email="Compta@Morel.example"), "20.00")
    assert Message.objects.values_list("to", flat=True).get() == "compta@morel.example"
    Message.objects.all().delete()
    carry_excess(overpaid, make_invoice(member, email=""), "20.00")
    assert Message.objects.values_list("to", flat=True).get() == "compta@morel.example"
