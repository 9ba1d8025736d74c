"""Our own debits in a bank statement: money of their file, counted once; and those that the bank took back."""

from __future__ import annotations

from decimal import Decimal
from html import unescape

import pytest
import time_machine
from defusedxml.ElementTree import fromstring
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from billing import collections, own_debits, returns, statements
from billing.models import BankStatement, Collection, Receipt, StatementLine
from core.dates import today
from core.money import euros
from tests.billing.statements_samples import camt, credit, table
from tests.factories import UserFactory, sign_in
from tests.factories_billing import make_invoice
from tests.factories_sepa import CLERK, in_file, make_collection, make_mandate

pytestmark = pytest.mark.django_db
Certainty, State = StatementLine.Certainty, StatementLine.State


@pytest.fixture
def debits():
    """Two debits at the bank, of 120 € and 80 €; today is the day on which they are credited."""
    mandate = make_mandate()
    found = [make_collection(mandate, amount) for amount in ("120.00", "80.00")]
    in_file(found[0])
    with time_machine.travel(f"{found[0].collects_on}T12:00:00+01:00"):
        for one in found:
            one.refresh_from_db()
        yield found


def of(debit: Collection, **more):
    """What the bank tells of a debit in a batch."""
    text = more.pop("text", f"Facture {debit.invoice.number} Sante Travail Val d Orge")
    told = {"payer": "Menuiserie Morel", "e2e": debit.end_to_end_id, "day": f"{today():%Y-%m-%d}"}
    return credit(str(debit.amount), text, **{**told, **more})


def taken(*lines, name="releve.xml"):
    return statements.take_in(camt(lines), name, by=CLERK).statement


def only_line() -> StatementLine:
    return StatementLine.objects.get()


def nothing_proposed(line: StatementLine) -> bool:
    return line.certainty == Certainty.NONE and not line.proposals.exists()


@pytest.mark.req("C-05", "C-07")
def test_a_batch_of_our_debits_is_counted_once_with_its_file(debits):
    batch = credit("200.00", "REMISE", ref="B1", day=f"{today():%Y-%m-%d}", batch=[of(one) for one in debits])
    statement = taken(batch)
    lines = list(StatementLine.objects.all())
    assert [line.state for line in lines] == [State.ASIDE, State.ASIDE]
    assert all(nothing_proposed(line) and line.debit_file == debits[0].file for line in lines)
    assert {f"Notre prélèvement {one.end_to_end_id}, du fichier {one.file.reference}" for one in debits} == {
        line.reason.partition(" : ")[0] for line in lines
    }
    assert statements.confirm_certain(statement, by=CLERK) == (0, [])
    assert not Receipt.objects.exists()
    assert [file.waiting for file in own_debits.files_of(statement)] == [2]
    collections.mark_collected(debits[0].file, by=CLERK)
    assert not own_debits.files_of(statement)
    for one in debits:
        one.invoice.refresh_from_db()
        assert (one.invoice.paid, one.invoice.excess) == (one.amount, Decimal(0))


@pytest.mark.parametrize("again", [False, True], ids=["at the bank", "collected"])
def test_a_line_that_only_names_an_invoice_being_debited_is_left_to_a_person(debits, again):
    first = debits[0]
    if again:
        collections.mark_collected(first.file, by=CLERK)
    taken(of(first, e2e="NOTPROVIDED", ref="B1"))
    line = only_line()
    assert (line.state, line.debit_file) == (State.OPEN, first.file)
    assert nothing_proposed(line)
    assert first.end_to_end_id in line.note
    assert ("marquez le fichier comme encaissé" in line.note) is not again
    assert "mettez la ligne de côté" in line.note


def test_one_amount_for_all_the_invoices_named_is_their_debits_too(debits):
    text = " ".join(one.invoice.number for one in debits)
    taken(credit("200.00", text, ref="B1", day=f"{today():%Y-%m-%d}"))
    assert nothing_proposed(only_line())


def test_the_same_name_and_amount_is_no_proposal_while_the_debit_is_at_the_bank(debits):
    taken(of(debits[0], text="PRLV", e2e="NOTPROVIDED", ref="B1"))
    line = only_line()
    assert nothing_proposed(line)
    assert line.debit_file == debits[0].file


def test_a_line_whose_words_hold_our_reference_is_left_to_a_person(debits):
    first = debits[0]
    taken(credit("120.00", f"REGLEMENT {first.end_to_end_id.replace('-', ' ')}", ref="B1"))
    line = only_line()
    assert (line.state, line.debit_file) == (State.OPEN, first.file)
    assert nothing_proposed(line)


@pytest.mark.parametrize("how", ["batch", "label", "payment", "csv"])
def test_a_batch_told_as_one_amount_is_known_by_its_file(debits, how):
    file = debits[0].file
    line = {
        "batch": credit("200.00", "REMISE", file=file.reference, ref="B1", batch=[]),
        "label": credit("200.00", f"REMISE PRLV {file.reference}", ref="B1"),
        "payment": credit("200.00", f"REMISE {file.reference}-FRST", ref="B1"),
        "csv": credit("200.00", f"REMISE PRLV {file.reference.replace('-', ' ')}"),
    }[how]
    if how == "csv":
        statements.take_in(table([line]), "a.csv", by=CLERK)
    else:
        taken(line)
    found = only_line()
    assert (found.state, found.debit_file) == (State.ASIDE, file)
    assert file.reference in found.reason


def test_more_than_the_whole_file_is_left_to_a_person(debits):
    taken(credit("200.01", debits[0].file.reference, ref="B1"))
    assert only_line().state == State.OPEN
    assert "plus élevé" in only_line().note


def test_the_file_names_its_batches_by_its_own_reference(debits):
    file = debits[0].file
    names = [node.text for node in fromstring(file.content.encode()).iter() if node.tag.endswith("}PmtInfId")]
    assert names == [f"{file.reference}-{turn}" for turn in sorted({one.sequence for one in debits})]


def test_a_transfer_for_another_amount_is_checked_while_a_debit_is_at_the_bank(debits):
    first = debits[0]
    other = make_invoice(first.mandate.subject)
    taken(credit("360.00", f"{first.invoice.number} {other.number}", ref="B1"))
    line = only_line()
    assert line.certainty == Certainty.LIKELY
    assert f"Facture {first.invoice.number} : un prélèvement de {euros(first.amount)} est déjà à la banque" in line.note


def test_an_invoice_chosen_by_hand_while_its_debit_is_at_the_bank_takes_a_box(debits, client):
    first = debits[0]
    taken(credit("12.00", "merci", ref="B1", day=f"{today():%Y-%m-%d}"))
    line = only_line()
    sign_in(client, UserFactory(accountant=True))
    url = reverse("admin:billing_statementline_rattacher", args=[line.pk]) + f"?q={first.invoice.number}"
    sent = {"version": 1, "invoice": first.invoice_id, "too_much": "", "besides": ""}
    refused = client.post(url, sent)
    assert refused.status_code == 422
    assert f"{own_debits.sent_words(first)[1:]}. Si ce règlement vient en plus" in unescape(refused.text)
    assert not line.receipts.exists()
    assert client.post(url, {**sent, "besides": "on"}).status_code == 302
    assert line.receipts.get().invoice == first.invoice


def test_once_the_debit_came_back_a_transfer_for_its_invoice_is_sure(debits):
    first = debits[0]
    returns.record_return(first, code="AM04", on=today(), by=CLERK)
    taken(of(first, e2e="NOTPROVIDED", ref="B1"), of(first, ref="B2"))
    sure, was = StatementLine.objects.order_by("position")
    assert (sure.state, sure.certainty) == (State.OPEN, Certainty.CERTAIN)
    assert (was.state, was.proposals.count()) == (State.OPEN, 0)
    assert "rejeté le" in was.note


@pytest.mark.parametrize("kind", ["camt", "csv"])
def test_debits_that_came_back_are_no_money_received_and_wait_to_be_recorded(debits, kind):
    first = debits[0]
    if kind == "camt":
        statement = taken(of(first, side="DBIT", returned="AM04", ref="B1"), credit("5.00", "FRAIS", side="DBIT"))
    else:
        line = credit("120.00", f"REJET PRLV {first.end_to_end_id} AM04 {first.invoice.number}", side="DBIT")
        statement = statements.take_in(table([line, credit("5.00", "FRAIS", side="DBIT")]), "a.csv", by=CLERK).statement
    assert (statement.lines.count(), statement.outgoing) == (0, 2)
    assert own_debits.to_record(statement) == [f"{first.end_to_end_id} ; AM04"]
    returns.record_list(returns.read("\n".join(own_debits.to_record(statement))), on=today(), by=CLERK)
    first.refresh_from_db()
    assert (first.state, first.return_code) == (Collection.State.RETURNED, "AM04")
    assert own_debits.to_record(statement) == []


def test_the_page_says_which_file_to_mark_and_which_returns_to_record(debits):
    client, (first, second) = Client(), debits
    sign_in(client, UserFactory(accountant=True))
    lines = [of(first, ref="B1"), of(second, ref="B2"), of(second, ref="B3", side="DBIT", returned="AC04")]
    sent = client.post(
        reverse("admin:billing_bankstatement_drop"), {"file": SimpleUploadedFile("releve.xml", camt(lines))}
    )
    page = unescape(client.get(sent["Location"]).content.decode())
    mark = reverse("admin:billing_collectionfile_collected", args=[first.file_id])
    record = f"{reverse('admin:billing_collection_returns')}?releve={BankStatement.objects.get().pk}"
    assert "Nos prélèvements dans ce relevé" in page
    assert f"{first.file.reference}</a>" in page
    assert f'href="{mark}"' in page
    assert f'href="{record}"' in page
    assert "Tout est rapproché ou mis de côté." in page
    assert f"{second.end_to_end_id} ; AC04" in client.get(record).content.decode()
    assert client.get(f"{reverse('admin:billing_collection_returns')}?releve=x").status_code == 200
    returns.record_return(second, code="AC04", on=today(), by=CLERK)
    collections.mark_collected(first.file, by=CLERK)
    assert "Nos prélèvements dans ce relevé" not in client.get(sent["Location"]).content.decode()
    aside = client.get(f"{sent['Location']}?vue=ecartees").content.decode()
    assert reverse("admin:billing_collectionfile_change", args=[first.file_id]) in aside
