"""Money entered by hand for an invoice that is being debited: staff and customer read what becomes of the debit."""

from __future__ import annotations

from html import unescape
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from billing.models import Collection, Invoice, Receipt
from core.dates import french_date, today
from notifications.models import Message
from tests.factories import UserFactory, sign_in
from tests.factories_billing import version_of
from tests.factories_sepa import in_file, make_collection
from tests.reading import read_page

pytestmark = pytest.mark.django_db


@pytest.fixture
def accountant() -> Client:
    client = Client()
    sign_in(client, UserFactory(accountant=True))
    return client


def at(invoice: Invoice) -> str:
    return reverse("admin:billing_invoice_regler", args=[invoice.pk])


def typed(invoice: Invoice, **more: str) -> dict[str, object]:
    """What the page sends as it was proposed: its boxes not offered are hidden, and come back empty."""
    proposed = {"mode": "transfer", "amount": "120,00", "received_on": f"{today():%d/%m/%Y}", "reference": ""}
    return {"version": version_of(invoice), "key": uuid4(), "too_much": "", "twin": "", **proposed, **more}


@pytest.mark.fault("G1")
def test_a_debit_at_the_bank_is_told_and_a_payment_besides_it_takes_a_box(accountant):
    debit = make_collection(amount="120.00")
    file = in_file(debit)
    day = french_date(debit.collects_on)
    words = f"prélèvement de 120,00\u00a0€ est déjà à la banque pour le {day} ({file.reference})"
    shown = unescape(read_page(accountant.get(at(debit.invoice))))
    assert f"Attention : un {words}, et il aura lieu." in shown
    refused = accountant.post(at(debit.invoice), typed(debit.invoice))
    assert refused.status_code == 422
    assert f"Un {words}. Si ce règlement vient en plus, cochez la case." in unescape(refused.text)
    assert "dépasse" not in unescape(refused.text)
    assert not Receipt.objects.exists()
    assert accountant.post(at(debit.invoice), typed(debit.invoice, besides="on")).status_code == 302
    debit.refresh_from_db()
    assert (debit.state, Receipt.objects.count()) == (Collection.State.EXPORTED, 1)


def test_who_paid_besides_a_debit_at_the_bank_reads_that_it_takes_place_and_is_given_back(accountant):
    debit = make_collection(amount="120.00")
    in_file(debit)
    accountant.post(at(debit.invoice), typed(debit.invoice, besides="on"))
    told = Message.objects.get(dedupe_key=f"settled:{Receipt.objects.get().pk}").content["paragraphs"][1]
    assert f"le prélèvement de 120,00\u00a0€ du {french_date(debit.collects_on)} était déjà transmis" in told
    assert "il aura encore lieu, et cette somme vous sera remboursée." in told


def test_a_debit_by_hand_is_sent_to_its_file_without_a_box(accountant):
    debit = make_collection(amount="120.00")
    file = in_file(debit)
    answer = accountant.post(at(debit.invoice), typed(debit.invoice, mode="debit"))
    assert answer.status_code == 409
    assert f"marquez le fichier {file.reference} comme encaissé" in unescape(answer.text)


def test_a_planned_debit_is_told_and_asks_no_box(accountant):
    debit = make_collection(amount="120.00")
    page = unescape(accountant.get(at(debit.invoice)).text)
    assert f"Un prélèvement de 120,00\u00a0€ est prévu le {french_date(debit.collects_on)}." in page
    assert "Une fois tout réglé, il sera annulé et le client en sera averti" in page
    assert 'name="besides"' not in page
    assert accountant.post(at(debit.invoice), typed(debit.invoice)).status_code == 302
    debit.refresh_from_db()
    assert debit.state == Collection.State.CANCELLED


def test_only_the_box_that_is_needed_is_offered(accountant):
    invoice = make_collection(amount="120.00").invoice
    page = accountant.post(at(invoice), typed(invoice, amount="500,00")).context_data["form"]
    kinds = {name: page[name].kind for name in ("too_much", "twin")}
    assert (kinds["too_much"], page["twin"].is_hidden) == ("box", True)
