"""Debits: announced, sent to the bank once, collected, returned."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine

from billing import collections, mandates, pain008, receipts, returns
from billing.collection_days import bank_day, collection_day
from billing.models import Collection, CollectionFile, Mandate, Receipt
from billing.models.invoice import Mode
from core.dates import today
from core.transitions import AlreadyDone, Refused
from notifications.models import Message
from tests.core.threads import at_once
from tests.factories import MemberFactory
from tests.factories_billing import make_credit, make_invoice, pay_invoice
from tests.factories_sepa import CLERK, in_file, make_collection, make_mandate

pytestmark = pytest.mark.django_db


def collected(collection: Collection) -> Collection:
    """Sent, its day come, marked."""
    file = in_file(collection)
    with time_machine.travel(f"{collection.collects_on}T12:00:00+01:00"):
        collections.mark_collected(file, by=CLERK)
    collection.refresh_from_db()
    return collection


@pytest.mark.parametrize(
    ("day", "settles"),
    [
        ("2027-03-26", "2027-03-30"),  # Good Friday, the weekend, Easter Monday
        ("2026-05-01", "2026-05-04"),
        ("2026-07-14", "2026-07-14"),  # a French holiday on which banks settle
        ("2026-12-25", "2026-12-28"),
        ("2026-12-31", "2026-12-31"),
        ("2027-01-01", "2027-01-04"),
    ],
)
@pytest.mark.fault("H1")
def test_debits_are_made_on_days_of_target(day, settles):
    assert bank_day(date.fromisoformat(day)) == date.fromisoformat(settles)


def test_never_sooner_than_the_notice_allows(settings):
    announced = date(2026, 11, 25)
    assert collection_day(date(2026, 11, 26), announced) == date(2026, 12, 9)
    assert collection_day(date(2027, 1, 5), announced) == date(2027, 1, 5)
    settings.PRENOTIFICATION_DAYS = 5
    assert collection_day(date(2026, 11, 26), announced) == date(2026, 11, 30)


@pytest.mark.req("D-18")
def test_a_planned_debit_is_announced_with_all_that_the_scheme_asks():
    collection = make_collection(amount="1382.76")
    facts = dict(collection.notice.content["facts"])
    assert facts["Identifiant créancier (ICS)"] == "FR53ZZZ999999"
    assert facts["Référence du mandat (RUM)"] == collection.mandate.rum
    assert facts["Montant"] == "1\u202f382,76\u00a0€"
    assert facts["Compte prélevé"] == "FR76 •••• 0189"
    assert collection.notice.to == collection.mandate.email


@pytest.mark.fault("G1")
def test_an_invoice_is_planned_once():
    collection = make_collection()
    with pytest.raises(AlreadyDone, match="déjà prévu"):
        collections.plan(collection.invoice, collection.mandate, today(), by=CLERK)


def test_only_what_is_due_by_a_mandate_in_force_is_planned():
    mandate = make_mandate()
    with pytest.raises(Refused, match="pas celle du titulaire"):
        collections.plan(make_invoice(), mandate, today(), by=CLERK)
    paid = make_invoice(mandate.subject)
    pay_invoice(paid)
    with pytest.raises(Refused, match="rien à régler"):
        collections.plan(paid, mandate, today(), by=CLERK)
    mandates.revoke(mandate, by=CLERK)
    with pytest.raises(Refused, match="pas en vigueur"):
        collections.plan(make_invoice(mandate.subject), mandate, today(), by=CLERK)


@pytest.mark.fault("G2")
@pytest.mark.django_db(transaction=True)
def test_of_eight_makers_of_one_file_one_wins():
    mandate = make_mandate()
    day = {make_collection(mandate, amount).collects_on for amount in ("10.00", "20.00", "30.00")}.pop()
    results = at_once(8, lambda _: pain008.make_file(day, by=CLERK))
    assert sum(isinstance(result, CollectionFile) for result in results) == 1
    assert sum(isinstance(result, AlreadyDone) for result in results) == 7
    assert CollectionFile.objects.get().lines.count() == 3


@pytest.mark.fault("G1")
def test_a_collection_is_in_one_file_and_the_file_never_changes():
    collection = make_collection()
    file = in_file(collection)
    with pytest.raises(AlreadyDone):
        pain008.make_file(collection.collects_on, by=CLERK)
    later = make_collection(collection.mandate, "33.00")
    assert later.collects_on == collection.collects_on
    second = in_file(later)
    assert second.lines.get() == later
    assert file.lines.get() == collection
    file.total = Decimal("1.00")
    with pytest.raises(TypeError, match="never changes"):
        file.save()


def test_what_was_paid_meanwhile_is_not_debited_a_second_time():
    mandate = make_mandate()
    paid, part, whole = (make_collection(mandate, amount) for amount in ("40.00", "50.00", "60.00"))
    pay_invoice(paid.invoice)
    pay_invoice(part.invoice, "20.00")
    file = pain008.make_file(paid.collects_on, by=CLERK)
    for collection in (paid, part, whole):
        collection.refresh_from_db()
    assert paid.state == Collection.State.CANCELLED
    assert Message.objects.filter(dedupe_key=f"collection-cancelled:{paid.pk}").exists()
    assert (part.amount, whole.amount, file.total) == (Decimal("30.00"), Decimal("60.00"), Decimal("90.00"))


@pytest.mark.req("D-18")
@pytest.mark.parametrize("same", [True, False], ids=["one address", "another address"])
def test_paid_otherwise_the_planned_debit_is_given_up_and_told_once(same):
    """In the mail of the settlement; or in one of its own, when the debit was announced to somebody else."""
    mandate = make_mandate()
    invoice = make_invoice(mandate.subject, email=mandate.email.upper() if same else "compta@morel.example")
    collection = collections.plan(invoice, mandate, today() + timedelta(days=30), by=CLERK)
    before = set(Message.objects.values_list("pk", flat=True))
    pay_invoice(invoice, "10.00")
    collection.refresh_from_db()
    assert collection.state == Collection.State.PLANNED
    pay_invoice(invoice)
    collection.refresh_from_db()
    assert collection.state == Collection.State.CANCELLED
    mails = Message.objects.exclude(pk__in=before)
    told = [mail for mail in mails if "n’aura pas lieu" in str(mail.content) and mail.to.lower() == mandate.email]
    assert len(told) == 1
    # Beside the first payment's: the debit was announced again, of what was left.
    assert len(mails) == (2 if same else 3)
    with pytest.raises(AlreadyDone):
        pain008.make_file(collection.collects_on, by=CLERK)


def test_credited_in_full_the_planned_debit_is_given_up():
    collection = make_collection(amount="120.00")
    make_credit(collection.invoice, "120.00")
    collection.refresh_from_db()
    assert collection.state == Collection.State.CANCELLED
    told = Message.objects.get(dedupe_key=f"collection-cancelled:{collection.pk}").content
    assert told["paragraphs"][-1] == "Il n’y a rien à régler pour cette facture : vous n’avez rien à faire."
    assert not told["facts"]


def test_what_is_at_the_bank_stays_there():
    collection = make_collection()
    in_file(collection)
    pay_invoice(collection.invoice)
    collection.refresh_from_db()
    assert collection.state == Collection.State.EXPORTED


@pytest.mark.fault("G1")
def test_a_debit_at_the_bank_is_entered_with_its_file_and_not_by_hand():
    collection = make_collection(amount="120.00")
    file = in_file(collection)
    with pytest.raises(Refused, match=f"marquez le fichier {file.reference} comme encaissé"):
        pay_invoice(collection.invoice, mode=Mode.DEBIT)
    assert not Receipt.objects.exists()
    with time_machine.travel(f"{file.collects_on}T12:00:00+01:00"):
        assert collections.mark_collected(file, by=CLERK).problems == []
    assert Receipt.objects.get().amount == Decimal("120.00")


def test_too_late_for_the_bank_is_put_off_and_announced_again():
    collection = make_collection()
    day = collection.collects_on
    with time_machine.travel(f"{day - timedelta(days=1)}T12:00:00+01:00"):
        with pytest.raises(Refused, match="Reportez"):
            pain008.make_file(day, by=CLERK)
        assert collections.postpone(day, to=day, by=CLERK) == 1
        collection.refresh_from_db()
        assert collection.collects_on >= today() + timedelta(days=14)
        assert "est remplacé par celui-ci" in collection.notice.content["paragraphs"][0]


@pytest.mark.req("C-05")
def test_collected_settles_the_invoice_once():
    collection = make_collection(amount="120.00")
    file = in_file(collection)
    with pytest.raises(Refused, match="ne seront encaissés que le"):
        collections.mark_collected(file, by=CLERK)
    collected_one = collection
    with time_machine.travel(f"{collection.collects_on}T12:00:00+01:00"):
        assert collections.mark_collected(file, by=CLERK).done == 1
        with pytest.raises(AlreadyDone):
            collections.mark_collected(file, by=CLERK)
    collected_one.refresh_from_db()
    receipt = Receipt.objects.get()
    assert (receipt.mode, receipt.amount, receipt.received_on) == (
        Mode.DEBIT,
        Decimal("120.00"),
        collection.collects_on,
    )
    assert collected_one.receipt == receipt
    collected_one.invoice.refresh_from_db()
    assert collected_one.invoice.settled_on == collection.collects_on


@pytest.mark.fault("G2")
@pytest.mark.django_db(transaction=True)
def test_two_clerks_who_mark_one_file_record_each_receipt_once():
    mandate = make_mandate()
    file = in_file([make_collection(mandate, amount) for amount in ("10.00", "20.00")].pop())
    day = file.collects_on
    with time_machine.travel(f"{day}T12:00:00+01:00"):
        at_once(4, lambda _: collections.mark_collected(file, by=CLERK))
    assert sorted(Receipt.objects.values_list("amount", flat=True)) == [Decimal("10.00"), Decimal("20.00")]


def test_what_was_paid_while_its_debit_was_at_the_bank_is_paid_twice_and_to_give_back():
    mandate = make_mandate()
    first, _ = (make_collection(mandate, amount) for amount in ("10.00", "20.00"))
    file = in_file(first)
    pay_invoice(first.invoice)  # by transfer, while the debit was at the bank
    with time_machine.travel(f"{file.collects_on}T12:00:00+01:00"):
        outcome = collections.mark_collected(file, by=CLERK)
    first.refresh_from_db()
    assert (outcome.done, outcome.problems) == (2, [])
    assert (first.state, first.receipt.amount) == (Collection.State.COLLECTED, Decimal("10.00"))
    assert first.invoice.excess == Decimal("10.00")


@pytest.mark.parametrize(
    ("code", "words", "suspends"),
    [
        ("AC04", "le compte est clos", True),
        ("AC06", "le compte est bloqué", False),
        ("AM04", "provision du compte est insuffisante", False),
        ("MD01", "ne connaît pas de mandat valable", True),
        ("MS02", "a refusé le prélèvement", False),
        ("MD06", "a demandé le remboursement", False),
    ],
)
def test_a_return_cancels_the_receipt_and_says_what_to_do(code, words, suspends):
    collection = collected(make_collection(amount="120.00"))
    waiting = make_collection(collection.mandate, "10.00", days=60)
    with time_machine.travel(f"{collection.collects_on + timedelta(days=3)}T12:00:00+01:00"):
        returns.record_return(collection, code=code, on=today(), by=CLERK)
        with pytest.raises(AlreadyDone):
            returns.record_return(collection, code=code, on=today(), by=CLERK)
    collection.refresh_from_db()
    waiting.refresh_from_db()
    assert collection.receipt.cancelled_at
    assert collection.invoice.left == Decimal("120.00")
    mail = Message.objects.get(dedupe_key=f"collection-returned:{collection.pk}")
    text = " ".join(mail.content["paragraphs"])
    assert words in text
    assert "C’est à vous d’agir" in text
    assert ["Reste à régler", "120,00\u00a0€"] in mail.content["facts"]
    assert not Message.objects.filter(dedupe_key__startswith="due-again").exists()  # one mail says it all
    expected = (Mandate.State.SUSPENDED, "cancelled") if suspends else (Mandate.State.ACTIVE, "planned")
    assert (collection.mandate.state, waiting.state) == expected


def test_a_returned_debit_may_be_presented_again():
    collection = collected(make_collection())
    with time_machine.travel(f"{collection.collects_on + timedelta(days=2)}T12:00:00+01:00"):
        returns.record_return(collection, code="AM04", on=today(), by=CLERK)
        collection.invoice.refresh_from_db()
        again = collections.plan(collection.invoice, collection.mandate, today(), by=CLERK)
        in_file(again)
    assert again.sequence == "RCUR"


def test_a_first_debit_that_never_settled_leaves_the_next_one_a_first():
    collection = make_collection()
    in_file(collection)
    assert collection.sequence == "FRST"
    with time_machine.travel(f"{collection.collects_on}T12:00:00+01:00"):
        returns.record_return(collection, code="AM04", on=today(), by=CLERK)
        collection.invoice.refresh_from_db()
        again = collections.plan(collection.invoice, Mandate.objects.get(), today(), by=CLERK)
        in_file(again)
    assert again.sequence == "FRST"


def test_what_has_not_left_cannot_come_back():
    with pytest.raises(Refused, match="pas été transmis"):
        returns.record_return(make_collection(), code="AM04", on=today(), by=CLERK)


def test_a_pasted_list_does_what_it_can_and_gives_the_rest_back():
    mandate = make_mandate()
    first, second = (make_collection(mandate, amount) for amount in ("10.00", "20.00"))
    in_file(first)
    text = (
        "Reference;Motif;Montant\n"
        f'"{first.end_to_end_id}";AM04;10,00\n'
        f"{second.end_to_end_id}\tZZ99\n"
        "PRL-2020-0000001;AC04\n"
        "bonjour\n"
        "\n"
    )
    lines = returns.read(text)
    recorded = returns.record_list(lines, on=today(), by=CLERK)
    assert recorded.done == 1
    assert [(line.number, line.problem) for line in recorded.refused] == [
        (3, "motif inconnu (ZZ99)"),
        (4, "aucun prélèvement de cette référence"),
        (5, f"référence absente, par exemple PRL-{today().year}-0000012"),
    ]
    again = returns.record_list(returns.read(text), on=today(), by=CLERK)
    assert (again.done, again.refused[0].problem) == (0, "Ce rejet est déjà enregistré.")
    assert Message.objects.filter(dedupe_key__startswith="collection-returned").count() == 1


def test_a_mandate_of_somebody_else_is_never_used():
    mine, theirs = make_mandate(MemberFactory(left_on=None)), make_mandate(MemberFactory(left_on=None))
    with pytest.raises(Refused):
        collections.plan(make_invoice(mine.subject), theirs, today(), by=CLERK)


# --- Another amount before the file -----------------------------------------------------------------------------------


def notices(collection: Collection) -> list[Message]:
    found = Message.objects.filter(dedupe_key__startswith=f"collection-notice:{collection.pk}:")
    return list(found.order_by("created_at"))


@pytest.mark.req("D-18")
@pytest.mark.parametrize("how", ["paid in part", "credited in part"])
def test_a_debit_of_less_is_announced_again_once_and_shown_so(how):
    collection = make_collection(amount="120.00")
    day = collection.collects_on
    lessen = pay_invoice if how == "paid in part" else make_credit
    lessen(collection.invoice, "20.00")
    collection.refresh_from_db()
    assert (collection.amount, collection.collects_on) == (Decimal("100.00"), day)
    first, second = notices(collection)
    assert collection.notice == second
    assert second.to == first.to
    assert ["Montant", "100,00\u00a0€"] in second.content["facts"]
    assert "Le prélèvement de 120,00\u00a0€ annoncé" in second.content["paragraphs"][0]
    lessen(collection.invoice, "10.00")
    assert len(notices(collection)) == 3
    assert in_file(collection).total == Decimal("90.00")
    lessen(collection.invoice, "10.00")
    collection.refresh_from_db()
    assert (collection.amount, len(notices(collection))) == (Decimal("90.00"), 3), "at the bank, nothing changes"


def test_a_part_payment_cancelled_is_debited_again_after_a_whole_notice():
    collection = make_collection(amount="120.00")
    receipt = pay_invoice(collection.invoice, "20.00")
    with time_machine.travel(f"{collection.collects_on - timedelta(days=5)}T12:00:00+01:00"):
        receipts.cancel_receipt(receipt, reason="Erreur.", by=CLERK)
        collection.refresh_from_db()
        assert collection.amount == Decimal("120.00")
        assert collection.collects_on >= today() + timedelta(days=14)
    assert len(notices(collection)) == 3
