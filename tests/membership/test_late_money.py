"""Money that comes once the dossier was returned or withdrawn: recorded, told, given back (M-14, M-16, M-19)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.dates import today
from core.journal import timeline
from core.money import euros
from core.transitions import AlreadyDone, Refused
from membership import closing, payments, pieces, workflow
from membership.models import Application, Payment
from membership.states import Queue, State
from notifications.models import Message
from tests.core.threads import at_once
from tests.factories import CLERK, ApplicationFactory, MemberFactory, make_operator, pay

pytestmark = [pytest.mark.django_db, pytest.mark.req("M-14", "M-16", "M-19")]

LATE = "late-payment"


def late(dossier: Application, amount: str = "486.00", mode: str = Payment.Mode.TRANSFER, **more) -> Payment:
    payment = Payment(mode=mode, amount=Decimal(amount), received_on=today(), reference="VIR MOREL")
    return payments.record_payment(dossier, payment, by=CLERK, **more)


def told(dossier: Application, what: str = LATE) -> list[str]:
    found = Message.objects.about(dossier).filter(dedupe_key__startswith=f"{what}:")
    return [" ".join([message.content["title"], *message.content["paragraphs"]]) for message in found]


@pytest.mark.parametrize("trait", ["returned", "withdrawn"])
def test_it_goes_straight_to_what_is_to_be_refunded_and_the_company_is_told(operator, clock, trait):
    dossier = ApplicationFactory(**{trait: True})
    assert dossier.queue == Queue.NONE
    payment = late(dossier)
    dossier.refresh_from_db()
    assert payment.state == Payment.State.TO_REFUND
    assert (dossier.queue, dossier.due_on) == (Queue.REFUND, date(2026, 11, 25)), "two working days, as for any refund"
    assert dossier.state == (State.RETURNED if trait == "returned" else State.WITHDRAWN), "it stays over"
    message = timeline(dossier).last().message
    assert message == f"Règlement de {euros(payment.amount)} reçu après la clôture du dossier : il vous sera remboursé."
    (mail,) = told(dossier)
    assert "arrivé trop tard et vous sera remboursé" in mail
    assert f"Nous vous rembourserons {euros(payment.amount)}, soit la totalité" in mail
    assert ("vous avait été retourné" if trait == "returned" else "était déjà retiré") in mail
    payments.refund(payment, by=CLERK)
    dossier.refresh_from_db()
    assert (dossier.queue, dossier.due_on) == (Queue.NONE, None)
    assert not closing.is_erasable(dossier), "money passed through it"


def after(dossier: Application) -> str:
    return " ".join(Message.objects.about(dossier).get(dedupe_key__startswith=LATE).content["after"])


@pytest.mark.req("B-01")
@pytest.mark.parametrize("trait", ["returned", "withdrawn"])
def test_who_still_wants_to_join_is_told_to_begin_again_from_that_dossier(operator, trait):
    dossier = ApplicationFactory(**{trait: True})
    late(dossier)
    assert "« Recommencer à partir de ce dossier »" in after(dossier)


@pytest.mark.req("B-01", "D-16")
@pytest.mark.parametrize("until", ["draft", "awaiting"])
def test_who_has_begun_again_is_told_of_that_request_and_not_to_begin_again(operator, until):
    dossier = ApplicationFactory(withdrawn=True)
    other = ApplicationFactory(until=until, establishment__siret=dossier.siret)
    late(dossier)
    said = after(dossier)
    assert f"Une autre demande{f', {other.reference},' if other.reference else ''} est ouverte" in said
    assert "Recommence" not in said
    assert "None" not in said
    assert "aucune adhésion n’est enregistrée" in told(dossier)[0]


@pytest.mark.req("B-01")
def test_who_has_become_a_member_is_told_so_and_not_that_there_is_no_membership(operator):
    dossier = ApplicationFactory(returned=True)
    member = MemberFactory(establishment__siret=dossier.siret, left_on=None)
    late(dossier)
    said = after(dossier)
    assert f"Votre établissement est adhérent, sous le numéro {member.number}" in said
    assert "Recommence" not in said
    assert "aucune adhésion" not in told(dossier)[0]


def test_a_cheque_is_sent_back_uncashed(operator):
    dossier = ApplicationFactory(returned=True)
    payment = late(dossier, mode=Payment.Mode.CHEQUE)
    (mail,) = told(dossier)
    assert "ne sera pas encaissé : nous vous le renvoyons par courrier" in mail
    payments.refund(payment, by=CLERK)
    assert "Nous vous renvoyons par courrier votre chèque" in told(dossier, "refund")[0]


def test_it_does_not_count_as_paid(operator):
    dossier = ApplicationFactory(returned=True)
    late(dossier)
    assert pieces.paid(dossier) == 0
    assert pieces.due(dossier, dossier.proforma) == dossier.proforma.total


def test_a_day_that_cannot_be_is_refused_as_for_any_payment(operator):
    dossier = ApplicationFactory(withdrawn=True)
    for day in (today() + timedelta(days=1), today() - timedelta(days=400)):
        with pytest.raises(Refused):
            payments.record_payment(dossier, Payment(mode="transfer", amount=1, received_on=day), by=CLERK)
    assert not Payment.objects.exists()


def test_one_entered_by_mistake_is_cancelled_and_the_company_no_longer_waits_for_it(operator):
    dossier = ApplicationFactory(returned=True)
    payment = late(dossier)
    payments.cancel_payment(payment, by=CLERK, reason="Virement d’une autre entreprise.")
    payment.refresh_from_db()
    dossier.refresh_from_db()
    assert (payment.state, dossier.queue) == (Payment.State.CANCELLED, Queue.NONE)
    assert timeline(dossier).last().message == "Règlement annulé : Virement d’une autre entreprise."
    (mail,) = told(dossier, "cancel")
    assert "Il n’y aura pas de remboursement" in mail
    assert "Virement d’une autre entreprise." in mail
    for verb in (
        lambda: payments.refund(payment, by=CLERK),
        lambda: payments.cancel_payment(payment, by=CLERK, reason="x"),
    ):
        with pytest.raises(Refused):
            verb()
    assert len(told(dossier, "cancel")) == 1
    # No money passed through it: it is erased in its time, as any other that came to nothing.
    assert closing.is_erasable(dossier)
    closing.delete(dossier)
    assert not Payment.objects.exists()


def test_what_was_given_back_is_not_cancelled(operator):
    payment = late(ApplicationFactory(returned=True))
    payments.refund(payment, by=CLERK)
    with pytest.raises(Refused, match="ni remboursé"):
        payments.cancel_payment(payment, by=CLERK, reason="x")


@pytest.mark.fault("G1", "G3")
@pytest.mark.django_db(transaction=True)
def test_of_two_clicks_at_once_one_records_it():
    make_operator()
    dossier = ApplicationFactory(returned=True)
    results = at_once(4, lambda _: late(Application.objects.get(pk=dossier.pk), seen=dossier.version))
    assert sum(isinstance(result, AlreadyDone) for result in results) == 3
    assert Payment.objects.count() == len(told(dossier)) == 1


@pytest.mark.fault("G3")
@pytest.mark.django_db(transaction=True)
def test_a_payment_entered_while_the_dossier_goes_back_is_given_back_whoever_was_first():
    make_operator()
    dossier = ApplicationFactory(awaiting=True)
    verbs = [lambda row: workflow.send_back(row, by=CLERK, reason="x"), pay]
    results = at_once(2, lambda n: verbs[n](Application.objects.select_related("proforma").get(pk=dossier.pk)))
    assert not [result for result in results if isinstance(result, Exception)]
    dossier.refresh_from_db()
    assert (dossier.state, dossier.queue) == (State.RETURNED, Queue.REFUND)
    assert Payment.objects.get().state == Payment.State.TO_REFUND
