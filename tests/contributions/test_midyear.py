"""Employees who arrive after 1 January: nothing, or one contribution each once they have stayed long enough."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing import collections
from billing.invoicing import Line, issue_credit
from billing.models import Invoice
from billing.receipts import cancel_receipt
from contributions import dashboard, midyear, workflow
from contributions.billed import bills, with_bills
from contributions.models import Arrival, Declaration
from contributions.states import CampaignState, MidYear
from core import deadlines
from core.dates import today
from core.money import euros
from membership import employees
from membership.models import Establishment, Member
from notifications.models import Message
from tests.contributions.conftest import logged_in, people, url
from tests.factories import CLERK, COMPANY, EmployeeFactory, MemberFactory, UserFactory, give_access, sign_in
from tests.factories_billing import pay_invoice
from tests.factories_contributions import CampaignFactory, DeclarationFactory, fill
from tests.factories_sepa import make_mandate

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(campaign, member) -> Declaration:
    """Validated on 12 January with one employee, under the rule FULL with 31 days."""
    campaign.midyear = MidYear.FULL
    campaign.save()
    people(member, SI=1)
    return DeclarationFactory(validated=True, campaign=campaign, member=member)


def hire(declaration: Declaration, day: date, **columns) -> None:
    site = declaration.member.establishment
    return EmployeeFactory(establishment=site, hired_on=day, **{"monitoring": "SIR", **columns})


def sweep(day: date) -> dict[str, int]:
    moment = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
    with time_machine.travel(moment):
        return deadlines.run(moment)


@pytest.mark.req("D-19", "M-21")
def test_one_month_one_invoice_for_all_who_arrived(done):
    hire(done, date(2027, 1, 15))
    hire(done, date(2027, 2, 1), monitoring="SI")
    hire(done, date(2027, 2, 20))  # 31 days on 22 March only
    assert sweep(date(2027, 3, 15))["midyear-arrivals"] == 1
    invoice = Invoice.objects.get(title__contains="arrivés")
    assert invoice.net == Decimal("233.00")
    assert [(line["quantity"], line["unit"]) for line in invoice.lines] == [(1, "98.00"), (1, "135.00")]
    assert (invoice.service_from, invoice.service_to) == (date(2027, 1, 15), date(2027, 12, 31))
    message = Message.objects.get(dedupe_key=f"arrivals:{invoice.number}")
    assert message.documents() == [invoice.document]
    assert "Un de ces salariés n’est plus chez vous" in str(message.content)


def test_nobody_is_invoiced_before_the_duration_and_everybody_once(done):
    hire(done, date(2027, 2, 1))
    sweep(date(2027, 3, 1))  # 29 days
    assert not Arrival.objects.exists()
    sweep(date(2027, 4, 1))
    assert Arrival.objects.count() == 1
    assert "Ce salarié n’est plus chez vous" in str(Message.objects.get(dedupe_key__startswith="arrivals").content)
    for month in (5, 6, 7):
        sweep(date(2027, month, 1))
    assert Arrival.objects.count() == 1
    assert Invoice.objects.filter(title__contains="arrivés").count() == 1
    assert Message.objects.filter(dedupe_key__startswith="arrivals").count() == 1


def test_the_last_of_31_days_counts(done):
    declared = Declaration.objects.get(pk=done.pk)
    hire(done, date(2027, 2, 1))
    assert not midyear.arrivals(declared, date(2027, 3, 2))
    assert midyear.arrivals(declared, date(2027, 3, 3))


@pytest.mark.parametrize(("left_on", "counts"), [(date(2027, 2, 14), True), (date(2027, 2, 13), False)])
def test_who_left_counts_if_he_had_stayed_long_enough(done, left_on, counts):
    hire(done, date(2027, 1, 15), left_on=left_on)
    sweep(date(2027, 3, 1))
    assert Arrival.objects.exists() is counts


def test_who_leaves_is_never_paid_back(done):
    employees.leave(done.member.establishment.employees.get(), date(2027, 1, 31), by=COMPANY)
    sweep(date(2027, 3, 1))
    done.refresh_from_db()
    assert not done.invoice.corrections.exists()


def test_removed_and_entered_again_he_is_the_same_person(done):
    names = {"last_name": "Roux", "first_name": "Paul", "birth_date": date(1990, 1, 1)}
    hire(done, date(2027, 1, 15), **names).delete()
    hire(done, date(2027, 1, 15), **names)
    sweep(date(2027, 3, 1))
    done.member.establishment.employees.filter(last_name="Roux").delete()
    hire(done, date(2027, 1, 16), **names)
    sweep(date(2027, 4, 1))
    assert Arrival.objects.count() == 1


def test_who_was_declared_on_1_january_is_not_invoiced_again(done):
    done.member.establishment.employees.update(hired_on=date(2027, 1, 4))  # a mistake corrected since
    sweep(date(2027, 3, 1))
    assert not Arrival.objects.exists()


def test_under_the_other_rule_nothing_is_looked_at(campaign, member):
    people(member, SI=1)
    done = DeclarationFactory(validated=True, campaign=campaign, member=member)
    hire(done, date(2027, 1, 15))
    assert done.midyear_on is None
    assert sweep(date(2027, 4, 1))["midyear-arrivals"] == 0


def test_a_correction_takes_the_looking_over(done):
    second = workflow.validate(fill(workflow.correct(done, by=COMPANY)), by=COMPANY)
    hire(done, date(2027, 1, 15))
    assert sweep(date(2027, 3, 1))["midyear-arrivals"] == 1
    second.refresh_from_db()
    assert second.midyear_on == date(2027, 4, 1)


@pytest.mark.fault("H1")
def test_the_last_look_comes_after_31_december_and_is_the_last(done):
    done.campaign.state = CampaignState.CLOSED
    done.campaign.save()
    hire(done, date(2027, 12, 31))
    for year, month in [(2027, 12), (2028, 1), (2028, 2), (2028, 3)]:
        sweep(date(year, month, 1))
    assert Arrival.objects.count() == 1
    done.refresh_from_db()
    assert done.midyear_on is None


def test_the_day_is_a_day_of_paris(clock):
    clock.move_to(datetime(2027, 1, 31, 23, 30, tzinfo=UTC))
    assert today() == date(2027, 2, 1)


@pytest.mark.req("D-19")
@pytest.mark.parametrize(
    ("hired_on", "counts"), [(date(2027, 3, 1), True), (date(2027, 3, 2), False), (date(2027, 4, 5), False)]
)
def test_nobody_is_invoiced_for_days_after_the_member_left(done, hired_on, counts):
    hire(done, hired_on)
    Member.objects.filter(pk=done.member_id).update(left_on=date(2027, 3, 31))
    for month in (4, 5, 6):
        sweep(date(2027, month, 1))
    assert Arrival.objects.exists() is counts


@pytest.mark.req("D-19")
def test_who_joined_in_the_year_is_invoiced_for_no_arrival(campaign):
    campaign.midyear = MidYear.FULL
    campaign.save()
    joined = MemberFactory(left_on=None, joined_on=date(2027, 2, 1))
    EmployeeFactory(establishment=joined.establishment, hired_on=date(2027, 3, 1))
    for month in (4, 5, 6):
        sweep(date(2027, month, 1))
    assert not Invoice.objects.exists()


# --- Where the invoices are looked for --------------------------------------------------------------------------------


@pytest.fixture
def billed(done) -> Invoice:
    """An arrival invoiced on 1 March: 135 € without tax, to pay by 31 March."""
    hire(done, date(2027, 1, 15))
    sweep(date(2027, 3, 1))
    return Invoice.objects.get(title__contains="arrivés")


@pytest.mark.req("B-21")
def test_the_dashboard_counts_what_was_invoiced_since_for_arrivals(done, billed, clock):
    clock.move_to(date(2027, 4, 2))
    pay_invoice(billed, "62.00")
    found = dashboard.count(dashboard.with_tariff(done.campaign_id))
    first, since = found.money, found.arrivals
    assert (first.invoiced, first.left, first.overdue_count) == (Decimal("117.60"), Decimal("117.60"), 1)
    assert (since.invoiced, since.paid, since.left) == (Decimal("162.00"), Decimal("62.00"), Decimal("100.00"))
    assert (since.overdue, since.overdue_count) == (Decimal("100.00"), 1)
    assert (found.all_money.invoiced, found.all_money.left) == (Decimal("279.60"), Decimal("217.60"))
    staff = Client()
    sign_in(staff, UserFactory(manager=True))
    board = staff.get(reverse("admin:contributions_campaign_board", args=[done.campaign_id])).text
    assert "Arrivées en cours d’année" in board
    assert "217,60" in board
    listing = reverse("admin:contributions_declaration_changelist")
    assert staff.get(listing, {"facture": "arrivees"}).context_data["cl"].result_count == 1
    page = staff.get(reverse("admin:contributions_declaration_change", args=[done.pk])).text
    assert f'href="{reverse("admin:billing_invoice_change", args=[billed.pk])}">{billed.number}</a>' in page
    pay_invoice(billed, "100.00")
    assert staff.get(listing, {"facture": "arrivees"}).context_data["cl"].result_count == 0


def test_an_arrival_that_will_be_debited_is_to_pay_and_not_late(done, billed, clock):
    clock.move_to(datetime(2027, 4, 2, 9, tzinfo=UTC))
    collections.plan(billed, make_mandate(done.member), today(), by=CLERK)
    since = dashboard.count(dashboard.with_tariff(done.campaign_id)).arrivals
    assert (since.left, since.overdue, since.overdue_count) == (Decimal("162.00"), 0, 0)


def test_a_campaign_without_arrivals_says_nothing_of_them(done):
    staff = Client()
    sign_in(staff, UserFactory(manager=True))
    board = staff.get(reverse("admin:contributions_campaign_board", args=[done.campaign_id])).text
    assert "Arrivées en cours d’année" not in board
    assert dashboard.count(dashboard.with_tariff(done.campaign_id)).arrivals == dashboard.Money()


@pytest.mark.req("C-02", "M-22")
def test_the_member_finds_the_invoice_of_arrivals_under_its_year(done, billed):
    who = logged_in(done.member, "declares").client
    with CaptureQueriesContext(connection) as seen:
        home = who.get(reverse("contributions:home", args=[done.member_id]))
    line = home.text.split(f"Déclaration {done.campaign.year}")[1].split("</tr>")[0]
    assert line.index(done.invoice.number) < line.index(billed.number)
    assert reverse("space:invoice-download", args=[done.member_id, billed.pk]) in line
    assert line.count("arrivées en cours d’année") == 1
    assert "À régler" in line
    page = who.get(url("declaration", done)).text
    assert f"Il reste {euros(billed.left)} à régler" in page
    assert billed.number in who.get(reverse("space:home", args=[done.member_id])).text
    Arrival.objects.all().delete()
    with CaptureQueriesContext(connection) as without:
        who.get(reverse("contributions:home", args=[done.member_id]))
    assert len(without) == len(seen)


def test_the_invoice_of_arrivals_of_one_year_is_not_under_another(done, billed, clock):
    clock.move_to(date(2028, 1, 12))
    following = DeclarationFactory(validated=True, campaign=CampaignFactory(year=2028), member=done.member)
    rows = {row.campaign.year: row for row in with_bills([done, following])}
    assert [line.it.number for line in rows[2027].bills] == [done.invoice.number, billed.number]
    assert [line.it.number for line in rows[2028].bills] == [following.invoice.number]


def test_a_replaced_version_shows_its_own_invoices_alone(done, billed):
    people(done.member, SI=1)
    second = workflow.validate(fill(workflow.correct(done, by=COMPANY)), by=COMPANY)
    done.refresh_from_db()
    assert bills(done) == [done.invoice]
    assert bills(second) == [done.invoice, billed, second.invoice]


# --- Declared after all -----------------------------------------------------------------------------------------------


@pytest.fixture
def mended(done, billed, clock) -> Declaration:
    """The arrival invoiced on 1 March had been there since December: a correction to validate, with nothing else."""
    clock.move_to(datetime(2027, 3, 15, 9, tzinfo=UTC))
    done.member.establishment.employees.filter(hired_on=date(2027, 1, 15)).update(hired_on=date(2026, 12, 7))
    return fill(workflow.correct(done, by=COMPANY))


@pytest.mark.req("D-19")
def test_an_arrival_whom_a_correction_counts_is_billed_once(mended, billed):
    second = workflow.validate(mended, by=COMPANY)
    invoice, credit = second.issued
    assert (invoice.net, invoice.left) == (Decimal("135.00"), Decimal("162.00"))
    assert (credit.corrects, credit.net, credit.total) == (billed, billed.net, billed.total)
    billed.refresh_from_db()
    assert (billed.left, billed.settled_on) == (0, date(2027, 3, 15))
    assert Arrival.objects.get().credit == credit
    sweep(date(2027, 4, 1))
    assert Arrival.objects.count() == 1
    assert bills(second) == [second.replaces.invoice, billed, invoice, credit]
    mail = Message.objects.get(dedupe_key=f"declared:{second.pk}")
    assert [paper.number for paper in mail.documents()] == [second.reference, invoice.number, credit.number]
    assert f"réglez {euros(invoice.left)}" in " ".join(mail.content["paragraphs"])
    assert credit.number in str(mail.content)


def test_what_he_had_paid_for_the_arrival_pays_the_correction(mended, billed):
    pay_invoice(billed)
    second = workflow.validate(mended, by=COMPANY)
    billed.refresh_from_db()
    second.invoice.refresh_from_db()
    assert (second.invoice.left, billed.excess) == (0, 0)
    who = logged_in(second.member, "declares").client
    assert "Vous n’avez rien à régler." in who.get(url("confirmation", second)).text
    assert "ce que vous aviez déjà réglé la couvre, vous n’avez rien à payer" in str(
        Message.objects.get(dedupe_key=f"declared:{second.pk}").content
    )
    assert second.bordereau.snapshot["invoice"]["left"] in (0, "0.00")


def test_the_steps_of_the_correction_say_what_is_given_back(mended, billed):
    who = logged_in(mended.member, "declares").client
    page = who.get(url("step", mended, "cotisation")).text
    assert f"{euros(billed.total)}</strong>, rendus par un avoir sur" in page
    assert billed.number in page
    final = who.get(url("step", mended, "validation"))
    assert final.context["form"].shown == f"{euros(billed.total)}, et {euros(billed.total)} rendus"
    assert f"{euros(billed.total)}, rendus par un avoir" in final.text


def test_no_more_declared_he_is_an_arrival_again(mended, billed):
    second = workflow.validate(mended, by=COMPANY)
    second.member.establishment.employees.filter(hired_on=date(2026, 12, 7)).update(hired_on=date(2027, 1, 15))
    workflow.validate(fill(workflow.correct(second, by=COMPANY)), by=COMPANY)
    sweep(date(2027, 4, 1))
    again = Arrival.objects.get(credit=None)
    assert again.invoice.net == Decimal("135.00")
    assert Arrival.objects.count() == 2


def test_what_staff_credited_by_hand_is_not_credited_again(mended, billed):
    with transaction.atomic():
        issue_credit(corrects=billed, lines=[Line("Geste", 1, Decimal("135.00"))], title="Avoir")
    second = workflow.validate(mended, by=COMPANY)
    assert second.issued == [second.invoice]


def test_removed_and_entered_again_he_is_the_same_person_for_the_credit_too(mended, billed):
    arrived = Arrival.objects.get()
    arrived.employee.delete()
    names = {name: getattr(arrived, name) for name in ("last_name", "first_name", "birth_date")}
    hire(mended, date(2026, 12, 7), **names)
    assert midyear.declared_after_all(mended) == [arrived]


# --- Who reads it (B-06) ----------------------------------------------------------------------------------------------


def told_of_arrivals(done: Declaration) -> dict[str, bool]:
    """Who was written to about the arrivals invoiced on 1 March, and whether each was told of the others."""
    hire(done, date(2027, 1, 15))
    sweep(date(2027, 3, 1))
    found = Message.objects.filter(dedupe_key__startswith="arrivals:")
    return {one.to: "un seul règlement suffit" in str(one.content) for one in found}


@pytest.mark.req("B-06")
@pytest.mark.parametrize("ended", [{"ends_on": date(2027, 2, 28)}, {"revoked_at": datetime(2027, 2, 1, tzinfo=UTC)}])
def test_a_delegate_whose_access_has_ended_reads_no_more_invoices_and_the_employer_does(done, ended):
    signer, boss = UserFactory(email=done.signer_email), UserFactory()
    give_access(signer, done.member, "declares", **ended)
    give_access(boss, done.member)
    assert told_of_arrivals(done) == {boss.email: False}
    invoice = Invoice.objects.get(title__contains="arrivés")
    assert invoice.buyer["email"] == boss.email
    done.invoice.refresh_from_db()
    for one in (done.invoice, invoice):  # the first was sent to him when he could read it
        receipt = pay_invoice(one)
        assert Message.objects.get(dedupe_key=f"settled:{receipt.pk}").to == boss.email
        cancel_receipt(receipt, reason="Saisi par erreur", by=CLERK)
        assert Message.objects.get(dedupe_key=f"due-again:{receipt.pk}").to == boss.email
    assert not Message.objects.filter(to=signer.email, dedupe_key__regex="^(arrivals|settled|due-again)").exists()


@pytest.mark.req("B-06")
def test_a_delegate_who_still_may_is_told_with_all_who_answer_for_the_company(done):
    signer, boss, other = UserFactory(email=done.signer_email), UserFactory(), UserFactory()
    give_access(signer, done.member, "declares", ends_on=date(2027, 12, 31))
    give_access(boss, done.member)
    give_access(other, done.member, "employees")
    assert told_of_arrivals(done) == {signer.email: True, boss.email: True}
    invoice = Invoice.objects.get(title__contains="arrivés")
    assert Message.objects.get(dedupe_key=f"arrivals:{invoice.number}").to == signer.email


@pytest.mark.req("B-06")
def test_when_nobody_answers_any_more_the_company_itself_is_written_to(done):
    give_access(UserFactory(email=done.signer_email), done.member, "declares", ends_on=date(2027, 1, 31))
    Establishment.objects.filter(pk=done.member.establishment_id).update(email="contact@morel.example")
    assert told_of_arrivals(done) == {"contact@morel.example": False}
    receipt = pay_invoice(Invoice.objects.get(pk=done.invoice_id))
    assert Message.objects.get(dedupe_key=f"settled:{receipt.pk}").to == "contact@morel.example"
