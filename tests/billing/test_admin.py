"""The pages of staff about money: lists that export, receipts entered and cancelled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from uuid import uuid4

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing import receipts, statements
from billing.models import Invoice, Receipt, StatementLine
from core import deadlines
from core.dates import today
from core.journal import timeline
from tests.billing.statements_samples import camt, credit
from tests.factories import UserFactory, sign_in
from tests.factories_billing import BOOKKEEPER, make_credit, make_invoice, pay_invoice, version_of

pytestmark = pytest.mark.django_db
DAY = f"{today():%Y-%m-%d}"


def staff(**group: bool) -> Client:
    client = Client()
    sign_in(client, UserFactory(**group))
    return client


@pytest.fixture
def accountant() -> Client:
    return staff(accountant=True)


def address(name: str, *args: object) -> str:
    return reverse(f"admin:billing_{name}", args=args)


def typed(invoice: Invoice, amount: object, **more: object) -> dict[str, object]:
    """What the page of « Enregistrer un règlement » sends."""
    day = f"{today():%d/%m/%Y}"
    known = {"version": version_of(invoice), "key": uuid4(), "mode": "cheque", "received_on": day}
    return {**known, "amount": str(amount), "reference": "0001", **more}


# --- Lists ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def several():
    due = make_invoice(name="Menuiserie Morel")
    late = make_invoice(name="Garage Petit", due_on=today() - timedelta(days=3))
    settled = make_invoice(name="Boulangerie Roy")
    pay_invoice(settled)
    excess = make_invoice(name="Cabinet Duval")
    pay_invoice(excess, "300.00", allow_excess=True)
    return {"due": due, "late": late, "settled": settled, "excess": excess, "credit": make_credit(due, "10.00")}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"due", "late", "settled", "excess", "credit"}),
        ("?q=morel", {"due", "credit"}),
        ("?q=F{year}-000002", {"late"}),
        ("?etat=due", {"due", "late"}),
        ("?etat=late", {"late"}),
        ("?etat=settled", {"settled", "excess"}),
        ("?etat=excess", {"excess"}),
        ("?kind__exact=credit", {"credit"}),
        ("?annee={year}", {"due", "late", "settled", "excess", "credit"}),
        ("?annee=1999", set()),
        ("?annee=x", {"due", "late", "settled", "excess", "credit"}),
    ],
)
def test_the_list_and_its_export_find_the_same_invoices(several, accountant, query, found):
    query = query.format(year=today().year)
    shown = accountant.get(address("invoice_changelist") + query)
    assert set(shown.context["cl"].queryset) == {several[name] for name in found}
    link = address("invoice_export", "xlsx") + query
    if query:
        assert link.replace("&", "&amp;") in shown.content.decode()
    book = openpyxl.load_workbook(BytesIO(b"".join(accountant.get(link).streaming_content)))
    numbers = {row[0] for row in book.active.iter_rows(min_row=2, values_only=True)}
    assert numbers == {several[name].number for name in found}


def test_a_late_invoice_is_seen_at_once(several, accountant):
    page = accountant.get(address("invoice_changelist")).content.decode()
    assert page.count("En retard</span>") == 1
    assert page.count('class="num late"') == 1


@pytest.mark.parametrize("model", ["invoice", "receipt", "bankstatement", "statementline"])
def test_the_lists_of_money_export_what_they_show_in_both_formats(several, accountant, model):
    statements.take_in(camt([credit("9.00", "=1+1", payer="X", ref="B1", day=DAY)]), "a.xml", by=BOOKKEEPER)
    listed = accountant.get(address(f"{model}_changelist"))
    count = listed.context["cl"].result_count
    assert count > 0
    text = b"".join(accountant.get(address(f"{model}_export", "csv")).streaming_content).decode("utf-8-sig")
    assert len(text.splitlines()) == count + 1
    assert "\n=" not in text
    assert ";=" not in text
    assert accountant.get(address(f"{model}_export", "xlsx")).status_code == 200
    assert accountant.get(address(f"{model}_export", "pdf")).status_code == 404
    assert accountant.post(address(f"{model}_export", "csv")).status_code == 405
    assert staff(is_staff=True).get(address(f"{model}_export", "csv")).status_code == 403


@pytest.mark.parametrize("model", ["invoice", "receipt", "bankstatement", "statementline"])
def test_a_list_costs_the_same_for_a_thousand_rows(accountant, model, django_assert_max_num_queries):
    for number in range(12):
        pay_invoice(make_invoice(), "1.00")
        data = camt([credit(f"{number + 1}.00", "x", ref=f"B{number}", day=DAY)])
        statements.take_in(data, f"{number}.xml", by=BOOKKEEPER)
    with django_assert_max_num_queries(10):
        assert accountant.get(address(f"{model}_changelist")).status_code == 200


def test_amounts_are_exported_as_numbers_to_the_cent(accountant):
    make_invoice(vat_rate="5.5")
    book = openpyxl.load_workbook(
        BytesIO(b"".join(accountant.get(address("invoice_export", "xlsx")).streaming_content))
    )
    heads, row = book.active.iter_rows(values_only=True)
    shown = dict(zip(heads, row, strict=True))
    assert (shown["Total HT"], shown["TVA"], shown["Total TTC"]) == (200, 11, 211)
    assert shown["Émise le"].date() == today()


# --- An invoice -------------------------------------------------------------------------------------------------------


@pytest.mark.req("C-07", "D-18")
def test_a_payment_is_recorded_then_cancelled_from_the_page(accountant):
    invoice = make_invoice()
    url = address("invoice_regler", invoice.pk)
    assert url in accountant.get(address("invoice_change", invoice.pk)).content.decode()
    form = accountant.get(url).context_data["form"]
    assert form.initial["amount"] == invoice.left
    assert accountant.post(url, typed(invoice, "240,00")).status_code == 302
    invoice.refresh_from_db()
    assert (invoice.left, invoice.settled_on) == (0, today())
    page = accountant.get(address("invoice_change", invoice.pk)).content.decode()
    assert "Acquittée" in page
    assert "version 2" in page
    cancel = address("invoice_annuler", invoice.pk)
    receipt = Receipt.objects.get()
    assert receipt.recorded_by.email.startswith("personne")
    data = {"version": version_of(invoice), "receipt": receipt.pk, "reason": "Chèque sans provision"}
    assert accountant.post(cancel, {**data, "reason": ""}).status_code == 422
    assert accountant.post(cancel, data).status_code == 302
    invoice.refresh_from_db()
    assert invoice.left == invoice.total
    assert "Chèque sans provision" in accountant.get(address("invoice_change", invoice.pk)).content.decode()


@pytest.mark.fault("G1")
@pytest.mark.parametrize(
    ("mode", "proposed"), [("", "transfer"), ("transfer", "transfer"), ("debit", "transfer"), ("cheque", "cheque")]
)
def test_a_debit_is_never_proposed_for_what_is_entered_by_hand(accountant, mode, proposed):
    page = accountant.get(address("invoice_regler", make_invoice(mode=mode).pk))
    assert page.context_data["form"]["mode"].value() == proposed


@pytest.mark.fault("G1")
def test_a_double_click_records_one_payment(accountant):
    invoice = make_invoice()
    data = typed(invoice, "100,00")
    for _ in range(2):
        response = accountant.post(address("invoice_regler", invoice.pk), data)
        assert response.status_code == 302
    assert Receipt.objects.count() == 1


@pytest.mark.fault("G1")
def test_a_double_click_that_pays_all_records_one_payment(accountant):
    invoice = make_invoice()
    data = typed(invoice, "240,00")
    statuses = [accountant.post(address("invoice_regler", invoice.pk), data).status_code for _ in range(2)]
    assert statuses == [302, 302]
    assert Receipt.objects.count() == 1


@pytest.mark.fault("G3")
def test_the_second_of_two_people_is_told_and_keeps_what_he_typed(accountant):
    invoice = make_invoice()
    data = typed(invoice, "100,00", reference="Chèque 77")
    pay_invoice(invoice, "50.00")
    response = accountant.post(address("invoice_regler", invoice.pk), data)
    page = response.content.decode()
    assert response.status_code == 409
    assert "déjà été traitée par Marc Roche" in page
    assert "Chèque 77" in page
    assert Receipt.objects.count() == 1


@pytest.mark.fault("F4")
def test_more_than_due_is_asked_about(accountant):
    invoice = make_invoice()
    url = address("invoice_regler", invoice.pk)
    refused = accountant.post(url, typed(invoice, "250,00"))
    assert refused.status_code == 422
    assert "dépassent ce qui est dû" in refused.content.decode()
    assert "too_much" in refused.content.decode()
    assert not Receipt.objects.exists()
    assert accountant.post(url, typed(invoice, "250,00", too_much="on")).status_code == 302
    assert "Trop-perçu" in accountant.get(address("invoice_change", invoice.pk)).content.decode()


def test_on_a_settled_invoice_another_payment_is_the_last_thing_offered(accountant):
    invoice = make_invoice()

    def offered() -> list[str]:
        return [verb["slug"] for verb in accountant.get(address("invoice_change", invoice.pk)).context_data["verbs"]]

    pay_invoice(invoice, "100.00")
    assert offered() == ["regler", "annuler"]
    pay_invoice(invoice, "140.00")
    assert offered() == ["annuler", "regler"]


@pytest.mark.parametrize("name", ["receipt", "excessuse"])
def test_what_was_cancelled_is_filtered_in_french(accountant, name):
    invoice = make_invoice()
    kept, cancelled = (pay_invoice(invoice, "1.00") for _ in range(2))
    receipts.cancel_receipt(cancelled, reason="Saisi deux fois.", by=BOOKKEEPER)
    page = accountant.get(address(f"{name}_changelist")).content.decode()
    assert ">Vide<" not in page
    assert (">Valables<" in page, ">Annulés<" in page) == (True, True)
    if name == "receipt":
        for value, found in (("1", kept), ("0", cancelled)):
            listed = accountant.get(address("receipt_changelist"), {"cancelled_at__isempty": value})
            assert list(listed.context_data["cl"].queryset) == [found]


def test_a_receipt_is_cancelled_without_a_box_that_does_not_apply(accountant):
    invoice = make_invoice()
    pay_invoice(invoice, "10.00")
    data = {"version": version_of(invoice), "receipt": "", "reason": "", "taken_back": ""}
    form = accountant.post(address("invoice_annuler", invoice.pk), data).context_data["form"]
    assert form.errors.keys() == {"receipt", "reason"}
    assert form["taken_back"].is_hidden


def test_an_incomplete_page_records_nothing(accountant):
    invoice = make_invoice()
    data = typed(invoice, "10,00")
    del data["version"]
    assert accountant.post(address("invoice_regler", invoice.pk), data).status_code == 409
    assert not Receipt.objects.exists()


def test_documents_are_served_and_only_those_of_the_invoice(accountant):
    invoice, other = make_invoice(), make_invoice()
    assert accountant.get(address("invoice_document", invoice.pk, invoice.document_id))["Content-Type"] == (
        "application/pdf"
    )
    assert accountant.get(address("invoice_document", invoice.pk, other.document_id)).status_code == 404


def test_the_page_of_a_credit_names_what_it_corrects_and_takes_no_payment(accountant):
    invoice = make_invoice()
    note = make_credit(invoice)
    page = accountant.get(address("invoice_change", note.pk)).content.decode()
    assert address("invoice_change", invoice.pk) in page
    assert address("invoice_regler", note.pk) not in page
    assert accountant.post(address("invoice_regler", note.pk), typed(note, "1,00", too_much="on")).status_code == 409


# --- Who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.fault("A8")
@pytest.mark.parametrize("group", ["reader", "manager"])
def test_who_only_reads_sees_all_and_touches_no_money(group):
    invoice = make_invoice()
    pay_invoice(invoice, "10.00")
    data = camt([credit("230.00", invoice.number, ref="B1", day=DAY)])
    statement = statements.take_in(data, "a.xml", by=BOOKKEEPER).statement
    line = StatementLine.objects.get()
    client = staff(**{group: True})
    for name, key in [("invoice", invoice.pk), ("bankstatement", statement.pk)]:
        page = client.get(address(f"{name}_change", key))
        assert page.status_code == 200
        assert "regler/" not in page.content.decode()
        assert "confirmer/" not in page.content.decode()
    assert client.post(address("invoice_regler", invoice.pk), typed(invoice, "1,00")).status_code == 403
    assert client.post(address("invoice_annuler", invoice.pk)).status_code == 403
    for verb in ("confirmer", "rattacher", "ecarter", "reprendre"):
        assert client.post(address(f"statementline_{verb}", line.pk), {"version": 1}).status_code == 403
    assert client.post(address("bankstatement_confirm", statement.pk)).status_code == 403
    assert client.post(address("bankstatement_propose", statement.pk)).status_code == 403
    assert client.get(address("bankstatement_drop")).status_code == 403
    assert Receipt.objects.count() == 1


@pytest.mark.fault("A1")
def test_nobody_adds_changes_or_deletes_money_by_hand(accountant):
    invoice = make_invoice()
    client = staff(superuser=True)
    for name in ("invoice", "receipt", "bankstatement", "statementline"):
        assert client.get(address(f"{name}_add")).status_code == 403
    assert client.post(address("invoice_delete", invoice.pk), {"post": "yes"}).status_code == 403
    assert client.post(address("invoice_change", invoice.pk), {"number": "X"}).status_code == 405
    assert accountant.get(address("receipt_change", pay_invoice(invoice).pk))["Location"].endswith("#reglements")


# --- Two at once ------------------------------------------------------------------------------------------------------


@pytest.mark.fault("G3")
def test_a_reminder_sent_meanwhile_refuses_nobody_a_payment_does(clock):
    invoice = make_invoice(mode="transfer", due_on=today())
    url = address("invoice_regler", invoice.pk)
    page = typed(invoice, "100,00", version=staff(accountant=True).get(url).context["version"])
    late = typed(invoice, "50,00")
    clock.move_to(datetime(2027, 2, 11, 9, tzinfo=UTC))
    deadlines.run(timezone.now())
    assert "par courriel" in timeline(invoice).last().message
    accountant = staff(accountant=True)
    assert accountant.post(url, page).status_code == 302
    refused = accountant.post(url, late)
    assert refused.status_code == 409
    assert "Règlement reçu : 100,00" in refused.text.replace("\xa0", " ")
    assert refused.context["version"] == version_of(invoice)
