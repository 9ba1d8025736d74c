"""The verbs: what a validation freezes, invoices and sends; corrections; what is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core import mail

from billing.models import Collection, Invoice
from billing.models.invoice import Mode
from contributions import workflow
from contributions.billed import bills
from contributions.models import Declaration
from contributions.states import CampaignState, State
from core.journal import timeline
from core.transitions import AlreadyDone, Refused
from documents.models import Document
from membership import employees
from notifications.models import Message
from tests.contributions.conftest import people
from tests.factories import COMPANY, EmployeeFactory, MemberFactory, TariffYear
from tests.factories_billing import make_credit, pay_invoice
from tests.factories_contributions import CampaignFactory, DeclarationFactory, fill

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready(campaign, member) -> Declaration:
    """Two employees in SI and one in SIR, all steps confirmed."""
    people(member, SI=2, SIR=1)
    return DeclarationFactory(filled=True, campaign=campaign, member=member)


@pytest.mark.req("C-05", "C-06", "D-19", "M-22")
def test_a_validation_freezes_the_list_and_prices_it(ready):
    done = workflow.validate(ready, by=COMPANY)
    assert done.state == State.VALIDATED
    assert done.headcount == 3
    assert done.net == Decimal("331.00")  # 2 × 98 + 135
    assert (done.vat, done.total) == (Decimal("66.20"), Decimal("397.20"))
    assert sorted(done.declared.values_list("monitoring", flat=True)) == ["SI", "SI", "SIR"]
    invoice = done.invoice
    assert (invoice.net, invoice.vat, invoice.total) == (done.net, done.vat, done.total)
    assert invoice.subject == ready.member
    assert (invoice.service_from, invoice.service_to) == (date(2027, 1, 1), date(2027, 12, 31))
    assert invoice.due_on == date(2027, 2, 11)
    assert invoice.mode == Mode.TRANSFER


@pytest.mark.req("C-07")
def test_the_bordereau_and_the_invoice_go_to_the_address_given(ready):
    done = workflow.validate(ready, by=COMPANY)
    message = Message.objects.get(dedupe_key=f"declared:{done.pk}")
    assert message.to == "claire.morel@morel.example"
    assert [document.pk for document in message.documents()] == [done.bordereau_id, done.invoice.document_id]
    assert done.reference in message.subject_line
    assert not mail.outbox  # sent by the worker, after the commit
    assert done.bordereau.subject == ready.member


@pytest.mark.req("D-21", "B-11")
def test_what_was_declared_stays_as_it_was_whatever_becomes_of_the_list(ready):
    done = workflow.validate(ready, by=COMPANY)
    one = ready.member.establishment.employees.first()
    one.last_name = "Autre"
    one.save()
    EmployeeFactory(establishment=ready.member.establishment)
    assert done.declared.count() == 3
    assert not done.declared.filter(last_name="Autre").exists()
    assert len(done.bordereau.snapshot["employees"]) == 3


@pytest.mark.req("C-07")
def test_the_bordereau_lists_people_as_the_screen_does_accents_or_not(ready):
    site = ready.member.establishment
    site.employees.all().delete()
    for first_name in ("Fatou", "Élodie", "Zoé", "Damien"):
        EmployeeFactory(establishment=site, last_name="Lefèvre", first_name=first_name, hired_on=date(2020, 3, 1))
    done = workflow.validate(ready, by=COMPANY)
    listed = [row["first_name"] for row in done.bordereau.snapshot["employees"]]
    assert listed == ["Damien", "Élodie", "Fatou", "Zoé"]
    assert listed == list(site.employees.order_by("folded").values_list("first_name", flat=True))


@pytest.mark.req("C-04")
def test_who_counts_is_who_was_there_on_1_january(campaign, member):
    site = member.establishment
    EmployeeFactory(establishment=site, last_name="Parti", left_on=date(2026, 12, 31))
    EmployeeFactory(establishment=site, last_name="Dernier", left_on=date(2027, 1, 1))
    EmployeeFactory(establishment=site, last_name="Premier", hired_on=date(2027, 1, 1))
    EmployeeFactory(establishment=site, last_name="Tardif", hired_on=date(2027, 1, 2))
    done = workflow.validate(DeclarationFactory(filled=True, campaign=campaign, member=member), by=COMPANY)
    assert set(done.declared.values_list("last_name", flat=True)) == {"Dernier", "Premier"}


@pytest.mark.req("C-04")
def test_nobody_to_declare_costs_nothing_and_is_confirmed_on_purpose(campaign, member):
    draft = DeclarationFactory(filled=True, campaign=campaign, member=member)
    draft.nobody = False
    draft.save()
    with pytest.raises(Refused, match="La liste est vide"):
        workflow.validate(draft, by=COMPANY)
    draft.nobody = True
    draft.save()
    done = workflow.validate(draft, by=COMPANY)
    assert (done.headcount, done.total, done.invoice) == (0, Decimal("0.00"), None)
    assert "rien à régler" in str(Message.objects.get(dedupe_key=f"declared:{done.pk}").content)
    assert done.bordereau


@pytest.mark.fault("A7")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"confirmed_steps": []}, "raison sociale"),
        ({"payment_mode": ""}, "mode de règlement"),
        ({"signer_email": ""}, "adresse électronique"),
    ],
)
def test_the_verb_asks_every_step_again(ready, changes, words):
    Declaration.objects.filter(pk=ready.pk).update(**changes)
    with pytest.raises(Refused, match=words):
        workflow.validate(ready, by=COMPANY)
    assert not Invoice.objects.exists()
    ready.refresh_from_db()
    assert ready.is_draft


@pytest.mark.fault("G1")
def test_validating_twice_does_it_once_and_says_who_did_it(ready):
    workflow.validate(ready, by=COMPANY)
    with pytest.raises(AlreadyDone, match="Claire Morel"):
        workflow.validate(ready, by=COMPANY)
    assert Invoice.objects.count() == 1
    assert Message.objects.count() == 1


@pytest.mark.req("C-06")
def test_after_the_deadline_one_may_still_declare_and_it_is_noted(ready, clock):
    clock.move_to(date(2027, 3, 2))
    done = workflow.validate(ready, by=COMPANY)
    assert "après la date limite" in timeline(done).last().message
    assert "majorée" in str(Message.objects.get().content)
    assert done.bordereau.snapshot["late"] is True


def test_a_closed_campaign_says_who_to_call(ready, settings):
    ready.campaign.state = CampaignState.CLOSED
    ready.campaign.save()
    with pytest.raises(Refused, match=r"est close.* Appelez"):
        workflow.validate(ready, by=COMPANY)


def test_a_missing_tariff_refuses_and_changes_nothing(ready):
    TariffYear.objects.filter(year=2027).delete()
    with pytest.raises(Refused, match="tarif 2027"):
        workflow.validate(ready, by=COMPANY)
    assert ready.declared.count() == 0


# --- Starting --------------------------------------------------------------------------------------------------------


@pytest.mark.req("M-22")
def test_a_member_for_whom_nothing_was_prepared_begins_by_himself(campaign, member):
    made = workflow.start(member, campaign, by=COMPANY)
    assert made.is_draft
    assert workflow.start(member, campaign, by=COMPANY) == made


def test_who_joined_in_the_year_owes_nothing(campaign, clock):
    with pytest.raises(Refused, match="aucune déclaration n’est due"):
        workflow.start(MemberFactory(left_on=None, joined_on=date(2027, 1, 4)), campaign, by=COMPANY)


# --- Corrections -----------------------------------------------------------------------------------------------------


def _corrected(done: Declaration) -> Declaration:
    return workflow.validate(fill(workflow.correct(done, by=COMPANY)), by=COMPANY)


@pytest.mark.req("C-06")
def test_a_correction_upwards_invoices_the_difference(ready):
    first = workflow.validate(ready, by=COMPANY)
    people(ready.member, SIR=1)
    second = _corrected(first)
    first.refresh_from_db()
    assert (first.state, second.state, second.version) == (State.REPLACED, State.VALIDATED, 2)
    assert second.invoice.kind == Invoice.Kind.INVOICE
    assert second.invoice.net == Decimal("135.00")
    assert second.total == first.total + second.invoice.total
    assert second.bordereau.replaces == first.bordereau
    assert second.reference == f"{first.reference}-2"


@pytest.mark.req("C-06")
def test_a_correction_downwards_credits_the_difference(ready):
    first = workflow.validate(ready, by=COMPANY)
    employees.leave(ready.member.establishment.employees.filter(monitoring="SIR").get(), date(2026, 12, 15), by=COMPANY)
    second = _corrected(first)
    assert second.invoice.kind == Invoice.Kind.CREDIT
    assert second.invoice.corrects == first.invoice
    assert second.total == first.total - second.invoice.total
    first.invoice.refresh_from_db()
    assert first.invoice.left == second.total


def test_a_correction_without_difference_bills_nothing(ready):
    second = _corrected(workflow.validate(ready, by=COMPANY))
    assert second.invoice is None
    assert second.total == Decimal("397.20")


def test_a_correction_keeps_the_amounts_of_what_it_corrects(ready):
    first = workflow.validate(ready, by=COMPANY)
    TariffYear.objects.get(year=2027).tariffs.update(amount=Decimal("500.00"))
    second = _corrected(first)
    assert second.total == first.total


def test_until_it_is_validated_the_first_declaration_stands(ready):
    first = workflow.validate(ready, by=COMPANY)
    draft = workflow.correct(first, by=COMPANY)
    assert draft.signer == "Claire Morel"
    assert workflow.correct(first, by=COMPANY) == draft
    first.refresh_from_db()
    assert first.state == State.VALIDATED
    workflow.give_up(draft, by=COMPANY)
    assert not Declaration.objects.filter(pk=draft.pk).exists()
    with pytest.raises(AlreadyDone):
        workflow.give_up(first, by=COMPANY)


@pytest.mark.req("C-06")
def test_a_correction_beyond_what_one_invoice_bears_is_credited_on_several(ready):
    first = workflow.validate(ready, by=COMPANY)
    people(ready.member, SI=10)
    second = _corrected(first)
    ready.member.establishment.employees.update(left_on=date(2026, 12, 1))
    third = _corrected(second)
    one, other = third.issued
    assert [one.corrects, other.corrects] == [first.invoice, second.invoice]
    # Each credits what its own invoice billed, to the last cent, numbered one after the other.
    assert [(credit.net, credit.total) for credit in (one, other)] == [
        (invoice.net, invoice.total) for invoice in (first.invoice, second.invoice)
    ]
    assert int(other.number[-6:]) == int(one.number[-6:]) + 1
    assert one.lines == [
        {"label": "Cotisation 2027, suivi simple (SI)", "quantity": 2, "unit": "98.00", "amount": "196.00"},
        {"label": "Cotisation 2027, suivi renforcé (SIR)", "quantity": 1, "unit": "135.00", "amount": "135.00"},
    ]
    assert (third.total, third.invoice) == (Decimal("0.00"), one)
    for invoice in (first.invoice, second.invoice):
        invoice.refresh_from_db()
        assert (invoice.balance, invoice.settled_on is not None) == (Decimal("0.00"), True)
    # Both are with the bordereau that names them, in the mail, on the pages.
    sent = Message.objects.get(dedupe_key=f"declared:{third.pk}")
    assert [paper.number for paper in sent.documents()] == [third.reference, one.number, other.number]
    assert one.number in str(sent.content)
    assert other.number in str(sent.content)
    assert [credit["number"] for credit in third.bordereau.snapshot["credits"]] == [one.number, other.number]
    assert bills(third) == [first.invoice, second.invoice, one, other]


@pytest.mark.req("C-06")
def test_what_is_still_to_be_paid_is_credited_before_what_was_paid(ready):
    first = workflow.validate(ready, by=COMPANY)
    pay_invoice(first.invoice)
    people(ready.member, SI=1)
    second = _corrected(first)
    employees.leave(ready.member.establishment.employees.filter(monitoring="SI")[0], date(2026, 12, 15), by=COMPANY)
    third = _corrected(second)
    assert third.invoice.corrects == second.invoice  # and nothing is to be paid back
    assert third.issued == [third.invoice]


def test_a_line_is_cut_where_an_invoice_bears_no_more(ready):
    """Somebody changes category, then everybody leaves but one: what each invoice billed is no longer what it bears."""
    first = workflow.validate(ready, by=COMPANY)  # 2 SI, 1 SIR: 331 €
    people(ready.member, SIR=1)
    second = _corrected(first)  # 135 € more
    ready.member.establishment.employees.filter(monitoring="SI").update(monitoring="SIR")
    third = _corrected(second)  # 2 × 37 € more, as SI −2 and SIR +2
    ready.member.establishment.employees.update(left_on=date(2026, 12, 1))
    last = _corrected(third)
    assert last.total == 0
    assert sum(credit.net for credit in last.issued) == Decimal("540.00")
    assert all(Decimal(line["amount"]) > 0 for credit in last.issued for line in credit.lines)
    for credit in last.issued:
        assert sum(Decimal(line["amount"]) for line in credit.lines) == credit.net
        credit.corrects.refresh_from_db()
        assert credit.corrects.balance == 0


def test_when_the_invoices_bear_less_than_the_correction_gives_back_nothing_is_done(ready):
    first = workflow.validate(ready, by=COMPANY)
    people(ready.member, SI=10)
    second = _corrected(first)
    ready.member.establishment.employees.update(left_on=date(2026, 12, 1))
    draft = fill(workflow.correct(second, by=COMPANY))
    numbers = Invoice.objects.count()
    make_credit(second.invoice, "500.00")  # staff, between the page and the click
    with pytest.raises(Refused, match="nous la ferons avec vous"):
        workflow.validate(draft, by=COMPANY)
    second.refresh_from_db()
    assert second.state == State.VALIDATED
    assert Invoice.objects.count() == numbers + 1


# --- Direct debit ----------------------------------------------------------------------------------------------------


@pytest.mark.req("D-18")
def test_without_a_mandate_no_debit_is_planned(ready):
    ready.payment_mode = Mode.DEBIT
    ready.save()
    done = workflow.validate(ready, by=COMPANY)
    assert done.invoice.mode == Mode.DEBIT
    assert not Collection.objects.exists()


@pytest.mark.req("C-02")
def test_each_year_is_a_declaration_of_its_own(campaign, member):
    people(member, SI=1)
    CampaignFactory(year=2026)
    old = DeclarationFactory(validated=True, member=member, campaign__year=2026)
    new = DeclarationFactory(validated=True, member=member, campaign=campaign)
    assert new.last_year == old
    assert Document.objects.about(member).filter(kind="bordereau-cotisation").count() == 2
