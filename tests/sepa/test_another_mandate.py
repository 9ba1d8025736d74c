"""A mandate ends with debits announced: all of them are told, and another mandate has them planned again."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import transaction

from billing import collections, mandates, returns
from billing.collection_days import collection_day
from billing.models import Collection, Mandate
from billing.models.invoice import Mode
from core.brand import brand
from core.dates import french_date, today
from core.identifiers import format_iban
from core.money import euros
from notifications.models import Message
from tests.factories_billing import make_invoice, pay_invoice
from tests.factories_sepa import CLERK, OTHER_IBAN, SIGNER, in_file, make_mandate

pytestmark = [pytest.mark.django_db, pytest.mark.req("D-18")]
State = Collection.State


def debit(mandate: Mandate, days: int = 30) -> Collection:
    """A planned debit of an invoice that its customer chose to pay so."""
    invoice = make_invoice(mandate.subject, mode=Mode.DEBIT)
    return collections.plan(invoice, mandate, today() + timedelta(days=days), by=CLERK)


def sent_back(collection: Collection, code: str) -> None:
    in_file(collection)
    with time_machine.travel(f"{collection.collects_on}T12:00:00+01:00"):
        returns.record_return(collection, code=code, on=today(), by=CLERK)


def running(mandate: Mandate) -> list[Collection]:
    return list(mandate.collections.filter(state=State.PLANNED).order_by("end_to_end_id"))


def revoked(mandate: Mandate) -> Message:
    mandates.revoke(mandate, by=SIGNER)
    return Message.objects.get(dedupe_key=f"mandate-revoked:{mandate.pk}")


def suspended(mandate: Mandate) -> Message:
    first = debit(mandate, days=20)
    sent_back(first, "AC04")
    return Message.objects.get(dedupe_key=f"collection-returned:{first.pk}")


def lapsed(mandate: Mandate) -> Message:
    with transaction.atomic():
        mandates.lapse(mandate, mandate.signed_at)
    return Message.objects.get(dedupe_key=f"mandate-lapsed:{mandate.pk}")


@pytest.mark.parametrize("end", [revoked, suspended, lapsed])
def test_the_mail_names_every_debit_that_will_not_take_place_and_how_to_pay(end):
    mandate = make_mandate()
    waiting = [debit(mandate, days) for days in (40, 60)]
    mail = end(mandate)
    for one in waiting:
        one.refresh_from_db()
        assert one.state == State.CANCELLED
        said = f"Le prélèvement de {euros(one.amount)} annoncé pour le {french_date(one.collects_on)} (facture "
        assert f"{said}{one.invoice.number}) n’aura pas lieu." in mail.content["paragraphs"]
    assert format_iban(brand().operator["iban"]) in [value for _, value in mail.content["facts"]]
    assert "par virement" in " ".join(mail.content["paragraphs"])
    assert "Chèque à envoyer à" in dict(mail.content["facts"])


def test_without_any_debit_to_come_the_mail_asks_for_nothing():
    mail = revoked(make_mandate())
    assert "virement" not in str(mail.content)


@pytest.mark.parametrize("end", [revoked, suspended, lapsed])
def test_another_mandate_has_them_planned_again_and_announced_once(end):
    mandate = make_mandate()
    waiting = [debit(mandate, days) for days in (40, 60)]
    end(mandate)
    other = make_mandate(mandate.subject, iban=OTHER_IBAN)
    again = running(other)
    back = {one.invoice_id for one in mandate.collections.filter(state=State.RETURNED)}
    assert {one.invoice_id for one in again} == {one.invoice_id for one in waiting} | back
    for one in again:
        assert one.collects_on == collection_day(one.invoice.due_on, today())
        assert one.notice.content["facts"][0] == ["Montant", euros(one.invoice.left)]
    third = make_mandate(mandate.subject)
    assert len(running(third)) == len(again), "moved to the third mandate, not planned a second time"
    assert Collection.objects.filter(state=State.PLANNED).count() == len(again)


def test_past_the_due_day_it_is_the_first_day_that_the_notice_permits():
    mandate = make_mandate()
    lost = debit(mandate, days=40)
    mandates.revoke(mandate, by=SIGNER)
    with time_machine.travel(f"{lost.invoice.due_on + timedelta(days=3)}T12:00:00+01:00"):
        (again,) = running(make_mandate(mandate.subject))
        assert again.collects_on == collection_day(today(), today())


@pytest.mark.parametrize("why", ["paid", "paid in part", "cancelled by staff", "refused", "transfer"])
def test_what_is_paid_some_other_way_is_not_debited_by_another_mandate(why):
    mandate = make_mandate()
    lost = debit(mandate, days=20)
    if why == "cancelled by staff":
        collections.cancel(lost, by=CLERK, reason="Vous réglez par chèque")
    elif why == "refused":
        sent_back(lost, "MS02")
    elif why == "transfer":
        type(lost.invoice).objects.filter(pk=lost.invoice_id).update(mode=Mode.TRANSFER)
    mandates.revoke(mandate, by=SIGNER)
    if why.startswith("paid"):
        pay_invoice(lost.invoice, None if why == "paid" else "20.00")
    assert running(make_mandate(mandate.subject)) == []


def test_what_came_back_is_debited_from_another_account_but_not_from_the_same():
    mandate = make_mandate()
    lost = debit(mandate)
    sent_back(lost, "AM04")
    assert not collections.waiting().exists(), "the same mandate does not try again by itself"
    (again,) = running(make_mandate(mandate.subject, iban=OTHER_IBAN))
    assert again.invoice == lost.invoice
