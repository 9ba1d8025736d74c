"""The PDF of an invoice: what the law wants on it, read aloud in order, the same to the cent as everywhere."""

from __future__ import annotations

import subprocess
from decimal import Decimal

import pikepdf
import pypdfium2
import pytest
import segno
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from billing import payment_code
from billing.amounts import Line, balance, totals
from billing.models import Invoice
from billing.receipts import cancel_receipt
from billing.settlement import latest_document
from core.money import cents, euros
from tests.factories import UserFactory, sign_in
from tests.factories_billing import BOOKKEEPER, make_credit, make_invoice, pay_invoice
from tests.membership_docs.conftest import squeeze
from tests.membership_docs.test_proforma import code_of, squares

LINES = [
    Line("Cotisation 2027, suivi simple (SI)", 12, Decimal("98.00")),
    Line("Cotisation 2027, suivi renforcé (SIR)", 3, Decimal("135.00")),
]


@pytest.mark.django_db
@pytest.mark.req("C-07", "B-15")
def test_an_invoice_holds_all_that_the_law_wants(clock, read):
    text = read(make_invoice(lines=LINES, mode="transfer").document)
    for words in [
        "Facture F2027-000001", "émise le 8 février 2027", "du 1er janvier au 31 décembre 2027", "Cotisation 2027",
        "Santé Travail Val d’Orge", "12 rue des Tilleuls", "009 122 003", "FR90009122003",
        "Menuiserie Morel", "4 rue des Lilas", "91220 Brétigny-sur-Orge", "732 829 320", "732 829 320 00074",
        "N° d’adhérent A000012", "prestation de services",
        "Cotisation 2027, suivi simple (SI) 12 98,00 € 1 176,00 €", "Total HT 1 581,00 €", "TVA 20 % 316,20 €",
        "Total TTC 1 897,20 €", "10 mars 2027", "Virement", "FR76 3000 6000 0112 3456 7890 189", "AGRIFRPP",
        "trois fois le taux d’intérêt légal", "indemnité forfaitaire de 40 € pour frais de recouvrement",
        "Pas d’escompte en cas de paiement anticipé.",
    ]:  # fmt: skip
        assert squeeze(words) in squeeze(text), words
    assert "PROFORMA" not in text
    assert "ACQUITTÉE" not in text


@pytest.mark.django_db
@pytest.mark.req("C-07", "M-23")
def test_acquittee_says_when_and_asks_for_nothing_more(clock, read):
    invoice = make_invoice(lines=LINES, mode="transfer")
    pay_invoice(invoice)
    text = read(latest_document(invoice))
    for words in ["ACQUITTÉE", "Acquittée le 8 février 2027", "Reste à régler 0,00 €"]:
        assert squeeze(words) in squeeze(text), words
    assert "Pour régler" not in text
    assert "qui remplace" not in text, "the copy « acquittée » corrects nothing"
    cancel_receipt(invoice.receipts.get(), reason="Chèque sans provision.", by=BOOKKEEPER)
    assert "Version 3, qui remplace" in read(latest_document(invoice))


@pytest.mark.django_db
@pytest.mark.req("C-07")
def test_a_credit_names_what_it_corrects_and_the_invoice_it_settles_names_it(clock, read):
    invoice = make_invoice(lines=LINES)
    credit = make_credit(invoice, "100.00")
    text = squeeze(read(credit.document))
    for words in ["Avoir F2027-000002", "corrige la facture F2027-000001 du 8 février 2027", "Total TTC de l’avoir"]:
        assert squeeze(words) in text, words
    assert squeeze("pénalités") not in text
    pay_invoice(invoice)
    assert squeeze("réglé : 1 777,20 €, avoir F2027-000002 : 120,00 €") in squeeze(read(latest_document(invoice)))


@pytest.mark.django_db
@pytest.mark.req("D-18")
@pytest.mark.parametrize(
    ("mode", "words", "code"),
    [
        ("transfer", "scannez ce code", True),
        ("cheque", "à l’ordre de Santé Travail Val d’Orge, la référence F2027-000001 au dos", False),
        ("debit", "sera prélevé sur votre compte", False),
        ("", "Par chèque", True),
        ("card", "Carte bancaire", False),
    ],
)
def test_each_mode_says_how_to_pay(clock, read, mode, words, code):
    document = make_invoice(lines=LINES, mode=mode).document
    assert squeeze(words) in squeeze(read(document))
    assert bool(document.snapshot["code"]) is code


@pytest.mark.django_db
@pytest.mark.req("D-18")
def test_the_printed_code_pays_this_invoice(clock, pdf):
    invoice = make_invoice(lines=LINES, mode="transfer")
    with pypdfium2.PdfDocument(pdf(invoice.document)) as file:
        assert len(file) == 1
        picture = file[0].render(scale=6).to_pil().convert("L")
    payload = payment_code.payload("F2027-000001", Decimal("1897.20"))
    wanted = segno.make(payload, error="m", boost_error=False, micro=False)
    assert squares(code_of(picture), len(wanted.matrix)) == [[bool(dark) for dark in row] for row in wanted.matrix]


@pytest.mark.django_db
@pytest.mark.req("B-23")
@pytest.mark.parametrize("which", ["invoice", "settled", "credit"])
def test_the_pdf_is_valid_and_read_in_order(clock, pdf, which):
    """PDF/UA-1, as far as it can be seen from the structure."""
    invoice = make_invoice(lines=LINES, mode="transfer")
    document = invoice.document
    if which == "credit":
        document = make_credit(invoice).document
    if which == "settled":
        pay_invoice(invoice)
        document = latest_document(invoice)
    path = pdf(document)
    subprocess.run(["qpdf", "--check", path], check=True, capture_output=True)
    with pikepdf.open(path) as file:
        assert file.Root.MarkInfo.Marked
        assert str(file.Root.Lang) == "fr"
        assert file.docinfo["/Title"] == document.title
        with file.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
        parts = [i for i in file.objects if isinstance(i, pikepdf.Dictionary) and str(i.get("/Type")) == "/StructElem"]
        assert [str(part.A.Scope) for part in parts if part.S == "/TH"][:4] == ["/Column"] * 4
        assert sum(part.S == "/H1" for part in parts) == 1
        figures = [str(part.Alt) for part in parts if part.S == "/Figure"]
        assert len(figures) == (1 if which == "invoice" else 0)
        assert all("référence F2027-000001" in told for told in figures)


@pytest.mark.django_db
def test_a_hundred_lines_go_on_over_the_pages(clock, pdf, read):
    lines = [Line(f"Établissement n° {number} de l’entreprise", number, Decimal("98.00")) for number in range(1, 101)]
    invoice = make_invoice(lines=lines)
    text = read(invoice.document)
    assert text.count("Prix unitaire HT") >= 3
    assert squeeze(euros(invoice.total)) in squeeze(text)


@pytest.mark.django_db
@pytest.mark.fault("F1")
def test_what_a_customer_is_called_cannot_act(clock, read):
    name = '<img src="file:///etc/passwd"> & Fils {{ 7|add:7 }}'
    text = read(make_invoice(name=name).document)
    assert squeeze(name) in squeeze(text)


# --- To the cent ------------------------------------------------------------------------------------------------------

amounts = st.decimals(min_value="0.01", max_value="99999.99", places=2)
rates = st.decimals(min_value="0", max_value="30", places=2)
some_lines = st.lists(st.tuples(st.integers(1, 2000), amounts), min_size=1, max_size=4).map(
    lambda pairs: [Line(f"Ligne {rank}", quantity, unit) for rank, (quantity, unit) in enumerate(pairs, 1)]
)


@given(some_lines, rates)
def test_totals_add_up_and_survive_storage(lines, rate):
    sums = totals(lines, rate)
    assert sums.net == sum(line.quantity * line.unit for line in lines)
    assert sums.total == sums.net + sums.vat == cents(sums.total)
    assert abs(sums.vat - sums.net * rate / 100) <= Decimal("0.005")
    again = totals([Line.from_json(line.as_json()) for line in lines], rate)
    assert (again.net, again.vat, again.total) == (sums.net, sums.vat, sums.total)


@given(amounts, st.lists(amounts, max_size=5), st.lists(amounts, max_size=3))
def test_a_balance_is_what_was_billed_less_what_came_and_what_was_credited(total, paid, credited):
    left = balance(total, sum(paid, Decimal(0)), sum(credited, Decimal(0)))
    assert left + sum(paid) + sum(credited) == total


@pytest.mark.django_db
@pytest.mark.req("C-07", "B-12")
@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # each example makes a PDF: looking for a smaller one takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example(lines=[Line("Ligne 1", 1, Decimal("116.27")), Line("Ligne 2", 3, Decimal("0.10"))], rate=Decimal("0.01"))
@example(lines=[Line("Ligne 1", 2000, Decimal("99999.99"))], rate=Decimal("20"))
@given(lines=some_lines, rate=rates)
def test_screen_pdf_and_database_say_the_same(clock, read, lines, rate):
    invoice = Invoice.objects.get(pk=make_invoice(lines=lines, vat_rate=str(rate)).pk)
    computed, frozen = totals(lines, rate), invoice.document.snapshot
    for name in ("net", "vat", "total"):
        amount = getattr(invoice, name)
        assert amount == getattr(computed, name) == Decimal(frozen[name])
    assert frozen["lines"] == invoice.lines
    client = Client()
    sign_in(client, UserFactory(accountant=True))
    page = client.get(reverse("admin:billing_invoice_change", args=[invoice.pk])).content.decode()
    for text in (squeeze(read(invoice.document)), squeeze(page)):
        for amount in (invoice.net, invoice.vat, invoice.total, *(Decimal(line["amount"]) for line in invoice.lines)):
            assert squeeze(euros(amount)) in text
