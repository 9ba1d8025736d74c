"""Several people, tabs or clicks at the same moment: one wins, the others are told, nothing is done twice."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import IntegrityError

from core.transitions import AlreadyDone, Refused
from documents.models import Document
from membership import payments, workflow
from membership.models import Application, Member, Payment, Proforma
from membership.states import State
from notifications.models import Message
from tests.core.threads import at_once
from tests.factories import (
    CLERK,
    COMPANY,
    ApplicationFactory,
    EstablishmentFactory,
    UnpaidInvoiceFactory,
    UserFactory,
    make_operator,
    pay,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _operator(transactional_db):
    make_operator()


def kinds(results: list) -> Counter:
    """How many calls succeeded and how many ended in which exception."""
    return Counter(type(result).__name__ if isinstance(result, Exception) else "done" for result in results)


@pytest.mark.fault("G2")
def test_of_eight_finalisations_at_once_one_wins():
    dossier = ApplicationFactory()
    results = at_once(8, lambda _: workflow.submit(Application.objects.get(pk=dossier.pk), by=COMPANY))
    assert kinds(results) == {"done": 1, "AlreadyDone": 7}
    assert all(
        "Demande de pré-adhésion validée" in str(result) for result in results if isinstance(result, AlreadyDone)
    )
    assert Document.objects.filter(kind="bordereau").count() == 1
    assert Message.objects.count() == 1
    dossier.refresh_from_db()
    assert dossier.reference.endswith("-000001")


@pytest.mark.fault("G3")
def test_of_two_clerks_who_send_the_proforma_one_is_told_that_it_is_done():
    dossier = ApplicationFactory(submitted=True)
    clerks = [UserFactory(manager=True), UserFactory(manager=True)]
    results = at_once(
        2,
        lambda n: workflow.send_proforma(
            Application.objects.get(pk=dossier.pk), by=workflow.Actor.staff(clerks[n]), seen=dossier.version
        ),
    )
    assert kinds(results) == {"done": 1, "AlreadyDone": 1}
    winner = next(n for n, result in enumerate(results) if not isinstance(result, Exception))
    told = str(next(result for result in results if isinstance(result, AlreadyDone)))
    assert clerks[winner].get_full_name() in told
    assert Proforma.objects.count() == 1
    assert Message.objects.filter(dedupe_key__startswith="proforma").count() == 1


@pytest.mark.fault("G3")
def test_of_an_acceptance_and_a_return_at_once_one_happens():
    dossier = ApplicationFactory(complete=True)

    def act(number: int):
        verb = workflow.accept if number else workflow.send_back
        return verb(Application.objects.get(pk=dossier.pk), by=CLERK, seen=dossier.version)

    assert kinds(at_once(2, act)) == {"done": 1, "AlreadyDone": 1}
    dossier.refresh_from_db()
    accepted = dossier.state == State.ACCEPTED
    assert Member.objects.count() == int(accepted)
    assert Payment.objects.get().state == (Payment.State.CASHED if accepted else Payment.State.TO_REFUND)
    assert Message.objects.filter(dedupe_key__startswith="accept").count() == int(accepted)
    assert Message.objects.filter(dedupe_key__startswith="close").count() == int(not accepted)


@pytest.mark.fault("G3")
def test_of_a_hold_and_a_proforma_at_once_the_debt_wins():
    dossier = ApplicationFactory(submitted=True)
    UnpaidInvoiceFactory(member__siret=f"{dossier.siret[:9]}00099")
    verbs = [workflow.hold_for_unpaid, workflow.send_proforma]
    results = at_once(2, lambda n: verbs[n](Application.objects.get(pk=dossier.pk), by=CLERK))
    assert not isinstance(results[0], Exception)
    assert isinstance(results[1], Refused)
    assert not Proforma.objects.exists()


@pytest.mark.req("M-17")
def test_dossiers_accepted_at_once_get_numbers_without_a_hole():
    dossiers = [ApplicationFactory(complete=True) for _ in range(4)]
    results = at_once(4, lambda n: workflow.accept(Application.objects.get(pk=dossiers[n].pk), by=CLERK))
    assert sorted(member.number for member in results) == ["A000001", "A000002", "A000003", "A000004"]


@pytest.mark.req("M-19")
@pytest.mark.fault("G1")
def test_a_refund_asked_for_twice_at_once_is_made_once():
    dossier = ApplicationFactory(refund=True)
    payment = dossier.payments.get()
    results = at_once(4, lambda _: payments.refund(Payment.objects.get(pk=payment.pk), by=CLERK))
    assert kinds(results) == {"done": 1, "Refused": 3}
    assert Message.objects.filter(dedupe_key__startswith="refund").count() == 1


@pytest.mark.req("M-24")
def test_two_payments_entered_at_once_are_both_there():
    dossier = ApplicationFactory(awaiting=True)
    at_once(2, lambda _: pay(Application.objects.get(pk=dossier.pk)))
    assert dossier.payments.count() == 2


@pytest.mark.req("D-16", "B-01")
@pytest.mark.fault("G2")
def test_the_database_itself_refuses_a_second_open_dossier_for_a_siret():
    siret = ApplicationFactory().siret

    def begin(_: int) -> Application:
        return Application.objects.create(establishment=EstablishmentFactory(siret=siret), siret=siret)

    assert all(isinstance(result, IntegrityError) for result in at_once(4, begin))
    Application.objects.all().delete()
    assert kinds(at_once(8, begin)) == {"done": 1, "IntegrityError": 7}
