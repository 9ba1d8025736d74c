"""What staff type about money paid too much."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms

from billing import excess
from billing.admin.forms import InvoiceForm, key_of
from billing.models import ExcessUse, Invoice, Mode
from core.dates import french_date, today
from core.forms import FrenchDateField, IbanField, MoneyField
from core.identifiers import IBAN_EXAMPLE
from core.money import euros


class ExcessForm(InvoiceForm):
    """How much of the excess; all of it is proposed. `key` tells a second click from a second use."""

    amount = MoneyField(label="Montant", min_value=Decimal("0.01"), max_digits=12)
    key = forms.CharField(widget=forms.HiddenInput, max_length=36)

    def __init__(self, *args: Any, invoice: Invoice, initial: dict[str, Any] | None = None, **kwargs: Any):
        proposed = {"amount": invoice.excess or None, "key": uuid4(), **(initial or {})}
        super().__init__(*args, invoice=invoice, initial=proposed, **kwargs)

    clean_key = key_of

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        amount, most = typed.get("amount"), self.invoice.excess
        # Nothing left: somebody was faster, and the verb says who.
        if amount and 0 < most < amount and not ExcessUse.objects.filter(pk=typed.get("key")).exists():
            self.add_error("amount", f"Le trop-perçu n’est que de {euros(most)}.")
        return typed


class CarryForm(ExcessForm):
    """To which of the customer's invoices."""

    to = forms.ModelChoiceField(
        label="Facture à régler", queryset=Invoice.objects.none(), widget=forms.RadioSelect, empty_label=None
    )
    field_order = ["to", "amount"]
    obstacle = False

    def __init__(self, *args: Any, invoice: Invoice, **kwargs: Any):
        possible = excess.open_invoices(invoice)
        first = possible.first()
        proposed = {"to": first, "amount": min(invoice.excess, first.left)} if first else {}
        super().__init__(*args, invoice=invoice, initial=proposed, **kwargs)
        field: Any = self.fields["to"]
        field.queryset, field.label_from_instance = possible, _due
        field.error_messages["invalid_choice"] = (
            "Cette facture n’est plus à régler, ou son prélèvement est à la banque : choisissez-en une autre."
        )
        if not possible:
            self.obstacle = True  # nothing to type, nothing to confirm
            del self.fields["amount"]
            field.help_text = "Ce client n’a pas d’autre facture à régler : remboursez-le, ou attendez la prochaine."

    def clean(self) -> dict[str, Any]:
        typed = super().clean()
        amount, to = typed.get("amount"), typed.get("to")
        if amount and to and amount > to.left and "amount" not in self.errors:
            self.add_error("amount", f"Il ne reste que {euros(to.left)} à régler sur la facture {to.number}.")
        return typed


class RefundForm(ExcessForm):
    """When and how it was given back."""

    layout = {"amount": "half", "on": "half", "mode": "half", "reference": "half"}

    on = FrenchDateField(label="Date du remboursement", maximum=today, recent=True)
    mode = forms.ChoiceField(
        label="Mode de remboursement", choices=[choice for choice in Mode.choices if choice[0] in excess.REFUND_MODES]
    )
    reference = forms.CharField(
        label="Référence", required=False, max_length=140, help_text="Libellé du virement, numéro de chèque."
    )
    iban = IbanField(
        label="IBAN du compte remboursé",
        required=False,
        help_text=f"Pour un virement. Le client le lira masqué. Exemple : {IBAN_EXAMPLE}",
    )
    field_order = ["amount", "on", "mode", "reference", "iban"]

    def __init__(self, *args: Any, invoice: Invoice, **kwargs: Any):
        last = invoice.receipts.filter(cancelled_at=None, mode__in=excess.REFUND_MODES).first()
        proposed = {"on": today(), "mode": last.mode if last else Mode.TRANSFER}
        super().__init__(*args, invoice=invoice, initial=proposed, **kwargs)

    def clean(self) -> dict[str, Any]:
        typed = super().clean()
        if typed.get("iban") and typed.get("mode") not in (None, Mode.TRANSFER):
            self.add_error("iban", "Un IBAN ne sert qu’à un virement : laissez cette case vide, ou changez le mode.")
        return typed


class CancelRefundForm(InvoiceForm):
    """Which refund, and why."""

    use = forms.ModelChoiceField(
        label="Remboursement à annuler", queryset=ExcessUse.objects.none(), widget=forms.RadioSelect, empty_label=None
    )
    reason = forms.CharField(
        label="Motif",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Le client lira ce motif. Exemple : virement revenu, compte clos.",
    )

    def __init__(self, *args: Any, invoice: Invoice, **kwargs: Any):
        refunds = invoice.excess_uses.filter(kind=ExcessUse.Kind.REFUNDED, cancelled_at=None)
        only = refunds.first() if refunds.count() == 1 else None
        super().__init__(*args, invoice=invoice, **{"initial": {"use": only}, **kwargs})
        field: Any = self.fields["use"]
        field.queryset, field.label_from_instance = refunds, _which


class CancelCarryForm(InvoiceForm):
    """Which carry, and why."""

    use = forms.ModelChoiceField(
        label="Report à annuler", queryset=ExcessUse.objects.none(), widget=forms.RadioSelect, empty_label=None
    )
    reason = forms.CharField(
        label="Motif",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Le client lira ce motif si l’autre facture est de nouveau à régler. Exemple : mauvaise facture.",
    )

    def __init__(self, *args: Any, invoice: Invoice, **kwargs: Any):
        carried = invoice.excess_uses.filter(kind=ExcessUse.Kind.CARRIED, cancelled_at=None)
        carried = carried.select_related("invoice", "receipt__invoice")
        only = carried.first() if carried.count() == 1 else None
        super().__init__(*args, invoice=invoice, **{"initial": {"use": only}, **kwargs})
        field: Any = self.fields["use"]
        field.queryset, field.label_from_instance = carried, _where


def _where(use: ExcessUse) -> str:
    there = use.receipt.invoice.number if use.receipt else ""
    return f"{euros(use.amount)} reportés le {french_date(use.made_on)} sur la facture {there}"


def _due(invoice: Invoice) -> str:
    return f"{invoice.number}, {invoice.title} : reste {euros(invoice.left)}, échéance le {french_date(invoice.due_on)}"


def _which(use: ExcessUse) -> str:
    text = f"{use.get_mode_display()} de {euros(use.amount)} du {french_date(use.made_on)}"
    return f"{text}, {use.reference}" if use.reference else text
