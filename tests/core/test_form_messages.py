"""What forms say about limits reads as French amounts and numbers do."""

from __future__ import annotations

from decimal import Decimal

from core.forms import GuichetForm, MoneyField, WholeNumberField


class Cart(GuichetForm):
    amount = MoneyField(label="Montant", min_value=Decimal("0.01"), max_value=Decimal("99.50"))
    count = WholeNumberField(label="Nombre", min_value=1)


def test_limits_are_written_in_french():
    assert Cart({"amount": "0", "count": "0"}).errors == {
        "amount": ["Le montant doit être d’au moins 0,01\u00a0€."],
        "count": ["Ce nombre doit être d’au moins 1."],
    }
    assert Cart({"amount": "100", "count": "1"}).errors["amount"] == ["Le montant doit être d’au plus 99,50\u00a0€."]
