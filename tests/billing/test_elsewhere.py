"""A transfer that names a dossier or its proforma is for no invoice: staff are led to the dossier."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from billing import statements
from billing.invoicing import Line
from billing.matching import numbers_in
from billing.models import Invoice, Receipt, StatementLine
from membership import workflow
from membership.models import Application, Payment
from membership.transfers import references_in
from tests.billing.statements_samples import camt, credit
from tests.factories import ApplicationFactory, UserFactory, make_operator, sign_in
from tests.factories_billing import BOOKKEEPER, make_invoice

pytestmark = [pytest.mark.req("C-07", "M-18")]

NOW = datetime(2027, 2, 8, 9, 14, tzinfo=UTC)
Certainty = StatementLine.Certainty


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("PA-2027-000123", ["PA-2027-000123"]),
        ("VIR SEPA MOREL PA 2027 000123", ["PA-2027-000123"]),
        ("vir pa2027000123 merci", ["PA-2027-000123"]),
        ("REFPA-2027-00 0123", ["PA-2027-000123"]),
        ("PROFORMA P F-2027-000045", ["PF-2027-000045"]),
        ("PF-2027-000045 dossier PA-2027-000123", ["PF-2027-000045", "PA-2027-000123"]),
        ("VIR SEPA 2027 000123", []),
        ("VIRSEPA2027000123", []),
        ("COOP F2027-000001", []),
        ("PA-2027-00012", []),
        ("PA-2027-0001234", []),
        ("RUM PAR-2027-000123", []),
    ],
)
def test_the_reference_of_a_dossier_is_found_however_it_is_written(text, found):
    assert references_in(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("PF-2027-000045", []),
        ("P F 2027 000045", []),
        ("COOP F2027-000045", ["F2027-000045"]),
        ("F2027000045", ["F2027-000045"]),
    ],
)
def test_the_number_of_a_proforma_is_not_that_of_an_invoice(text, found):
    assert numbers_in(text) == found


# --- In a statement ---------------------------------------------------------------------------------------------------


@pytest.fixture
def dossier(db) -> Iterator[Application]:
    """One that waits for its payment, and another company that owes the same amount under the payer's name."""
    with time_machine.travel(NOW, tick=False):
        make_operator()
        dossier = ApplicationFactory(awaiting=True)
        total = dossier.proforma.total
        make_invoice(name="Menuiserie Morel", lines=[Line("Suivi", 1, total)], vat_rate="0")
        yield dossier


def taken(text: str, amount: Decimal) -> StatementLine:
    statements.take_in(camt([credit(str(amount), text, payer="MENUISERIE MOREL", ref="B1")]), "a.xml", by=BOOKKEEPER)
    return StatementLine.objects.get()


def staff(**group: bool) -> Client:
    client = Client()
    sign_in(client, UserFactory(**group))
    return client


def shown(client: Client, line: StatementLine) -> str:
    return client.get(reverse("admin:billing_bankstatement_change", args=[line.statement_id])).text.replace(
        "&amp;", "&"
    )


def record_page(dossier: Application, verb: str = "reglement") -> str:
    return reverse(f"admin:membership_application_{verb}", args=[dossier.pk])


@pytest.mark.django_db
def test_without_the_reference_the_debt_of_that_amount_would_be_proposed(dossier):
    line = taken("adhésion", dossier.proforma.total)
    assert line.certainty == Certainty.LIKELY


@pytest.mark.django_db
@pytest.mark.parametrize("which", ["dossier", "proforma"])
def test_what_names_a_dossier_is_proposed_for_no_other_debt_of_that_amount(dossier, which):
    named = dossier.reference if which == "dossier" else dossier.proforma.number
    line = taken(f"ADHESION {named}", dossier.proforma.total)
    assert (line.certainty, line.proposals.count()) == (Certainty.NONE, 0)
    assert line.note == f"Règlement d’une adhésion (dossier {dossier.reference})."


@pytest.mark.django_db
def test_a_proforma_is_not_taken_for_the_invoice_of_the_same_rank(dossier):
    invoice = Invoice.objects.get()
    line = taken(f"P{invoice.number[0]}-{invoice.number[1:]}", invoice.left)
    assert (line.certainty, line.proposals.count()) == (Certainty.NONE, 0)


@pytest.mark.django_db
def test_an_unknown_dossier_is_said_and_nothing_is_proposed(dossier):
    line = taken("PA-2027-099999", dossier.proforma.total)
    assert (line.certainty, line.note) == (Certainty.NONE, "Dossier d’adhésion inconnu : PA-2027-099999.")
    assert "Enregistrer un règlement" not in shown(staff(accountant=True), line)


@pytest.mark.django_db
def test_an_invoice_that_is_named_as_well_is_still_proposed(dossier):
    invoice = Invoice.objects.get()
    line = taken(f"{invoice.number} ET {dossier.reference}", invoice.left)
    assert line.certainty == Certainty.CERTAIN
    assert dossier.reference in line.note


@pytest.mark.django_db
def test_staff_record_it_on_the_dossier_then_set_the_line_aside(dossier):
    accountant = staff(accountant=True)
    line = taken(f"VIR {dossier.reference}", dossier.proforma.total)
    page = shown(accountant, line)
    assert f"Règlement d’une adhésion (dossier {dossier.reference})" in page
    assert "Pas une facture" in page
    assert "Aucune proposition" not in page
    link = next(part for part in page.split('"') if part.startswith(record_page(dossier)))
    assert parse_qs(urlsplit(link).query)["received_on"] == ["05/02/2027"]
    form = accountant.get(link).context_data["form"]
    proposed = {name: form[name].value() for name in ("mode", "amount", "received_on", "reference")}
    amount = f"{dossier.proforma.total:.2f}".replace(".", ",")
    label = f"VIR {dossier.reference}"
    assert proposed == {"mode": "transfer", "amount": amount, "received_on": "05/02/2027", "reference": label}
    answer = accountant.post(record_page(dossier), {"version": dossier.version, **proposed})
    assert answer.status_code == 302
    payment = Payment.objects.get()
    assert (payment.amount, payment.reference) == (dossier.proforma.total, label)

    page = shown(accountant, line)
    assert "Déjà enregistré sur ce dossier" in page
    assert record_page(dossier) not in page, "nobody records it twice"
    aside = reverse("admin:billing_statementline_ecarter", args=[line.pk])
    reason = accountant.get(aside).context_data["form"]["reason"].value()
    assert reason == f"Règlement d’une adhésion (dossier {dossier.reference})."
    assert accountant.post(aside, {"version": 1, "reason": reason}).status_code == 302
    line.refresh_from_db()
    assert line.state == StatementLine.State.ASIDE
    assert not Receipt.objects.exists()


@pytest.mark.django_db
def test_who_may_not_record_money_gets_no_link(dossier):
    line = taken(dossier.reference, dossier.proforma.total)
    page = shown(staff(manager=True), line)
    assert f"Règlement d’une adhésion (dossier {dossier.reference})" in page
    assert record_page(dossier) not in page


@pytest.mark.django_db
@pytest.mark.req("M-19")
@pytest.mark.parametrize("end", ["withdrawn", "returned"])
def test_what_comes_once_the_dossier_is_over_is_recorded_as_too_late(dossier, end):
    accountant = staff(accountant=True)
    line = taken(dossier.reference, dossier.proforma.total)
    if end == "withdrawn":
        workflow.withdraw(dossier, by=BOOKKEEPER)
    else:
        workflow.send_back(dossier, by=BOOKKEEPER, reason="Pièces jamais reçues.")
    page = shown(accountant, line)
    assert "Pas une facture" in page
    assert "Enregistrer un règlement arrivé trop tard" in page
    assert f'"{record_page(dossier)}' not in page
    link = next(part for part in page.split('"') if part.startswith(record_page(dossier, "reglement-tardif")))
    form = accountant.get(link).context_data["form"]
    proposed = {name: form[name].value() for name in ("mode", "amount", "received_on", "reference")}
    dossier.refresh_from_db()
    answer = accountant.post(record_page(dossier, "reglement-tardif"), {"version": dossier.version, **proposed})
    assert answer.status_code == 302
    payment = Payment.objects.get()
    assert (payment.amount, payment.state) == (dossier.proforma.total, Payment.State.TO_REFUND)
    assert "Déjà enregistré sur ce dossier" in shown(accountant, line), "nobody records it twice"


@pytest.mark.django_db
@pytest.mark.parametrize("until", ["submitted", "accepted"])
def test_a_dossier_that_takes_no_payment_is_shown_itself(dossier, until):
    other = ApplicationFactory(until=until)
    line = taken(other.reference, Decimal("12.34"))
    page = shown(staff(accountant=True), line)
    assert "Pas une facture" not in page
    assert record_page(other) not in page
    assert reverse("admin:membership_application_change", args=[other.pk]) in page


@pytest.mark.django_db
def test_a_long_statement_costs_no_query_a_line(dossier, django_assert_max_num_queries):
    lines = [credit(f"{n}.00", f"PA-2027-{n:06d}", payer="X", ref=f"B{n}") for n in range(1, 301)]
    with django_assert_max_num_queries(45):
        statements.take_in(camt(lines), "a.xml", by=BOOKKEEPER)
