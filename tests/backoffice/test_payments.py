"""Money on the pages of staff: what is received by mistake, too much, given back."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from core.dates import french_date, today
from core.journal import timeline
from core.money import euros
from membership import payments, pieces, workflow
from membership.models import Payment
from membership.states import Queue
from tests.backoffice.conftest import page, post, url
from tests.factories import CLERK, ApplicationFactory, MemberFactory, pay

pytestmark = pytest.mark.django_db

BOX = "et c’est bien ce que nous avons reçu"
IBAN = "FR7630006000011234567890189"


def typed(amount: Decimal | str, **more: str) -> dict[str, str]:
    return {"mode": "cheque", "amount": str(amount), "received_on": f"{today():%d/%m/%Y}", **more}


@pytest.mark.req("M-18")
@pytest.mark.fault("F4")
def test_more_than_what_is_due_takes_a_confirmation(operator, accountant):
    dossier = ApplicationFactory(awaiting=True)
    pay(dossier, Decimal("10.00"))
    dossier.refresh_from_db()
    left = dossier.proforma.total - 10
    assert BOX not in accountant.get(url(dossier, "reglement")).content.decode()
    refused = post(accountant, dossier, "reglement", **typed(left + 1))
    assert refused.status_code == 422
    assert f"il reste {euros(left)} à régler" in refused.content.decode()
    assert BOX in refused.content.decode()
    assert Payment.objects.count() == 1
    assert post(accountant, dossier, "reglement", **typed(left + 1, too_much="on")).status_code == 302
    assert Payment.objects.filter(amount=left + 1, state=Payment.State.HELD).exists()
    dossier.refresh_from_db()
    again = post(accountant, dossier, "reglement", **typed("5"))
    assert "plus rien à régler" in again.content.decode()


@pytest.mark.req("M-18")
def test_what_is_due_asks_no_confirmation(operator, accountant):
    dossier = ApplicationFactory(awaiting=True)
    assert post(accountant, dossier, "reglement", **typed(dossier.proforma.total)).status_code == 302


@pytest.mark.req("M-18", "B-02")
def test_a_payment_entered_by_mistake_is_cancelled(operator, accountant):
    dossier = ApplicationFactory(complete=True)
    payment = Payment.objects.get()
    assert post(accountant, dossier, "annuler", payment=payment.pk, reason=" ").status_code == 422
    assert post(accountant, dossier, "annuler", payment=payment.pk, reason="Saisi deux fois.").status_code == 302
    payment.refresh_from_db()
    dossier.refresh_from_db()
    assert (payment.state, dossier.queue) == (Payment.State.CANCELLED, Queue.COMPANY)
    assert pieces.due(dossier, dossier.proforma) == dossier.proforma.total
    assert timeline(dossier).last().message == "Règlement annulé : Saisi deux fois."  # the company had read « reçu »
    assert "Annulé (erreur de saisie)" in accountant.get(page(dossier)).content.decode()
    workflow.send_back(dossier, by=CLERK, reason="x")
    payment.refresh_from_db()
    dossier.refresh_from_db()
    assert (payment.state, dossier.queue) == (Payment.State.CANCELLED, Queue.NONE)  # nothing to give back


@pytest.mark.req("M-18")
@pytest.mark.fault("A8")
def test_only_the_accountant_cancels_and_only_what_is_held(operator, accountant, manager):
    dossier = ApplicationFactory(complete=True)
    payment = Payment.objects.get()
    assert post(manager, dossier, "annuler", payment=payment.pk, reason="x").status_code == 403
    workflow.accept(dossier, by=CLERK)
    dossier.refresh_from_db()
    with pytest.raises(workflow.Refused, match="pas encore encaissé"):
        payments.cancel_payment(payment, by=CLERK, reason="x")
    assert post(accountant, dossier, "annuler", payment=payment.pk, reason="x").status_code == 422
    payment.refresh_from_db()
    assert payment.state == Payment.State.CASHED


@pytest.mark.req("M-19")
def test_a_refund_keeps_its_day_and_the_iban_that_was_missing(operator, accountant):
    dossier = ApplicationFactory(refund=True)
    payment = Payment.objects.get()
    day = today() - timedelta(days=1)
    wrong = post(accountant, dossier, "rembourser", payment=payment.pk, iban=IBAN[:-1] + "8")
    assert wrong.context_data["form"].errors.keys() == {"iban"}
    data = {"payment": payment.pk, "iban": IBAN, "on": f"{day:%d/%m/%Y}"}
    assert post(accountant, dossier, "rembourser", **data).status_code == 302
    payment.refresh_from_db()
    assert (payment.state, payment.payer_iban) == (Payment.State.REFUNDED, IBAN)
    assert timeline(dossier).last().reason == f"Fait le {french_date(day)}."


@pytest.mark.req("M-19")
def test_an_iban_we_have_is_not_asked_again(operator, accountant):
    dossier = ApplicationFactory(refund=True)
    Payment.objects.update(payer_iban=IBAN)
    assert "iban" not in accountant.get(url(dossier, "rembourser")).context_data["form"].fields


@pytest.mark.req("M-19")
def test_a_cheque_is_sent_back_and_asks_no_iban(operator, accountant):
    dossier = ApplicationFactory(refund=True)
    Payment.objects.update(mode="cheque")
    shown = accountant.get(url(dossier, "rembourser"))
    assert "iban" not in shown.context_data["form"].fields
    text = shown.content.decode()
    assert '<button class="bo-btn bo-main">Enregistrer ce remboursement</button>' in text
    transfer = Payment.objects.create(
        application=dossier, mode="transfer", amount=1, received_on=today(), state="to_refund"
    )
    assert "iban" in accountant.get(url(dossier, "rembourser")).context_data["form"].fields
    cheque = Payment.objects.exclude(pk=transfer.pk).get()
    wrong = post(accountant, dossier, "rembourser", payment=cheque.pk, iban=IBAN)
    assert wrong.context_data["form"].errors["iban"] == ["Un chèque se renvoie, sans IBAN : laissez cette case vide."]


@pytest.mark.req("M-18")
def test_the_pages_of_money_speak_plainly(operator, accountant):
    dossier = ApplicationFactory(complete=True)
    assert "Annuler ce règlement</button>" in accountant.get(url(dossier, "annuler")).content.decode()
    mode = accountant.get(url(ApplicationFactory(awaiting=True), "reglement")).context_data["form"].fields["mode"]
    assert [key for key, _ in mode.choices] == Payment.Mode.values, "one is proposed, none is empty"


@pytest.mark.req("M-14", "M-19")
def test_the_page_for_money_that_came_too_late_shows_what_it_may_be_meant_for(operator, accountant):
    dossier = ApplicationFactory(returned=True)
    assert "n’est pas pour" not in accountant.get(url(dossier, "reglement-tardif")).content.decode()
    other = ApplicationFactory(awaiting=True, establishment__siret=dossier.siret)
    shown = accountant.get(url(dossier, "reglement-tardif")).content.decode()
    assert f'href="{page(other)}">{other.reference}</a>' in shown
    assert "Vérifiez que ce règlement n’est pas pour elle." in shown
    workflow.withdraw(other, by=CLERK)
    member = MemberFactory(establishment__siret=dossier.siret, left_on=None)
    shown = accountant.get(url(dossier, "reglement-tardif")).content.decode()
    assert member.number in shown
    assert "vérifiez que ce règlement n’est pas pour lui." in shown


@pytest.mark.req("M-14", "M-19")
@pytest.mark.parametrize("trait", ["returned", "withdrawn"])
def test_the_button_for_money_that_came_too_late_says_what_becomes_of_it(operator, accountant, trait):
    dossier = ApplicationFactory(**{trait: True})
    shown = accountant.get(page(dossier)).content.decode()
    assert f'"{url(dossier, "reglement-tardif")}"' in shown
    assert "Enregistrer un règlement arrivé trop tard" in shown
    text = accountant.get(url(dossier, "reglement-tardif")).content.decode()
    assert "ce règlement est à rembourser" in text
    data = {"mode": "transfer", "amount": "9000", "received_on": f"{today():%d/%m/%Y}"}
    assert post(accountant, dossier, "reglement-tardif", **data).status_code == 302, "whatever came is to be given back"
    assert Payment.objects.get().state == Payment.State.TO_REFUND
    queue = accountant.get("/admin/?vue=remboursements").content.decode()
    assert dossier.reference in queue
    again = post(accountant, dossier, "reglement-tardif", **data)  # the same page, sent twice
    assert again.status_code == 409
    assert Payment.objects.count() == 1


@pytest.mark.parametrize(("amount", "refused"), [("0", True), ("-1.00", True), ("0.01", False)])
def test_the_model_refuses_the_amounts_that_the_database_does(amount, refused):
    payment = Payment(mode="cheque", amount=Decimal(amount), received_on=today())
    with pytest.raises(ValidationError) if refused else nullcontext():
        payment.clean_fields(exclude=["application"])
