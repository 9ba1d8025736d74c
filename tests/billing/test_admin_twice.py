"""The page of a payment: sent twice, given back, and what it says of a payment that is there already."""

from __future__ import annotations

import pytest

from billing import receipts
from billing.models import Receipt
from core.dates import today
from tests.billing.test_admin import address, staff, typed
from tests.factories_billing import BOOKKEEPER, make_invoice

pytestmark = pytest.mark.django_db


@pytest.fixture
def accountant():
    return staff(accountant=True)


def text(answer) -> str:
    return answer.content.decode().replace("\u202f", "").replace("\xa0", " ")


@pytest.mark.fault("G1")
def test_a_form_given_back_is_not_the_page_that_was_refused(accountant):
    """Two tabs: the second is filled with what the first was refused, and both record a payment."""
    invoice = make_invoice()
    url = address("invoice_regler", invoice.pk)
    first = typed(invoice, "abc", reference="Chèque 77")
    assert accountant.post(url, first).status_code == 422
    second = accountant.get(url).context_data["form"]
    assert second["reference"].value() == "Chèque 77"
    assert accountant.post(url, {**first, "amount": "50,00"}).status_code == 302
    key = second["key"].value()
    assert accountant.post(url, typed(invoice, "30,00", key=key, reference="Chèque 78")).status_code == 302
    assert sorted(invoice.receipts.values_list("amount", flat=True)) == [30, 50]


@pytest.mark.fault("G1")
def test_a_page_sent_again_with_another_amount_is_not_told_a_success(accountant):
    invoice = make_invoice()
    url = address("invoice_regler", invoice.pk)
    data = typed(invoice, "50,00")
    assert accountant.post(url, data).status_code == 302
    refused = accountant.post(url, {**data, "amount": "30,00"})
    assert refused.status_code == 409
    assert "avait déjà servi à enregistrer un règlement de 50,00 €" in text(refused)
    assert Receipt.objects.get().amount == 50
    form = refused.context_data["form"]
    assert form["key"].value() != str(data["key"])
    again = typed(invoice, "30,00", key=form["key"].value())
    assert accountant.post(url, again).status_code == 302
    assert Receipt.objects.count() == 2


@pytest.mark.fault("F4")
def test_the_same_payment_a_second_time_is_asked_about(accountant):
    invoice = make_invoice()
    url = address("invoice_regler", invoice.pk)
    assert accountant.post(url, typed(invoice, "50,00")).status_code == 302
    asked = accountant.post(url, typed(invoice, "50,00"))
    assert asked.status_code == 422
    assert "Un règlement identique est déjà enregistré (Chèque de 50,00 € reçu le" in text(asked)
    assert Receipt.objects.count() == 1
    assert accountant.post(url, typed(invoice, "50,00", reference="0002")).status_code == 302
    assert accountant.post(url, typed(invoice, "50,00", twin="on")).status_code == 302
    receipts.cancel_receipt(invoice.receipts.first(), reason="Erreur.", by=BOOKKEEPER)
    assert Receipt.objects.filter(cancelled_at=None).count() == 2


def test_an_amount_too_large_and_a_date_are_explained_with_an_example_of_these_days(accountant):
    invoice = make_invoice()
    url = address("invoice_regler", invoice.pk)
    large = text(accountant.post(url, typed(invoice, "99999999999999999")))
    assert "Ce montant est trop grand. Vérifiez-le." in large
    assert "Écrivez un montant en chiffres" not in large
    page = text(accountant.post(url, typed(invoice, "10,00", received_on="hier")))
    assert page.count(f"Exemple : {today():%d/%m/%Y}") >= 2
    assert "/1988" not in page
