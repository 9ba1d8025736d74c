"""A contribution whose debit was cancelled or came back: the page says how to pay it instead."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from billing import mandates, returns
from billing.models import Collection, Mandate
from billing.models.invoice import Mode
from contributions import workflow
from core import deadlines
from core.brand import brand
from core.dates import today
from core.identifiers import format_iban
from tests.contributions.conftest import people, url
from tests.contributions.test_debit import make_mandate, sign
from tests.factories import COMPANY
from tests.factories_contributions import DeclarationFactory, fill
from tests.factories_sepa import in_file

pytestmark = [pytest.mark.django_db, pytest.mark.req("D-18", "C-05")]


@pytest.fixture
def debited(campaign, member):
    """A validated declaration whose debit is planned."""
    make_mandate(member)
    people(member, SI=2)
    return workflow.validate(fill(DeclarationFactory(campaign=campaign, member=member), mode=Mode.DEBIT), by=COMPANY)


def asked_by_transfer(page: str) -> bool:
    iban = format_iban(brand().operator["iban"])
    return "Code QR du virement" in page and iban in page and "Pour régler par virement" in page


@pytest.mark.parametrize("how", ["revoked", "returned"])
def test_how_to_pay_shows_the_transfer_once_no_debit_is_under_way(debited, declarer, how):
    assert not asked_by_transfer(declarer.client.get(url("confirmation", debited)).text)
    collection = Collection.objects.get()
    if how == "revoked":
        mandates.revoke(collection.mandate, by=COMPANY)
    else:
        in_file(collection)
        with time_machine.travel(f"{collection.collects_on}T12:00:00+01:00"):
            returns.record_return(collection, code="AM04", on=today(), by=COMPANY)
    assert "Voir comment régler" in declarer.client.get(url("declaration", debited)).text
    page = declarer.client.get(url("confirmation", debited)).text
    assert asked_by_transfer(page)
    assert "Le prélèvement n’a pas eu lieu" in page
    assert "Nous vous annonçons le prélèvement" not in page
    assert ("Signer mon mandat de prélèvement" in page) is (how == "revoked")


def test_one_that_never_had_a_debit_waits_for_its_mandate(campaign, member, declarer):
    people(member, SI=2)
    done = workflow.validate(fill(DeclarationFactory(campaign=campaign, member=member), mode=Mode.DEBIT), by=COMPANY)
    assert not asked_by_transfer(declarer.client.get(url("confirmation", done)).text)


def test_the_net_plans_again_what_another_mandate_should_have(debited, member):
    lost = Collection.objects.get()
    mandates.revoke(lost.mandate, by=COMPANY)
    soon = timezone.now() + timedelta(minutes=5)
    assert deadlines.run(soon)["debit-waiting"] == 0
    make_mandate(member)
    assert deadlines.run(soon)["debit-waiting"] == 1
    assert deadlines.run(soon)["debit-waiting"] == 0
    assert Collection.objects.get(state=Collection.State.PLANNED).invoice == lost.invoice


@pytest.mark.parametrize("late", [False, True], ids=["at the validation", "once late"])
def test_a_mandate_that_lapses_before_the_due_day_debits_nothing_and_stops_no_declaration(
    campaign, member, declarer, clock, late
):
    make_mandate(member)
    Mandate.objects.update(lapses_on=date(2027, 2, 11))
    people(member, SI=2)
    done = workflow.validate(fill(DeclarationFactory(campaign=campaign, member=member), mode=Mode.DEBIT), by=COMPANY)
    assert done.invoice.due_on == date(2027, 2, 11)
    assert done.invoice.document.snapshot["debit_on"] == ""
    assert "Signer mon mandat de prélèvement" in declarer.client.get(url("confirmation", done)).text
    if late:
        clock.move_to("2027-02-10T10:00:00+01:00")
    assert deadlines.run(timezone.now())["debit-waiting"] == 0
    assert not Collection.objects.exists()
    another = sign(member)
    assert Collection.objects.get().mandate == another
