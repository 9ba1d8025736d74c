"""The pages of staff about bank statements: dropped, matched one by one or all at once, set aside."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from billing.models import BankStatement, Invoice, Receipt, StatementLine
from core.dates import today
from core.money import euros
from tests.billing.statements_samples import camt, credit, table
from tests.factories import UserFactory, sign_in
from tests.factories_billing import make_invoice, pay_invoice
from tests.reading import read_page

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


def drop(client: Client, data: bytes, name: str = "releve.xml"):
    return client.post(address("bankstatement_drop"), {"file": SimpleUploadedFile(name, data)})


def shown(client: Client, line: StatementLine) -> str:
    """What the button « Confirmer » of a line sends back of its proposal."""
    page = client.get(address("bankstatement_change", line.statement_id)).content.decode()
    form = page.split(address("statementline_confirmer", line.pk))[1].split("</form>")[0]
    found = re.search(r'name="shown" value="([^"]*)"', form)
    return found[1] if found else ""


@pytest.mark.req("C-07")
def test_a_statement_is_dropped_and_its_sure_proposals_confirmed(accountant):
    invoices = [make_invoice() for _ in range(3)]
    lines = [credit("240.00", one.number, payer="MOREL", ref=f"B{one.number}", day=DAY) for one in invoices]
    lines.append(credit("7.00", "subvention", payer="REGION", ref="B9", day=DAY))
    response = drop(accountant, camt(lines, "08"))
    statement = BankStatement.objects.get()
    page = address("bankstatement_change", statement.pk)
    assert response["Location"] == page
    text = accountant.get(page).content.decode()
    assert "4 montants reçus ajoutés." in text
    assert "Confirmer les 3 propositions sûres" in text
    assert accountant.post(address("bankstatement_confirm", statement.pk), follow=True).status_code == 200
    assert not Invoice.objects.unsettled().exists()
    line = StatementLine.objects.open().get()
    assert (
        accountant.post(address("statementline_ecarter", line.pk), {"version": 1, "reason": "Subvention."}).status_code
        == 302
    )
    assert "Tout est rapproché ou mis de côté." in accountant.get(page).content.decode()
    assert invoices[0].number in accountant.get(f"{page}?vue=rapprochees").content.decode()
    assert "Subvention." in accountant.get(f"{page}?vue=ecartees").content.decode()
    assert drop(accountant, camt(lines, "08"))["Location"] == page  # the same file again: where it is already
    assert "Ce fichier est déjà là" in accountant.get(page).content.decode()
    assert BankStatement.objects.count() == 1
    assert accountant.post(address("statementline_reprendre", line.pk), {"version": 1}).status_code == 302


@pytest.mark.fault("E8")
@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (camt([credit("10.00", "x", ref="B1")])[:300], "a.xml", "coupé"),
        (b'<!DOCTYPE l [<!ENTITY a "b">]><l>&a;</l>', "a.xml", "aucune banque"),
        (b"Date;Montant\n", "a.csv", "Libellé"),
        (b"%PDF-1.7", "a.pdf", "pas un tableau"),
    ],
)
def test_a_bad_file_is_refused_on_the_page_and_nothing_is_stored(accountant, data, name, sentence):
    response = drop(accountant, data, name)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert 'id="erreurs"' in response.content.decode()
    assert not BankStatement.objects.exists()


@pytest.mark.fault("E8")
def test_whether_a_csv_is_whole_is_asked_of_whoever_drops_it(accountant):
    def send(data: bytes, **more: str):
        url, file = address("bankstatement_drop"), SimpleUploadedFile("a.csv", data)
        return accountant.post(url, {"file": file, "whole": "", "asked": "", **more})

    data = "Date;Libellé;Montant\n05/02/2027;VIR MOREL;24".encode()
    page = send(data)
    assert page.status_code == 422
    assert "VIR MOREL ; 24 »" in read_page(page)
    assert 'type="checkbox" name="whole"' in page.content.decode()
    asked = page.context_data["form"]["asked"].value()
    assert send(data + b"0", whole="on", asked=asked).status_code == 422, "the answer was about another file"
    assert not BankStatement.objects.exists()
    assert send(data, whole="on", asked=asked).status_code == 302
    assert StatementLine.objects.get().amount == Decimal("24.00")


def test_a_file_too_big_or_none_is_said(accountant, settings):
    assert accountant.post(address("bankstatement_drop"), {}).status_code == 422
    settings.UPLOAD_MAX_BYTES = 2_000_000  # a statement has its own limit
    response = drop(accountant, b"x" * 20_000_000, "a.csv")
    assert response.status_code == 422
    assert "10 Mo au plus" in response.content.decode()


@pytest.mark.fault("G3")
def test_a_line_is_confirmed_once_and_the_second_is_told(accountant):
    invoice = make_invoice()
    drop(accountant, camt([credit("240.00", invoice.number, ref="B1", day=DAY)]))
    line = StatementLine.objects.get()
    url, read = address("statementline_confirmer", line.pk), {"version": 1, "shown": shown(accountant, line)}
    assert accountant.post(url, read).status_code == 302
    second = staff(accountant=True).post(url, read)
    assert second.status_code == 409
    assert "déjà traitée par" in second.content.decode()
    assert Receipt.objects.count() == 1


@pytest.mark.fault("G3")
def test_confirming_pays_the_invoice_that_was_read_or_none(accountant):
    """A colleague has the invoices looked for again while the page is open."""
    first = make_invoice(due_on=today() + timedelta(days=5))
    second = make_invoice(due_on=today() + timedelta(days=9))
    drop(accountant, camt([credit("240.00", "cotisation", payer="Menuiserie Morel", ref="B1", day=DAY)]))
    line = StatementLine.objects.get()
    url, read = address("statementline_confirmer", line.pk), {"version": 1, "shown": shown(accountant, line)}
    assert str(first.pk) in read["shown"]
    pay_invoice(first)
    staff(accountant=True).post(address("bankstatement_propose", line.statement_id))
    assert line.proposals.get().invoice == second
    for sent in (read, {"version": 1}):
        refused = accountant.post(url, sent)
        assert refused.status_code == 409
        page = refused.content.decode()
        assert "La proposition a changé depuis l’ouverture de la page" in page
        assert "Revenir au relevé" in page
        assert "bo-main" not in page, "a second click would be refused again"
    assert not line.receipts.exists()
    assert accountant.post(url, {"version": 1, "shown": shown(accountant, line)}).status_code == 302
    assert line.receipts.get().invoice == second


def test_an_invoice_is_found_by_number_or_name_and_chosen(accountant):
    invoice = make_invoice(name="Garage Petit")
    make_invoice(name="Menuiserie Morel")
    drop(accountant, table([credit("250.00", "sans référence", day=DAY)]), "a.csv")
    line = StatementLine.objects.get()
    url = address("statementline_rattacher", line.pk)
    assert "cherchez-la ci-dessus" in accountant.get(url).content.decode()
    nothing = accountant.get(f"{url}?q=Dupont")
    assert "Aucune facture ne correspond" in nothing.content.decode()
    assert "invoice" not in nothing.context_data["form"].fields
    assert "dépasse" not in nothing.content.decode()
    for asked in ("petit", invoice.number, invoice.number.lower().replace("-", " ")):
        page = accountant.get(url, {"q": asked}).content.decode()
        assert str(invoice.pk) in page, asked
        assert "Menuiserie" not in page
        assert "dépasse" not in page, "the box comes once it is needed"
        assert ">Rattacher</button>" in page
    chosen = {"version": 1, "invoice": invoice.pk}
    refused = accountant.post(f"{url}?q=petit", {**chosen, "too_much": ""})
    assert refused.status_code == 422
    assert refused.context_data["form"]["too_much"].kind == "box"
    assert f"il reste {euros(Decimal('240.00'))}" in refused.content.decode()
    assert accountant.post(f"{url}?q=petit", {**chosen, "too_much": "on"}).status_code == 302
    invoice.refresh_from_db()
    assert invoice.excess == Decimal("10.00")


def test_a_statement_of_many_lines_is_paged_at_a_constant_cost(accountant, django_assert_max_num_queries):
    for _ in range(3):
        make_invoice()
    lines = [credit(f"{n}.00", f"F{today().year}-{n % 3 + 1:06d}", ref=f"B{n}", day=DAY) for n in range(1, 121)]
    drop(accountant, camt(lines))
    page = address("bankstatement_change", BankStatement.objects.get().pk)
    with django_assert_max_num_queries(12):
        shown = accountant.get(page)
    assert len(shown.context_data["rows"]) == 50
    assert len(accountant.get(f"{page}?page=3").context_data["rows"]) == 20
    assert len(accountant.get(f"{page}?page=99").context_data["rows"]) == 20
