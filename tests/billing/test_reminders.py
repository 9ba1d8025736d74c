"""An invoice to be paid by transfer or by cheque is reminded of: before it falls due, and after it."""

from __future__ import annotations

import importlib
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from billing import collections, reminding
from billing.invoicing import Line
from billing.models import Invoice
from billing.models.collection import CollectionState
from billing.receipts import cancel_receipt
from core import deadlines
from core.brand import brand
from core.dates import today
from core.identifiers import format_iban
from core.journal import timeline
from core.money import euros
from notifications.models import Message
from tests.factories import MemberFactory, UserFactory, give_access
from tests.factories_billing import BOOKKEEPER, make_credit, make_invoice, pay_invoice
from tests.factories_sepa import CLERK, in_file, make_collection, make_mandate
from tests.reading import plain

pytestmark = [pytest.mark.django_db, pytest.mark.req("B-03")]

DUE = date(2027, 3, 10)  # of `make_invoice` on 8 February


@pytest.fixture
def sweep(clock):
    """The sweep on a day of 2027; the subjects of the reminders it sent, oldest first."""

    def on(month: int, day: int) -> list[str]:
        clock.move_to(datetime(2027, month, day, 9, tzinfo=UTC))
        known = set(Message.objects.values_list("pk", flat=True))
        deadlines.run(timezone.now())
        sent = Message.objects.filter(dedupe_key__startswith="invoice-reminder:").exclude(pk__in=known)
        return [plain(message.subject_line) for message in sent.order_by("created_at")]

    return on


def fresh(invoice: Invoice) -> Invoice:
    return Invoice.objects.get(pk=invoice.pk)


def last_mail() -> Message:
    return Message.objects.latest("created_at")


def test_reminded_before_it_falls_due_and_twice_after(sweep):
    invoice = make_invoice(mode="transfer")
    assert (invoice.due_on, invoice.remind_on) == (DUE, date(2027, 3, 3))
    days = [(3, 2), (3, 3), (3, 4), (3, 12), (3, 13), (3, 24), (3, 25), (4, 25), (9, 1)]
    sent = {day: sweep(*day) for day in days}
    assert {day: subjects for day, subjects in sent.items() if subjects} == {
        (3, 3): [f"Facture {invoice.number} : 240,00 € à régler au plus tard le 10 mars 2027 – {invoice.buyer_name}"],
        (3, 13): [f"Facture {invoice.number} : l’échéance du 10 mars 2027 est passée – {invoice.buyer_name}"],
        (3, 25): [f"Facture {invoice.number} impayée : 240,00 € à régler sans tarder – {invoice.buyer_name}"],
    }
    assert fresh(invoice).remind_on is None
    told = [entry.message for entry in timeline(invoice) if "par courriel" in entry.message]
    assert told == [
        "Rappel de l’échéance envoyé par courriel à 1 personne.",
        "Relance envoyée par courriel à 1 personne.",
        "Relance envoyée par courriel à 1 personne.",
    ]


@pytest.mark.parametrize(
    ("back", "words"),
    [((3, 9), "au plus tard"), ((3, 11), ""), ((3, 20), "est passée"), ((6, 1), "impayée")],
    ids=["before the due day", "just after it", "after the first", "months later"],
)
def test_a_sweep_that_was_away_sends_the_last_stage_only(sweep, back, words):
    make_invoice(mode="transfer")
    sent = sweep(*back)
    assert len(sent) == (1 if words else 0)
    assert all(words in subject for subject in sent)
    assert sweep(*back) == []


def test_the_mail_says_what_is_due_and_how_to_pay_it(sweep):
    member = MemberFactory(left_on=None)
    user = UserFactory()
    give_access(user, member, "declares")
    invoice = make_invoice(member, mode="transfer", email=user.email)
    pay_invoice(invoice, "40.00")
    sweep(3, 13)
    mail = Message.objects.get(dedupe_key__startswith="invoice-reminder:")
    assert mail.to == user.email
    facts = dict(mail.content["facts"])
    assert facts["Reste à régler"] == euros(Decimal("200.00"))
    assert facts["Déjà réglé"] == euros(Decimal("40.00"))
    assert facts["IBAN"] == format_iban(brand().operator["iban"])
    assert facts["Référence à indiquer"] == invoice.number
    assert mail.content["url"].endswith(reverse("space:documents", args=[member.pk]))
    text = " ".join(mail.content["paragraphs"])
    assert "le solde de votre règlement" in text
    assert f"par virement, avec la référence {invoice.number}" in text
    assert "pénalités" not in text
    assert mail.attachments.get() == invoice.document


def test_the_last_one_recalls_the_penalties_that_the_invoice_prints(sweep):
    invoice = make_invoice(mode="transfer")
    sweep(3, 25)
    printed = invoice.document.snapshot["penalties"]
    assert printed[1:] in " ".join(last_mail().content["paragraphs"])


def test_by_cheque_the_mail_says_where_to_send_it(sweep):
    invoice = make_invoice(mode="cheque")
    sweep(3, 3)
    assert f"le numéro {invoice.number} au dos" in " ".join(last_mail().content["paragraphs"])
    facts = dict(last_mail().content["facts"])
    assert "Chèque à envoyer à" in facts
    assert "Ou par virement, IBAN" in facts


@pytest.mark.req("B-06")
def test_who_signed_and_those_who_answer_today_are_written_to_each_once(sweep):
    """An ended delegation is written to no more; who has no space gets no button that leads to one."""
    member = MemberFactory(left_on=None)
    manager, ended, reader = (UserFactory() for _ in range(3))
    give_access(manager, member, "manages")
    give_access(ended, member, "declares", ends_on=date(2027, 3, 1))
    give_access(reader, member, "")
    make_invoice(member, mode="transfer", email="compta@morel.example")
    sweep(3, 3)
    mails = {message.to: message for message in Message.objects.filter(dedupe_key__startswith="invoice-reminder:")}
    assert set(mails) == {manager.email, "compta@morel.example"}
    assert mails[manager.email].content["url"]
    assert not mails["compta@morel.example"].content["url"]
    assert all("un seul règlement suffit" in " ".join(mail.content["after"]) for mail in mails.values())


def test_a_customer_whom_nobody_can_write_to_is_in_the_journal(sweep):
    invoice = make_invoice(mode="transfer", email="")
    assert sweep(3, 3) == []
    assert reminding.NO_ADDRESS in [entry.message for entry in timeline(invoice, staff=True)]


# --- Nothing to remind of ---------------------------------------------------------------------------------------------


def test_nobody_is_reminded_of_what_is_paid_credited_or_nothing(sweep):
    paid, credited, late = make_invoice(mode="transfer"), make_invoice(mode="transfer"), make_invoice(mode="cheque")
    nothing = make_invoice(mode="transfer", lines=[Line("Suivi", 0, Decimal("100.00"))])
    pay_invoice(paid)
    credit = make_credit(credited, "200.00")
    assert sweep(3, 3) == [
        f"Facture {late.number} : 240,00 € à régler au plus tard le 10 mars 2027 – {late.buyer_name}"
    ]
    pay_invoice(late)
    assert {fresh(one).remind_on for one in (paid, credited, credit, late, nothing)} == {None}
    assert sweep(3, 25) == []


def test_what_is_to_be_debited_is_left_to_the_notice_of_its_debit(sweep):
    waiting = make_invoice(mode="debit")  # for its mandate
    assert waiting.remind_on is None
    collection = make_collection(days=30)
    assert sweep(3, 3) == []
    in_file(collection)
    assert sweep(3, 25) == [], "at the bank"


def test_once_the_debit_is_given_up_the_stages_that_follow_come(sweep):
    collection = make_collection(days=30)
    assert sweep(3, 3) == []
    collections.cancel(collection, by=CLERK, reason="À la demande du client")
    assert collection.invoice.collections.get().state == CollectionState.CANCELLED
    assert len(sweep(3, 13)) == 1


def test_a_debit_planned_meanwhile_silences_the_reminder(sweep):
    mandate = make_mandate()
    invoice = make_invoice(mandate.subject, mode="transfer")
    collections.plan(invoice, mandate, DUE + timedelta(days=10), by=CLERK)
    assert sweep(3, 3) == []
    assert sweep(3, 13) == []


def test_a_payment_cancelled_has_the_rest_of_the_calendar_come(sweep):
    invoice = make_invoice(mode="cheque")
    receipt = pay_invoice(invoice, mode="cheque")
    assert sweep(3, 14) == []
    cancel_receipt(receipt, reason="Chèque sans provision.", by=BOOKKEEPER)
    assert fresh(invoice).remind_on == date(2027, 3, 25)
    assert len(sweep(3, 25)) == 1


def test_issued_a_few_days_before_it_falls_due_it_is_not_reminded_of_at_once(clock):
    assert make_invoice(due_on=today() + timedelta(days=7)).remind_on == today() + timedelta(days=10)


# --- What it costs ----------------------------------------------------------------------------------------------------


def test_the_sweep_reads_an_index_and_not_all_invoices():
    for _ in range(20):
        make_invoice()
    every = {deadline.name: deadline for deadline in deadlines.all_deadlines()}
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE billing_invoice")
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # as it does with more rows than these
    plan = deadlines.next_batch(every["invoice-reminder"], timezone.now())[: deadlines.BATCH].explain()
    index, column = "invoice_remind_on", "remind_on"
    assert re.search(rf"{index} \({column}[<>]|Cond: .*\b{column} [<>]", plan), plan


def test_the_migration_floods_nobody(clock):
    """Invoices of before get the days that are to come: those long overdue, none."""
    ages = {30: -7, 7: 3, 0: 3, -3: 15, -14: 15, -15: None, -400: None}  # days until due: the stage that is next
    made = {days: make_invoice(due_on=today() + timedelta(days=days)) for days in ages}
    paid, debit = make_invoice(), make_invoice(mode="debit")
    pay_invoice(paid)
    credit = make_credit(made[30], "1.00")
    Invoice.objects.update(remind_on=None)
    importlib.import_module("billing.migrations.0009_remind_on").begin(apps, None)
    for days, stage in ages.items():
        wanted = None if stage is None else made[days].due_on + timedelta(days=stage)
        assert fresh(made[days]).remind_on == wanted, days
    assert {fresh(one).remind_on for one in (paid, debit, credit)} == {None}
    deadlines.run(timezone.now())
    assert not Message.objects.filter(dedupe_key__startswith="invoice-reminder:").exists()


@pytest.mark.req("B-06")
def test_who_answers_no_more_for_the_customer_is_not_reminded_of_its_invoice(sweep):
    member = MemberFactory(left_on=None)
    left, boss = UserFactory(email="compta@morel.example"), UserFactory()
    give_access(left, member, "declares", ends_on=date(2027, 2, 28))
    give_access(boss, member)
    make_invoice(member, mode="transfer", email=left.email)
    sweep(3, 3)
    assert [one.to for one in Message.objects.filter(dedupe_key__startswith="invoice-reminder:")] == [boss.email]
