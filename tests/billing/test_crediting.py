"""What is credited on several invoices: to the cent in all, and never above what each bears."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.amounts import Line
from billing.crediting import Bearer, share_out
from billing.models import Invoice
from core.money import cents

money = st.decimals(min_value=Decimal("0.01"), max_value=Decimal("500.00"), places=2)
RATE = Decimal("20.00")


def bearer(net: str | Decimal, *prices: str) -> Bearer:
    net = Decimal(net)
    return Bearer(Invoice(), net, cents(net * RATE / 100), Counter(map(Decimal, prices)))


def amounts(share) -> list[tuple[int, str]]:
    return [(line.quantity, str(line.unit)) for line in share.sums.lines]


@pytest.mark.req("C-06")
@given(
    nets=st.lists(money, min_size=1, max_size=5),
    lines=st.lists(st.tuples(st.integers(-3, 5).filter(bool), money), min_size=1, max_size=4),
)
def test_the_shares_come_to_what_is_credited_and_none_is_above_its_invoice(nets, lines):
    wanted = [Line("Salarié", quantity, unit) for quantity, unit in lines]
    total = sum(line.amount for line in wanted)
    if total <= 0:
        return
    bearers = [bearer(net) for net in nets]
    shares = share_out(wanted, RATE, bearers)
    if sum(nets) < total:
        assert shares is None
        return
    assert sum(share.sums.net for share in shares) == total
    borne = {id(one.invoice): one for one in bearers}
    for share in shares:
        mine = borne.pop(id(share.invoice))  # one credit an invoice
        assert Decimal("0.00") < share.sums.net <= mine.net
        assert share.sums.vat <= mine.vat
        if share.sums.net == mine.net:
            assert share.sums.vat == mine.vat


def test_one_credit_is_enough_when_one_invoice_bears_it_all():
    small, large = bearer("100.00"), bearer("300.00")
    (only,) = share_out([Line("Suivi", 2, Decimal("98.00"))], RATE, [small, large])
    assert only.invoice is large.invoice


def test_each_invoice_is_credited_first_of_what_it_billed():
    first, second = bearer("300.00", "100.00", "100.00", "100.00"), bearer("270.00", "135.00", "135.00")
    lines = [Line("Renforcé", 2, Decimal("135.00")), Line("Simple", 1, Decimal("100.00"))]
    assert [amounts(share) for share in share_out(lines, RATE, [first, second])] == [[(1, "100.00")], [(2, "135.00")]]


def test_a_line_is_cut_where_its_invoice_is_full():
    shares = share_out([Line("Renforcé", 2, Decimal("135.00"))], RATE, [bearer("200.00"), bearer("100.00")])
    assert [amounts(share) for share in shares] == [[(1, "135.00"), (1, "65.00")], [(1, "70.00")]]
    assert shares[0].sums.lines[1].label == shares[1].sums.lines[0].label == "Renforcé, en partie"
