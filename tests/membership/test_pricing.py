"""What joining costs, whatever the headcount and the tariff."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.amounts import Line, totals
from core.money import cents, euros
from core.transitions import Refused
from membership import pricing
from membership.models import TariffYear
from membership.models.establishment import Monitoring
from tests.factories import ApplicationFactory, EmployeeFactory, EstablishmentFactory

amounts = st.decimals(min_value=0, max_value=9999, places=2)
rates = st.decimals(min_value=0, max_value=30, places=2)
CENT = Decimal("0.01")


@pytest.mark.req("M-12")
@given(
    st.lists(st.tuples(st.integers(1, 2000), amounts), min_size=1, max_size=4).map(
        lambda pairs: [Line(f"Ligne {n}", quantity, unit) for n, (quantity, unit) in enumerate(pairs)]
    ),
    rates,
)
def test_a_quote_adds_up_to_the_cent(lines, rate):
    quote = totals(lines, rate)
    assert quote.net == sum(line.quantity * line.unit for line in lines)
    assert quote.total == quote.net + quote.vat
    assert abs(quote.vat - quote.net * rate / 100) <= Decimal("0.005")
    for amount in (quote.net, quote.vat, quote.total, *(line.amount for line in lines)):
        assert amount == amount.quantize(CENT)
        assert amount >= 0


@given(st.decimals(min_value=-10_000, max_value=10_000, places=4))
def test_cents_are_rounded_half_up(amount):
    rounded = cents(amount)
    assert abs(rounded - amount) <= Decimal("0.005")
    assert rounded == amount.quantize(CENT, rounding=ROUND_HALF_UP)


@pytest.mark.parametrize(
    ("amount", "text"),
    [("1382.76", "1\u202f382,76\u00a0€"), ("0.005", "0,01\u00a0€"), ("1234567.5", "1\u202f234\u202f567,50\u00a0€")],
)
def test_amounts_read_as_the_french_write_them(amount, text):
    assert euros(Decimal(amount)) == text


@pytest.mark.req("M-12")
@pytest.mark.django_db
@given(
    counts=st.fixed_dictionaries({category.value: st.integers(0, 4) for category in Monitoring}),
    units=st.fixed_dictionaries({category.value: amounts for category in Monitoring}),
    fee=amounts,
    rate=rates,
)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_price_is_headcount_by_category_entry_fee_and_vat(counts, units, fee, rate):
    tariff, _ = TariffYear.objects.update_or_create(year=2026, defaults={"entry_fee": fee, "vat_rate": rate})
    for category, unit in units.items():
        tariff.tariffs.update_or_create(monitoring=category, defaults={"amount": unit})
    site = EstablishmentFactory()
    for category, count in counts.items():
        EmployeeFactory.create_batch(count, establishment=site, monitoring=category)
    quote = pricing.quote(site, 2026)
    people = sum(counts.values())
    assert quote.net == sum(counts[name] * units[name] for name in counts) + people * fee
    assert quote.total == quote.net + cents(quote.net * rate / 100)
    assert len(quote.lines) == sum(1 for count in counts.values() if count) + bool(fee and people)


@pytest.mark.django_db
def test_a_missing_tariff_or_category_is_said(operator):
    site = ApplicationFactory(employees=3).establishment
    with pytest.raises(Refused, match="2031"):
        pricing.quote(site, 2031)
    operator.tariff.tariffs.filter(monitoring="SIR").delete()
    EmployeeFactory(establishment=site, monitoring="SIR")
    with pytest.raises(Refused, match="Renforcé"):
        pricing.quote(site, operator.tariff.year)
