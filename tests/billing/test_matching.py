"""Which invoice an amount is for: sure when the text says so and the amount agrees, otherwise to be checked."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, connections, transaction
from hypothesis import given
from hypothesis import strategies as st

from billing import statements
from billing.bank import StatementError
from billing.crediting import Share
from billing.invoicing import Line, issue_credits, totals
from billing.matching import numbers_in, same_name, untouched
from billing.models import BankStatement, Invoice, Receipt, StatementLine
from billing.receipts import Excess, cancel_receipt
from core.dates import today
from core.transitions import AlreadyDone, Refused
from notifications.models import Message
from tests.billing.statements_samples import camt, credit, table
from tests.core.threads import at_once, somebody_waits
from tests.factories_billing import BOOKKEEPER, make_credit, make_invoice, pay_invoice
from tests.harness.processes import wait_until

Certainty, State = StatementLine.Certainty, StatementLine.State


@pytest.mark.req("C-07")
@pytest.mark.parametrize(
    "text",
    [
        "F2027-000123",
        "VIR SEPA MOREL FACT F2027-000123 MERCI",
        "f2027 000123",
        "F 2027 - 000 123",
        "REF2027000123",
        "NOTPROVIDED/F2027.000123",
        "VIR F2027-00 0123",
        "F2027-000123 12/03",
        "F2027–000123",
    ],
)
def test_a_number_is_found_however_it_is_written(text):
    assert numbers_in(text) == ["F2027-000123"]


@pytest.mark.parametrize("text", ["", "F2027-00012", "F2027-0001234", "2027-000123", "F1999-000123", "PF facture"])
def test_what_is_no_number_is_not_taken_for_one(text):
    assert numbers_in(text) == []


def test_several_numbers_are_found_once_each():
    assert numbers_in("F2027-000001, F2027-000002 et F2027-000001") == ["F2027-000001", "F2027-000002"]


@given(
    year=st.integers(2020, 2029),
    rank=st.integers(1, 999_999),
    gaps=st.lists(st.sampled_from(["", " ", "-", " - ", "/"]), min_size=11, max_size=11),
)
def test_separators_anywhere_hide_no_number(year, rank, gaps):
    number = f"F{year}{rank:06d}"
    written = "".join(letter + gap for letter, gap in zip(number, gaps, strict=True))
    assert numbers_in(f"vir {written.lower()} merci") == [f"F{year}-{rank:06d}"]


@pytest.mark.parametrize(
    ("payer", "buyer", "same"),
    [
        ("SARL MENUISERIE MOREL", "Menuiserie Morel", True),
        ("Electricite Esope", "Électricité Ésope & Fils", True),
        ("MOREL", "Menuiserie Morel", True),
        ("Dupont", "Menuiserie Morel", False),
        ("", "Menuiserie Morel", False),
        ("SARL", "Menuiserie Morel", False),
    ],
)
def test_a_company_is_known_by_its_words(payer, buyer, same):
    assert same_name(payer, buyer) is same


# --- Files taken in ---------------------------------------------------------------------------------------------------


def taken(*lines, name="releve.xml"):
    return statements.take_in(camt(lines), name, by=BOOKKEEPER)


def only_line() -> StatementLine:
    return StatementLine.objects.get()


@pytest.mark.django_db
@pytest.mark.req("C-07")
def test_a_named_invoice_of_that_amount_is_sure_and_confirming_it_pays_it(clock):
    invoice = make_invoice()
    done = taken(credit("240.00", f"VIR {invoice.number}", payer="X", ref="B1"))
    line = only_line()
    assert (done.added, line.certainty, line.proposals.get().invoice) == (1, Certainty.CERTAIN, invoice)
    (receipt,) = statements.confirm(line, by=BOOKKEEPER)
    invoice.refresh_from_db()
    assert (receipt.mode, receipt.amount, receipt.received_on) == ("transfer", Decimal("240.00"), line.booked_on)
    assert invoice.settled_on == line.booked_on
    assert Message.objects.get().subject_line.endswith("est acquittée")
    with pytest.raises(AlreadyDone, match="déjà traitée"):
        statements.confirm(line, by=BOOKKEEPER)
    assert Receipt.objects.count() == 1


@pytest.mark.django_db
def test_one_transfer_for_several_invoices_is_shared_between_them(clock):
    first, second = make_invoice(), make_invoice()
    pay_invoice(first, "40.00")
    taken(credit("440.00", f"{second.number} et {first.number}", ref="B1"))
    line = only_line()
    assert line.certainty == Certainty.CERTAIN
    statements.confirm(line, by=BOOKKEEPER)
    assert not Invoice.objects.unsettled().exists()
    assert sorted(line.receipts.values_list("amount", flat=True)) == [Decimal("200.00"), Decimal("240.00")]
    cancel_receipt(line.receipts.first(), reason="Erreur.", by=BOOKKEEPER)
    line.refresh_from_db()
    assert line.state == State.MATCHED  # half of it still counts
    cancel_receipt(line.receipts.get(cancelled_at=None), reason="Erreur.", by=BOOKKEEPER)
    line.refresh_from_db()
    assert line.state == State.OPEN


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("amount", "text", "payer", "certainty", "note"),
    [
        ("100.00", "F2027-000001", "", Certainty.LIKELY, "Il reste 240,00"),
        ("250.00", "F2027-000001", "", Certainty.LIKELY, "Il reste 240,00"),
        ("240.00", "cotisation", "SARL MENUISERIE MOREL", Certainty.LIKELY, "Même montant et même nom"),
        ("240.00", "cotisation", "DUPONT", Certainty.NONE, ""),
        ("240.00", "F2027-000099", "DUPONT", Certainty.NONE, "Facture inconnue : F2027-000099"),
        ("12.00", "F2027-000003", "DUPONT", Certainty.NONE, "est un avoir"),
        ("12.00", "F2027-000002", "DUPONT", Certainty.NONE, "déjà réglée"),
    ],
)
def test_what_is_not_sure_says_why(clock, amount, text, payer, certainty, note):
    make_invoice()  # F2027-000001: 240 € due by Menuiserie Morel
    other = make_invoice(name="Garage Petit", lines=[Line("Suivi", 1, Decimal("500.00"))])
    pay_invoice(other)
    make_credit(other)
    assert Invoice.objects.get(number="F2027-000003").kind == Invoice.Kind.CREDIT
    taken(credit(amount, text, payer=payer, ref="B1"))
    line = only_line()
    assert (line.certainty, line.proposals.count()) == (certainty, 1 if certainty else 0)
    assert note in line.note


@pytest.mark.django_db
def test_of_two_equal_invoices_the_oldest_is_proposed_to_be_checked(clock):
    late = make_invoice(due_on=today() + timedelta(days=60))
    soon = make_invoice(due_on=today() + timedelta(days=5))
    taken(credit("240.00", "cotisation", payer="Menuiserie Morel", ref="B1"))
    line = only_line()
    assert (line.proposals.get().invoice, line.certainty) == (soon, Certainty.LIKELY)
    assert "2 factures" in line.note
    statements.attach(line, late, by=BOOKKEEPER)  # staff know better
    late.refresh_from_db()
    assert late.settled_on


@pytest.mark.django_db
def test_an_amount_due_after_a_part_was_paid_is_found_too(clock):
    invoice = make_invoice()
    pay_invoice(invoice, "0.10")
    taken(credit("239.90", "solde", payer="Menuiserie Morel", ref="B1"))
    assert only_line().proposals.get().invoice == invoice


@pytest.mark.django_db
def test_two_lines_for_one_invoice_are_not_both_sure(clock):
    invoice = make_invoice()
    taken(credit("240.00", invoice.number, ref="B1"), credit("240.00", invoice.number, ref="B2"))
    assert list(StatementLine.objects.values_list("certainty", flat=True)) == [Certainty.CERTAIN, Certainty.LIKELY]
    done, refused = statements.confirm_certain(BankStatement.objects.get(), by=BOOKKEEPER)
    assert (done, refused) == (1, [])
    second = StatementLine.objects.open().get()
    with pytest.raises(Excess, match="plus rien à régler"):
        statements.confirm(second, by=BOOKKEEPER)
    statements.propose(second.statement)
    second.refresh_from_db()
    assert (second.certainty, second.note) == (Certainty.NONE, f"{invoice.number} est déjà réglée.")
    statements.attach(second, invoice, by=BOOKKEEPER, allow_excess=True)
    invoice.refresh_from_db()
    assert invoice.excess == Decimal("240.00")


@pytest.mark.django_db
@pytest.mark.fault("G1")
def test_what_was_cancelled_is_never_sure_again(clock):
    """Cancelled by mistake or not, « Confirmer les propositions sûres » does not make the same receipt again."""
    invoice = make_invoice()
    taken(credit("240.00", invoice.number, ref="B1"))
    statement = BankStatement.objects.get()
    assert statements.confirm_certain(statement, by=BOOKKEEPER) == (1, [])
    cancel_receipt(Receipt.objects.get(), reason="Erreur.", by=BOOKKEEPER)
    for again in (False, True):
        if again:
            statements.propose(statement)
        line = only_line()
        assert (line.state, line.certainty, line.proposals.get().invoice) == (State.OPEN, Certainty.LIKELY, invoice)
        assert line.note == "Un règlement tiré de cette ligne a été annulé : vérifiez avant de confirmer."
        assert statements.confirm_certain(statement, by=BOOKKEEPER) == (0, [])
    assert not Receipt.objects.filter(cancelled_at=None).exists()
    statements.confirm(only_line(), by=BOOKKEEPER)  # somebody looked
    assert Receipt.objects.filter(cancelled_at=None).count() == 1


@pytest.mark.django_db
def test_a_line_attached_by_hand_comes_back_without_a_proposal(clock):
    taken(credit("240.00", "sans référence", payer="DUPONT", ref="B1"))
    statements.attach(only_line(), make_invoice(), by=BOOKKEEPER)
    cancel_receipt(Receipt.objects.get(), reason="Erreur.", by=BOOKKEEPER)
    assert (only_line().state, only_line().certainty) == (State.OPEN, Certainty.NONE)


@pytest.mark.django_db
@pytest.mark.fault("G1")
def test_the_same_file_or_the_same_line_again_changes_nothing(clock):
    lines = [credit("10.00", "un", ref="B1"), credit("20.00", "deux", ref="B2"), credit("5.00", side="DBIT", ref="B3")]
    assert (taken(*lines).added, taken(*lines).again) == (2, True)
    overlap = taken(*lines, credit("30.00", "trois", ref="B4"), name="semaine.xml")
    assert (overlap.added, overlap.statement.known, overlap.statement.outgoing) == (1, 2, 1)
    assert StatementLine.objects.count() == 3
    twice = [credit("7.00", "x"), credit("7.00", "x")]
    statements.take_in(table(twice), "a.csv", by=BOOKKEEPER)
    again = statements.take_in(table([*twice, credit("8.00", "y")]), "b.csv", by=BOOKKEEPER)
    assert (again.added, StatementLine.objects.count()) == (1, 6)


@pytest.mark.django_db
def test_a_file_cut_in_half_stores_nothing(clock):
    data = camt([credit("10.00", "un", ref="B1"), credit("20.00", "deux", ref="B2")])
    with pytest.raises(StatementError, match="coupé"):
        statements.take_in(data[: len(data) // 2], "a.xml", by=BOOKKEEPER)
    assert not BankStatement.objects.exists()
    assert statements.take_in(data, "a.xml", by=BOOKKEEPER).added == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault("G2")
def test_sent_and_confirmed_by_eight_at_once_it_counts_once():
    invoice = make_invoice()
    data = camt([credit("240.00", invoice.number, ref="B1", day=f"{invoice.issued_on:%Y-%m-%d}")])
    results = at_once(8, lambda _: statements.take_in(data, "a.xml", by=BOOKKEEPER).added)
    assert sorted(results) == [0] * 7 + [1]
    line = only_line()
    confirmed = at_once(8, lambda _: statements.confirm(line, by=BOOKKEEPER))
    assert sorted(type(result).__name__ for result in confirmed) == ["AlreadyDone"] * 7 + ["list"]
    assert Receipt.objects.get().amount == Decimal("240.00")


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault("G2")
def test_confirming_for_two_invoices_while_both_are_credited_waits_and_both_are_done(monkeypatch):
    """Each holds the invoices in the same order, which is not that of their numbers: otherwise, a deadlock."""
    both = sorted((make_invoice(), make_invoice()), key=lambda one: one.pk)
    numbers = [f"F{today().year}-{rank}" for rank in ("900002", "900001")]
    for one, number in zip(both, numbers, strict=True):
        Invoice.objects.filter(pk=one.pk).update(number=number)
    taken(credit("480.00", " et ".join(numbers), ref="B1", day=f"{today():%Y-%m-%d}"))
    line, from_statement, credited = only_line(), statements.from_statement, []

    def give_back() -> list[Invoice]:
        try:
            with transaction.atomic():
                shares = [Share(one, totals([Line("Geste", 1, Decimal("10.00"))], one.vat_rate)) for one in both]
                return issue_credits(shares, title="Avoir", by=BOOKKEEPER)
        finally:
            connections.close_all()

    def pausing(*asked, **more) -> Receipt:
        receipt = from_statement(*asked, **more)
        if not credited:
            credited.append(pool.submit(give_back))
            wait_until(lambda: credited[0].done() or somebody_waits())
        return receipt

    monkeypatch.setattr(statements, "from_statement", pausing)
    with ThreadPoolExecutor(1) as pool:
        assert len(statements.confirm(line, by=BOOKKEEPER)) == 2
        assert len(credited[0].result(30)) == 2
    assert {one.excess for one in Invoice.objects.filter(kind=Invoice.Kind.INVOICE)} == {Decimal("12.00")}


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault("G2")
def test_of_two_overlapping_files_sent_at_once_each_line_is_stored_once(monkeypatch):
    """The second is read while the first, stored, is not committed yet; its lines come in the other order."""
    lines = [credit(f"{n}.00", f"ligne {n}", ref=f"B{n}") for n in range(1, 6)]
    propose, sent = statements.propose, []

    def second() -> statements.Taken:
        try:
            return taken(*reversed(lines[1:]), credit("9.00", "neuf", ref="B9"), name="semaine.xml")
        finally:
            connections.close_all()

    def pausing(statement: BankStatement) -> int:
        monkeypatch.setattr(statements, "propose", propose)
        sent.append(pool.submit(second))
        wait_until(lambda: sent[0].done() or somebody_waits())
        return propose(statement)

    monkeypatch.setattr(statements, "propose", pausing)
    with ThreadPoolExecutor(1) as pool:
        first = taken(*lines)
        other = sent[0].result(30)
    assert (first.added, first.statement.known, other.added, other.statement.known) == (5, 0, 1, 4)
    assert StatementLine.objects.count() == 6


@pytest.mark.django_db
def test_a_line_is_set_aside_with_its_reason_and_may_come_back(clock):
    taken(credit("10.00", "subvention", ref="B1"))
    line = only_line()
    with pytest.raises(Refused, match="Dites pourquoi"):
        statements.set_aside(line, reason=" ", by=BOOKKEEPER)
    with pytest.raises(Refused, match="Aucune facture"):
        statements.confirm(line, by=BOOKKEEPER)
    statements.set_aside(line, reason="Subvention de la région.", by=BOOKKEEPER)
    line.refresh_from_db()
    assert (line.state, line.reason) == (State.ASIDE, "Subvention de la région.")
    with pytest.raises(AlreadyDone):
        statements.set_aside(line, reason="x", by=BOOKKEEPER)
    statements.take_back(line, by=BOOKKEEPER)
    with pytest.raises(AlreadyDone):
        statements.take_back(line, by=BOOKKEEPER)
    assert only_line().state == State.OPEN


@pytest.mark.django_db
def test_matching_a_long_statement_costs_no_query_a_line(clock, django_assert_max_num_queries):
    lines = [credit(f"{n}.00", f"F2027-{n:06d}", payer="X", ref=f"B{n}") for n in range(1, 301)]
    make_invoice()
    with django_assert_max_num_queries(40):
        taken(*lines)


# --- What it costs ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_amounts_are_looked_for_in_an_index_and_not_in_all_that_is_unsettled():
    for count in range(1, 21):
        make_invoice(lines=[Line("Suivi", count, Decimal("98.00"))])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE billing_invoice")
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # as it does with more rows than these
    plan = untouched([Decimal("120.00"), Decimal("98.00")]).explain()
    assert re.search(r"invoice_unsettled_total \(total=|Index Cond: .*\btotal = ANY", plan), plan
