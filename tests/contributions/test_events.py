"""The page of one declaration says what happened, what is missing, who must act and by which date (B-02)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from billing import mandates
from billing.models import Collection
from billing.models.invoice import Mode
from contributions import opening, reminders, workflow
from contributions.events import journal
from contributions.models import Declaration
from core.dates import french_date
from core.journal import record
from core.money import euros
from tests.contributions.conftest import people, url
from tests.contributions.test_debit import make_mandate
from tests.factories import CLERK, COMPANY, sign_in
from tests.factories_billing import pay_invoice
from tests.factories_contributions import fill

pytestmark = [pytest.mark.django_db, pytest.mark.req("B-02")]


def validated(draft: Declaration, mode: str = Mode.TRANSFER) -> Declaration:
    return workflow.validate(fill(draft, mode=mode), by=COMPANY)


def told(declarer, declaration: Declaration) -> list[tuple[str, str, str, date | None]]:
    """What is not over yet: state, title, who acts, by when."""
    found = declarer.client.get(url("declaration", declaration)).context["events"]
    return [(one["state"], one["title"], one["who"], one.get("by")) for one in found if one["state"] != "done"]


def test_a_draft_is_to_be_validated_by_the_deadline(draft, declarer):
    assert told(declarer, draft) == [("now", "Déclaration à valider", "À vous d’agir", draft.campaign.deadline)]
    assert "À vous d’agir, au plus tard le 28 février 2027" in declarer.client.get(url("declaration", draft)).text


def test_after_the_deadline_and_once_closed_it_says_what_is_left_to_do(draft, declarer, clock):
    clock.move_to(date(2027, 3, 3))
    sign_in(declarer.client, declarer.user)  # the session of January is over
    page = declarer.client.get(url("declaration", draft)).text
    assert "La date limite est passée\u00a0: vous pouvez encore déclarer en ligne." in page
    opening.close(draft.campaign, by=CLERK)
    assert told(declarer, draft) == [("now", "Déclaration à valider", "À vous d’agir", None)]
    assert "appelez-nous ou écrivez-nous" in declarer.client.get(url("declaration", draft)).text


@pytest.mark.parametrize(("mode", "how"), [(Mode.TRANSFER, "Par virement."), (Mode.CHEQUE, "Par chèque.")])
def test_what_is_invoiced_is_to_be_paid_by_the_due_day(draft, declarer, mode, how):
    done = validated(draft, mode)
    title = f"Règlement de la facture {done.invoice.number} ({euros(done.total)})"
    assert told(declarer, done) == [("now", title, "À vous d’agir", date(2027, 2, 11))]
    assert how in declarer.client.get(url("declaration", done)).text


def test_what_is_paid_is_told_with_its_day_and_what_is_left(draft, declarer):
    done = validated(draft)
    pay_invoice(done.invoice, "100.00", received_on=date(2027, 1, 12))
    number, left = done.invoice.number, euros(done.total - 100)
    page = declarer.client.get(url("declaration", done))
    last = page.context["events"][-2]
    assert last["title"] == f"Règlement reçu\u00a0: {euros(Decimal(100))}"
    assert last["text"] == f"Virement, le 12 janvier 2027, pour la facture {number}."
    assert [title for _, title, *_ in told(declarer, done)] == [f"Règlement de la facture {number} ({left})"]
    done.invoice.refresh_from_db()
    pay_invoice(done.invoice, received_on=date(2027, 1, 12))
    assert told(declarer, done) == []
    assert f"Règlement reçu\u00a0: {left}" in declarer.client.get(url("declaration", done)).text


def test_what_is_paid_too_much_is_ours_to_give_back(draft, declarer):
    done = validated(draft)
    pay_invoice(done.invoice, done.total + 10, allow_excess=True)
    assert told(declarer, done) == [
        ("next", f"{euros(Decimal(10))} à reporter ou à vous rembourser", "À nous d’agir", None)
    ]


def test_without_a_mandate_one_is_to_be_signed_then_we_debit(draft, declarer):
    done = validated(draft, Mode.DEBIT)
    assert told(declarer, done) == [
        ("now", "Mandat de prélèvement à signer", "À vous d’agir", done.invoice.due_on),
        ("next", f"Prélèvement de {euros(done.total)}", "À nous d’agir", None),
    ]
    make_mandate(done.member)  # the sweep will plan it
    assert told(declarer, done) == [("next", f"Annonce du prélèvement de {euros(done.total)}", "À nous d’agir", None)]


def test_a_planned_debit_is_ours_to_make_on_its_day(draft, declarer, clock):
    make_mandate(draft.member)
    done = validated(draft, Mode.DEBIT)
    planned = Collection.objects.get()
    day, amount = french_date(planned.collects_on), euros(done.total)
    assert told(declarer, done) == [("next", f"Prélèvement de {amount} le {day}", "À nous d’agir", None)]
    mandates.revoke(planned.mandate, by=COMPANY)
    (event,) = told(declarer, done)
    assert event[1:3] == (f"Règlement de la facture {done.invoice.number} ({amount})", "À vous d’agir")
    assert f"Le prélèvement du {day} n’a pas eu lieu" in declarer.client.get(url("declaration", done)).text


def test_a_correction_is_to_be_validated_and_both_invoices_paid(draft, declarer):
    first = validated(draft)
    correction = workflow.correct(first, by=COMPANY)
    assert told(declarer, correction) == [("now", "Correction à valider", "À vous d’agir", None)]
    people(first.member, SI=1)
    second = validated(correction)
    numbers = [first.invoice.number, second.invoice.number]
    assert [title.split()[4] for _, title, *_ in told(declarer, second)] == numbers
    assert [title.split()[4] for _, title, *_ in told(declarer, first)] == numbers[:1]


def test_a_correction_tells_what_happened_before_it_and_leads_to_the_version_it_replaces(
    draft, declarer, django_assert_max_num_queries
):
    record(draft, by=CLERK, message=reminders.SENT)
    record(draft, by=CLERK, message="Pour le service seul.", internal=True)
    first = validated(draft)
    previous = f'href="{url("declaration", first)}">Voir la version précédente</a>'
    assert "Voir la version précédente" not in declarer.client.get(url("declaration", first)).text
    people(first.member, SI=1)
    second = validated(workflow.correct(first, by=COMPANY))
    with django_assert_max_num_queries(8):
        page = declarer.client.get(url("declaration", second))
    done = [one["title"] for one in page.context["events"] if one["state"] == "done"]
    assert done[0] == reminders.SENT
    assert done[1].startswith("Déclaration validée")
    assert done[-1].startswith("Correction validée")
    assert "Pour le service seul." not in done
    assert previous in page.text
    assert url("declaration", second) in declarer.client.get(url("declaration", first)).text
    third = workflow.correct(second, by=COMPANY)
    titles = [one["title"] for one in declarer.client.get(url("declaration", third)).context["events"]]
    assert titles[: len(done)] == done
    assert [entry.message for entry in journal(second, staff=True)][1] == "Pour le service seul."
    assert not [entry for entry in journal(first) if entry.message.startswith("Correction validée")]


def test_what_happened_stands_in_the_order_it_was_known(draft, declarer):
    done = validated(draft)
    with time_machine.travel(datetime(2027, 1, 12, 11, tzinfo=timezone.get_default_timezone())):
        pay_invoice(done.invoice)
        titles = [one["title"] for one in declarer.client.get(url("declaration", done)).context["events"]]
    assert titles[0].startswith("Déclaration validée")
    assert titles[-1].startswith("Règlement reçu")


def test_the_page_costs_few_queries_however_many_payments(draft, declarer, django_assert_max_num_queries):
    done = validated(draft)
    declarer.client.get(url("declaration", done))
    for number in range(4):
        pay_invoice(done.invoice, "10.00", reference=f"V{number}")
        done.invoice.refresh_from_db()
    with django_assert_max_num_queries(8):
        declarer.client.get(url("declaration", done))
