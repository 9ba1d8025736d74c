"""The pages of staff about money paid too much."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from billing.models import ExcessUse, Invoice
from core.alerts import may_see
from core.dates import today
from tests.billing.test_admin import address, staff
from tests.factories import MemberFactory, UserFactory
from tests.factories_billing import carry_excess, make_invoice, pay_invoice, refund_excess, version_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def accountant() -> Client:
    return staff(accountant=True)


@pytest.fixture
def overpaid() -> Invoice:
    invoice = make_invoice(MemberFactory(left_on=None))
    pay_invoice(invoice, "300.00", allow_excess=True)
    return invoice


def typed(invoice: Invoice, amount: str, **more: object) -> dict[str, object]:
    return {"version": version_of(invoice), "key": uuid4(), "amount": amount, **more}


def text(client: Client, url: str) -> str:
    return client.get(url).content.decode().replace("\u202f", "").replace("\xa0", " ")


@pytest.mark.req("C-07")
def test_an_excess_is_carried_from_the_page_of_its_invoice(accountant, overpaid):
    later = make_invoice(overpaid.subject, due_on=today() + timedelta(days=365))
    first, stranger = make_invoice(overpaid.subject), make_invoice()
    url = address("invoice_reporter", overpaid.pk)
    assert url in text(accountant, address("invoice_change", overpaid.pk))
    form = accountant.get(url).context_data["form"]
    assert list(form.fields["to"].queryset) == [first, later]
    assert (form.initial["to"], form.initial["amount"]) == (first, overpaid.excess)
    assert accountant.post(url, typed(overpaid, "60,00", to=stranger.pk)).status_code == 422
    over = accountant.post(url, typed(overpaid, "60,01", to=first.pk))
    assert over.status_code == 422
    assert "n’est que de" in over.content.decode()
    assert accountant.post(url, typed(overpaid, "60,00", to=first.pk)).status_code == 302
    page = text(accountant, address("invoice_change", overpaid.pk))
    assert address("invoice_change", first.pk) in page
    assert url not in page
    assert address("invoice_change", overpaid.pk) in text(accountant, address("invoice_change", first.pk))


def test_without_another_invoice_the_page_says_what_else_to_do(accountant, overpaid):
    page = text(accountant, address("invoice_reporter", overpaid.pk))
    assert "remboursez-le" in page
    assert 'name="amount"' not in page
    assert ">Reporter sur une autre facture</button>" not in page
    refused = accountant.post(address("invoice_reporter", overpaid.pk), typed(overpaid, "60,00"))
    assert refused.status_code == 422


@pytest.mark.req("C-07")
def test_an_excess_is_refunded_then_cancelled_from_the_page(accountant, overpaid):
    url = address("invoice_rembourser", overpaid.pk)
    form = accountant.get(url).context_data["form"]
    assert (form.initial["amount"], form.initial["mode"]) == (overpaid.excess, "transfer")
    wrong = typed(overpaid, "60,00", mode="cheque", on=f"{today():%d/%m/%Y}", iban="FR7630006000011234567890189")
    assert "ne sert qu’à un virement" in accountant.post(url, wrong).content.decode()
    asked = {**wrong, "mode": "transfer", "reference": "VIR 14"}
    assert accountant.post(url, asked).status_code == 302
    page = text(accountant, address("invoice_change", overpaid.pk))
    assert "VIR 14" in page
    assert "FR7630006000011234567890189" not in page.replace(" ", "")
    assert ExcessUse.objects.get().masked_iban.replace("\xa0", " ") in page
    # A second page that was open meanwhile: told who did it, and nothing twice.
    assert accountant.post(url, {**asked, "key": uuid4()}).status_code == 409
    assert ExcessUse.objects.count() == 1
    cancel = address("invoice_annuler-remboursement", overpaid.pk)
    data = {"version": version_of(overpaid), "use": ExcessUse.objects.get().pk, "reason": "Compte clos"}
    assert accountant.post(cancel, data).status_code == 302
    assert "Compte clos" in text(accountant, address("invoice_change", overpaid.pk))


def test_excesses_wait_on_the_home_page_until_they_are_given_back(accountant, overpaid):
    user = UserFactory(accountant=True)
    (alert,) = [one for one in may_see(user) if one.slug == "overpaid-invoices"]
    assert list(alert.rows()) == [overpaid]
    refund_excess(overpaid)
    assert not alert.rows().exists()
    assert "overpaid-invoices" not in [one.slug for one in may_see(UserFactory(manager=True))]


def test_the_list_of_what_was_given_back_leads_to_the_invoice_and_exports_masked(accountant, overpaid):
    use = refund_excess(overpaid)
    assert overpaid.number in text(accountant, address("excessuse_changelist"))
    there = accountant.get(address("excessuse_change", use.pk))["Location"]
    assert there == address("invoice_change", overpaid.pk) + "#trop-percu"
    table = b"".join(accountant.get(address("excessuse_export", "csv")).streaming_content).decode("utf-8-sig")
    assert overpaid.number in table
    assert "FR7630006000011234567890189" not in table.replace(" ", "")


@pytest.mark.fault("A8")
@pytest.mark.parametrize("group", ["reader", "manager"])
def test_who_only_reads_gives_nothing_back(group, overpaid):
    client = staff(**{group: True})
    page = client.get(address("invoice_change", overpaid.pk)).content.decode()
    for verb in ("reporter", "rembourser", "annuler-report", "annuler-remboursement"):
        assert f"{verb}/" not in page
        url = reverse(f"admin:billing_invoice_{verb}", args=[overpaid.pk])
        assert client.get(url).status_code == client.post(url).status_code == 403
    assert not ExcessUse.objects.exists()


@pytest.mark.fault("G1")
def test_a_page_of_an_excess_sent_again_with_another_amount_is_refused(accountant, overpaid):
    url = address("invoice_rembourser", overpaid.pk)
    data = typed(overpaid, "20,00", mode="cheque", on=f"{today():%d/%m/%Y}")
    assert [accountant.post(url, data).status_code for _ in range(2)] == [302, 302]
    refused = accountant.post(url, {**data, "amount": "30,00"})
    assert refused.status_code == 409
    assert ExcessUse.objects.get().amount == 20
    to = make_invoice(overpaid.subject)
    carry = address("invoice_reporter", overpaid.pk)
    assert accountant.post(carry, {**data, "to": to.pk}).status_code == 409
    assert ExcessUse.objects.count() == 1


def test_a_payment_whose_excess_was_carried_says_what_to_undo_first(accountant, overpaid):
    other = make_invoice(overpaid.subject)
    carry_excess(overpaid, other)
    cancel, undo = address("invoice_annuler", overpaid.pk), address("invoice_annuler-report", overpaid.pk)
    data = {
        "version": version_of(overpaid),
        "receipt": overpaid.receipts.get().pk,
        "reason": "Chèque sans provision",
    }
    refused = accountant.post(cancel, data)
    assert refused.status_code == 422
    assert f"annulez d’abord le report de 60,00 € sur {other.number}" in refused.content.decode().replace("\xa0", " ")
    assert undo in text(accountant, address("invoice_change", overpaid.pk))
    taken = {"version": version_of(overpaid), "use": ExcessUse.objects.get().pk, "reason": "Mauvaise facture"}
    assert accountant.post(undo, taken).status_code == 302
    overpaid.refresh_from_db()
    other.refresh_from_db()
    assert (overpaid.excess, other.left) == (60, 240)
    assert undo not in text(accountant, address("invoice_change", overpaid.pk))


def test_what_the_bank_takes_back_is_cancelled_all_the_same_and_explained(accountant, overpaid):
    refund_excess(overpaid)
    receipt = overpaid.receipts.get().pk
    data = {"version": version_of(overpaid), "receipt": receipt, "reason": "Impayé", "taken_back": "on"}
    assert accountant.post(address("invoice_annuler", overpaid.pk), data).status_code == 302
    page = text(accountant, address("invoice_change", overpaid.pk))
    assert "dont 60,00 € déjà remboursés ou reportés" in page
    assert "−60,00 €" in page
