"""The same amount to the cent on the screen, in the PDFs, on the invoice and in the database."""

from __future__ import annotations

import html
import re
import subprocess
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from defusedxml.ElementTree import fromstring
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from billing import pain008
from billing.crediting import Bearer
from billing.models import Invoice
from billing.models.invoice import Mode
from contributions import midyear, pricing, workflow
from contributions.models import Arrival, Declaration
from contributions.pricing import Billed, CategoryLine, Rates
from contributions.states import MidYear
from contributions.steps import explained
from core.dates import today
from documents.issuing import ensure_rendered
from membership.models import Employee, TariffYear
from membership.models.establishment import Monitoring
from tests.contributions.conftest import logged_in, url
from tests.contributions.test_debit import make_mandate
from tests.factories import COMPANY, EmployeeFactory, MemberFactory
from tests.factories_billing import pay_invoice
from tests.factories_contributions import CampaignFactory, DeclarationFactory, fill
from tests.factories_sepa import CLERK

IN_DECEMBER, IN_JANUARY = date(2026, 12, 7), date(2027, 1, 15)
money = st.decimals(min_value=Decimal("0.01"), max_value=Decimal("999.99"), places=2)
rate = st.sampled_from([Decimal("20.00"), Decimal("10.00"), Decimal("5.50"), Decimal("0.00"), Decimal("19.60")])
counts = st.fixed_dictionaries({category.value: st.integers(0, 4) for category in Monitoring})
units = st.fixed_dictionaries({category.value: money for category in Monitoring})


@pytest.mark.req("B-12", "C-05", "D-19")
class TestTotals(TestCase):
    """Each example is a transaction of its own, rolled back."""

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(first=counts, others=st.lists(counts, min_size=1, max_size=4), units=units, rate=rate)
    def test_screen_pdf_invoice_and_database_agree_through_corrections(self, first, others, units, rate):
        with time_machine.travel("2027-01-12 10:00"):
            declaration = make_draft(units, rate)
            staff(declaration, first)
            done = check(declaration)
            for wanted in others:
                staff(declaration, wanted)
                done = check(fill(workflow.correct(done, by=COMPANY)))
                # All that was billed, credits deducted, is what is declared in the end.
                for name in ("net", "vat", "total"):
                    assert signed_sum(Invoice.objects.all(), name) == getattr(done, name)
                for invoice in Invoice.objects.filter(kind=Invoice.Kind.INVOICE):
                    assert signed_sum(invoice.corrections.all(), "total") == -invoice.credited >= -invoice.total

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        first=counts,
        arriving=counts,
        turns=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2)), min_size=1, max_size=3),
        paid=st.booleans(),
        units=units,
        rate=rate,
    )
    def test_whom_a_correction_counts_after_he_was_billed_as_an_arrival_is_billed_once(
        self, first, arriving, turns, paid, units, rate
    ):
        with time_machine.travel("2027-01-12 10:00"):
            declaration = make_draft(units, rate, midyear=MidYear.FULL)
            staff(declaration, first)
            done = check(declaration)
            staff(declaration, arriving, hired_on=IN_JANUARY, keep=True)
        for month, (come, go) in enumerate(turns, start=3):
            with time_machine.travel(f"2027-0{month}-01 10:00"):
                bill = midyear.midyear_supplement(done, on=today())
                if bill and paid:
                    pay_invoice(bill)
                hired(done, IN_JANUARY, IN_DECEMBER, come)
                hired(done, IN_DECEMBER, IN_JANUARY, go)
                done = check(fill(workflow.correct(done, by=COMPANY)))
                if done.invoice and done.invoice.left:  # nobody pays here what he paid too much there
                    assert not any(one.corrects.excess for one in done.further_credits.all())
        ours = set(Arrival.objects.values_list("invoice", flat=True))
        for name in ("net", "vat", "total"):
            declared = [one for one in Invoice.objects.all() if not {one.pk, one.corrects_id} & ours]
            assert signed_sum(declared, name) == getattr(done, name)
        for invoice in Invoice.objects.filter(pk__in=ours):
            stands = Arrival.objects.filter(invoice=invoice, credit=None).values_list("monitoring", flat=True)
            left = [invoice, *invoice.corrections.all()]
            assert signed_sum(left, "net") == sum(units[category] for category in stands)
            assert stands or signed_sum(left, "total") == 0
        twice = Arrival.objects.filter(credit=None, employee__declared__declaration=done)
        assert not twice.exists()

    @settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(first=counts, units=units, rate=rate)
    def test_the_page_the_pdf_and_the_file_for_the_bank_show_the_same_cents(self, first, units, rate):
        """What people and the bank read, not what it is made of."""
        with time_machine.travel("2027-01-12 10:00"):
            draft = make_draft(units, rate, Mode.DEBIT)
            staff(draft, first)
            make_mandate(draft.member)
            client = logged_in(draft.member, "declares").client
            page = client.get(url("step", draft, "cotisation")).text
            done = workflow.validate(draft, by=COMPANY)
            ensure_rendered(done.bordereau)  # as a worker does
            paper = client.get(url("document", done, "bordereau"))
            wanted = [done.net, done.vat, done.total]
            assert shown_totals(html.unescape(re.sub(r"<[^>]+>", " ", page))) == wanted
            assert shown_totals(pdf_text(paper.getvalue())) == wanted
            if done.invoice is None:
                assert not any(wanted)
                return
            [debit] = done.invoice.collections.all()
            file = fromstring(pain008.make_file(debit.collects_on, by=CLERK).content)
            amounts = [Decimal(found.text) for found in file.findall(".//{*}InstdAmt")]
            assert amounts == [Decimal(file.findtext(".//{*}GrpHdr/{*}CtrlSum"))] == [done.total]

    @settings(max_examples=200, deadline=None)
    @given(first=counts, second=counts, units=units, rate=rate)
    def test_a_price_is_the_sum_of_its_lines_and_the_causes_of_the_difference_add_up(self, first, second, units, rate):
        rates = Rates(2027, units, rate)
        before, now = pricing.contribution(rates, first), pricing.contribution(rates, second)
        assert now.total == now.net + now.vat
        assert now.headcount == sum(second.values())
        compared = pricing.compare(now.lines, before.lines)
        causes = pricing.causes(compared)
        assert causes.people + causes.tariff == now.net - before.net == sum(row.difference for row in compared)
        corrected = pricing.contribution(
            rates,
            second,
            Billed(
                before.lines, before.net, before.vat, before.total, rate, (Bearer(Invoice(), before.net, before.vat),)
            ),
        )
        assert corrected.due == corrected.change.total or corrected.due == -corrected.credits[0].sums.total
        assert abs(corrected.vat - now.vat) <= Decimal("0.01")


def make_draft(units: dict[str, Decimal], rate: Decimal, mode: str = Mode.TRANSFER, **rule: str) -> Declaration:
    TariffYear.objects.all().delete()
    campaign = CampaignFactory(year=2027, **rule)
    tariff = TariffYear.objects.get(year=2027)
    tariff.vat_rate = rate
    tariff.save()
    for category, amount in units.items():
        tariff.tariffs.filter(monitoring=category).update(amount=amount)
    return fill(DeclarationFactory(campaign=campaign, member=MemberFactory(left_on=None)), mode)


def shown_totals(text: str) -> list[Decimal]:
    """Without tax, the tax, and with it, as a text shows them."""
    said = " ".join(text.split())  # the spaces of amounts too, narrow or not
    labels = ("Total HT", r"TVA [\d,]+ %", r"Cotisation(?: 2027)? TTC")
    found = [re.search(rf"{label} (\d[\d ]*,\d\d) €", said) for label in labels]
    assert all(found), said
    return [Decimal(match[1].replace(" ", "").replace(",", ".")) for match in found if match]


def pdf_text(data: bytes) -> str:
    return subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=data, check=True, capture_output=True
    ).stdout.decode()


def staff(declaration: Declaration, wanted: dict[str, int], *, keep: bool = False, **columns: date) -> None:
    site = declaration.member.establishment
    if not keep:
        Employee.objects.filter(establishment=site).delete()
    for category, count in wanted.items():
        EmployeeFactory.create_batch(count, establishment=site, monitoring=category, **columns)


def hired(declaration: Declaration, was: date, day: date, count: int) -> None:
    """The hiring of `count` employees is mended from the day `was` to another."""
    site = declaration.member.establishment
    some = Employee.objects.filter(establishment=site, hired_on=was).values_list("pk", flat=True)[:count]
    Employee.objects.filter(pk__in=list(some)).update(hired_on=day)


def check(draft: Declaration) -> Declaration:
    """Validate, and compare all the places where the amounts stand. Returns the declaration."""
    screen = explained(Declaration.objects.get(pk=draft.pk))["priced"]
    done = Declaration.objects.get(pk=workflow.validate(draft, by=COMPANY).pk)
    pdf = done.bordereau.snapshot
    assert (done.net, done.vat, done.total) == (screen.net, screen.vat, screen.total)
    assert tuple(Decimal(pdf[name]) for name in ("net", "vat", "total")) == (done.net, done.vat, done.total)
    assert sum(Decimal(line["amount"]) for line in pdf["lines"]) == done.net
    assert [CategoryLine.from_json(line) for line in done.lines] == list(screen.lines)
    if done.invoice is None:
        assert screen.due == screen.arrivals_back == 0
        return done
    assert signed_sum(done.issued, "total") == screen.due - screen.arrivals_back
    for one in done.issued:
        shown = one.document.snapshot
        assert tuple(Decimal(shown[name]) for name in ("net", "vat", "total")) == (one.net, one.vat, one.total)
        assert sum(Decimal(line["amount"]) for line in shown["lines"]) == one.net
        assert one.issued_on == today()
    assert Decimal(pdf["invoice"]["total"]) == done.invoice.total
    if done.replaces_id:
        assert Decimal(pdf["corrects"]["due"]) == screen.due
        assert Decimal(pdf["corrects"]["arrivals"]) == screen.arrivals_back
    credits = [one for one in done.issued if one.kind == Invoice.Kind.CREDIT]
    assert [(one["number"], Decimal(one["total"])) for one in pdf["credits"]] == [
        (one.number, one.total) for one in credits
    ]
    return done


def signed_sum(bills: Iterable[Invoice], name: str) -> Decimal:
    """What these add up to, credits deducted."""
    signs = {Invoice.Kind.INVOICE: 1, Invoice.Kind.CREDIT: -1}
    return sum((signs[Invoice.Kind(one.kind)] * getattr(one, name) for one in bills), Decimal("0.00"))
