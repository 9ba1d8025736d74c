"""« Mon dossier »: what happened to the money, and what is still to come of a dossier that is closed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse

from core.dates import french_date
from core.money import euros
from membership import payments, workflow
from membership.dossier_views import events
from membership.models import Application
from tests.factories import CLERK, ApplicationFactory, pay

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator", "clock")]


def page(holder, dossier: Application) -> str:
    return holder(dossier).get(reverse("membership:dossier", args=[dossier.pk])).content.decode()


@pytest.mark.req("B-02", "M-19")
def test_a_refund_to_come_says_how_much_who_acts_and_by_when(holder):
    dossier = ApplicationFactory(awaiting=True)
    first, second = pay(dossier, Decimal("60.00")), pay(dossier, Decimal("1240.50"))
    workflow.send_back(dossier, by=CLERK, reason="Pièces jamais reçues.")
    dossier.refresh_from_db()
    assert dossier.due_on
    assert events(dossier, [])[-1] == {
        "state": "next",
        "title": f"Remboursement de {euros(Decimal('1300.50'))}",
        "who": "À nous d’agir",
        "by": dossier.due_on,
    }
    assert f"À nous d’agir, au plus tard le {french_date(dossier.due_on)}" in page(holder, dossier)
    payments.refund(first, by=CLERK)
    dossier.refresh_from_db()
    assert events(dossier, [])[-1]["title"] == f"Remboursement de {euros(Decimal('1240.50'))}", "of what is left"
    payments.refund(second, by=CLERK)
    dossier.refresh_from_db()
    shown = page(holder, dossier)
    assert "À nous d’agir" not in shown
    assert f"Règlement de {euros(Decimal('1240.50'))} remboursé." in shown


@pytest.mark.req("B-02", "M-18")
def test_a_payment_received_shows_its_amount(holder):
    dossier = ApplicationFactory(awaiting=True)
    payment = pay(dossier)
    assert f"Règlement de {euros(payment.amount)} reçu." in page(holder, dossier)


@pytest.mark.req("B-02")
@pytest.mark.parametrize("until", ["returned", "withdrawn", "accepted"])
def test_nothing_is_to_come_of_a_closed_dossier_without_money_to_give_back(holder, until):
    assert "à venir" not in page(holder, ApplicationFactory(until=until))


@pytest.mark.req("B-02")
@pytest.mark.parametrize("until", ["unpaid", "awaiting", "accepted", "returned", "withdrawn"])
def test_the_page_after_validation_says_nothing_of_a_dossier_that_moved_on(holder, until):
    dossier = ApplicationFactory(until=until)
    answer = holder(dossier).get(reverse("membership:confirmation", args=[dossier.pk]))
    assert answer.status_code == 302
    assert answer["Location"] == reverse("membership:dossier", args=[dossier.pk])


@pytest.mark.req("B-02", "M-09")
def test_the_page_after_validation_is_there_until_we_have_checked(holder):
    dossier = ApplicationFactory(submitted=True)
    shown = holder(dossier).get(reverse("membership:confirmation", args=[dossier.pk])).content.decode()
    assert "Votre demande est validée" in shown
    assert dossier.reference in shown
