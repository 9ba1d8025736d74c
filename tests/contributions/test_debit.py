"""A contribution to be debited: planned at the validation, or once the mandate is signed (D-18)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from billing import mandates
from billing.models import Collection, Mandate
from billing.models.invoice import Mode
from billing.models.mandate import MandateState
from contributions import workflow
from contributions.models import Declaration
from core import deadlines
from core.dates import add_months, french_date, today
from membership.models import Member
from notifications.models import Message
from tests.contributions.conftest import SIGNER, people, press, url
from tests.factories import COMPANY
from tests.factories_contributions import DeclarationFactory, fill

pytestmark = [pytest.mark.django_db, pytest.mark.req("D-18")]


@pytest.fixture
def ready(campaign, member) -> Declaration:
    people(member, SI=2)
    return fill(DeclarationFactory(campaign=campaign, member=member), mode=Mode.DEBIT)


def make_mandate(member: Member) -> Mandate:
    """A mandate in force, as its signature leaves it."""
    with transaction.atomic():
        draft = mandates.begin_mandate(
            member,
            iban="FR7630006000011234567890189",
            holder="Menuiserie Morel",
            lines=["4 rue des Lilas"],
            email="claire.morel@morel.example",
            by=COMPANY,
        )
    draft.signed_at, draft.lapses_on, draft.state = timezone.now(), add_months(today(), 36), MandateState.ACTIVE
    draft.save()
    return draft


def test_with_a_mandate_in_force_the_debit_is_planned_on_the_due_day(ready, member):
    mandate = make_mandate(member)
    done = workflow.validate(ready, by=COMPANY)
    collection = Collection.objects.get()
    assert (collection.mandate, collection.invoice, collection.amount) == (mandate, done.invoice, done.total)
    assert collection.collects_on >= done.invoice.due_on


def test_signed_afterwards_it_is_planned_by_the_sweep_once(ready, member, clock):
    done = workflow.validate(ready, by=COMPANY)
    now = datetime(2027, 1, 13, 9, tzinfo=UTC)
    assert deadlines.run(now)["debit-waiting"] == 0
    make_mandate(member)
    assert deadlines.run(now)["debit-waiting"] == 1
    assert deadlines.run(now)["debit-waiting"] == 0
    assert Collection.objects.get().invoice == done.invoice


def test_the_confirmation_leads_to_the_mandate_to_sign(ready, declarer):
    assert "signez votre mandat en ligne" in declarer.client.get(url("step", ready, "cotisation")).text
    page = declarer.client.get(press(declarer.client, ready, "validation", **SIGNER).url).text
    assert "Signer mon mandat de prélèvement" in page


def test_by_cheque_the_confirmation_says_where_to_send_it(ready, declarer):
    Declaration.objects.filter(pk=ready.pk).update(payment_mode=Mode.CHEQUE)
    page = declarer.client.get(press(declarer.client, ready, "validation", **SIGNER).url).text
    assert "Pour régler par chèque" in page
    assert "Code QR du virement" not in page


def test_the_confirmation_says_the_day_of_the_debit(ready, member, declarer):
    make_mandate(member)
    page = declarer.client.get(press(declarer.client, ready, "validation", **SIGNER).url).text
    assert f"seront prélevés le {french_date(Collection.objects.get().collects_on)}" in page
    assert "avec son montant et sa date" not in page


def chosen(client, declaration: Declaration) -> str:
    return client.get(url("step", declaration, "cotisation")).context["form"]["payment_mode"].value()


@pytest.mark.parametrize("answered", [False, True], ids=["last year's mode", "a mode chosen here"])
def test_back_from_signing_the_debit_is_chosen(draft, member, declarer, clock, answered):
    press(declarer.client, draft, "declarations")
    press(declarer.client, draft, "salaries")
    Declaration.objects.filter(pk=draft.pk).update(payment_mode=Mode.TRANSFER)
    if answered:
        press(declarer.client, draft, "cotisation", payment_mode=Mode.TRANSFER)
    assert chosen(declarer.client, draft) == Mode.TRANSFER
    clock.shift(timedelta(minutes=5))
    make_mandate(member)
    assert chosen(declarer.client, draft) == Mode.DEBIT
    clock.shift(timedelta(minutes=5))
    press(declarer.client, draft, "cotisation", payment_mode=Mode.DEBIT)
    draft.refresh_from_db()
    assert draft.payment_mode == Mode.DEBIT, "pressed as it was shown, it is stored"
    press(declarer.client, draft, "cotisation", payment_mode=Mode.CHEQUE)
    assert chosen(declarer.client, draft) == Mode.CHEQUE, "what was chosen after the signature stays"


def test_a_mandate_signed_before_changes_nothing_of_what_is_stored(draft, member, declarer, clock):
    make_mandate(member)
    clock.shift(timedelta(minutes=5))
    press(declarer.client, draft, "declarations")
    press(declarer.client, draft, "salaries")
    Declaration.objects.filter(pk=draft.pk).update(payment_mode=Mode.TRANSFER)
    assert chosen(declarer.client, draft) == Mode.TRANSFER


def test_what_will_be_debited_falls_due_on_that_day(ready, member, campaign):
    """Never before: the invoice prints penalties that run from its due day."""
    make_mandate(member)
    campaign.payment_days = 32  # 13 February 2027 is a Saturday
    campaign.save()
    done = workflow.validate(Declaration.objects.get(pk=ready.pk), by=COMPANY)
    day = Collection.objects.get().collects_on
    assert day == done.invoice.due_on == date(2027, 2, 15)
    assert done.invoice.document.snapshot["debit_on"] == "15 février 2027"
    text = said(done)
    assert "prélevés le 15 février 2027" in text
    assert "mandat signé" not in text


def test_without_a_mandate_the_mail_says_that_one_must_sign(ready):
    done = workflow.validate(ready, by=COMPANY)
    assert "une fois votre mandat signé" in said(done)
    assert done.invoice.document.snapshot["debit_on"] == ""


def said(done: Declaration) -> str:
    """What the mail of the validation says."""
    return str(Message.objects.get(dedupe_key=f"declared:{done.pk}").content)
