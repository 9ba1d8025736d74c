"""What staff type about money."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.db.models import Q, QuerySet

from billing import announcing, elsewhere, given_back, own_debits
from billing.bank import MAX_BYTES
from billing.checks import first_day
from billing.matching import numbers_in
from billing.models import Collection, Invoice, Mode, Receipt, StatementLine
from billing.receipts import cancellable
from core.dates import french_date, today
from core.formfields import ScannedFileField
from core.forms import FrenchDateField, GuichetForm, MoneyField
from core.money import euros
from core.text import storable

FOUND = 20  # invoices offered at once


class InvoiceForm(GuichetForm):
    """A form about `invoice`."""

    def __init__(self, *args: Any, invoice: Invoice, **kwargs: Any):
        self.invoice = invoice
        super().__init__(*args, **kwargs)


def key_of(form: Any) -> UUID:
    """The key of a form, made when its page was."""
    try:
        return UUID(form.cleaned_data["key"])
    except ValueError as error:
        raise forms.ValidationError("La page envoyée était incomplète. Rechargez-la, puis recommencez.") from error


BESIDES = "Le client a bien réglé en plus de ce prélèvement"


def _is_sent(debit: Collection) -> str:
    there = own_debits.sent_words(debit)
    return f"{there[0].upper()}{there[1:]}. Si ce règlement vient en plus, cochez la case."


def hide_unless_ticked(form: Any, *names: str) -> None:
    """Each box is offered once it is needed (see `clean`). Hidden, it comes back empty: that is no tick."""
    for name in names:
        if not form.fields[name].to_python(form.data.get(name) or False):
            form.fields[name].widget = forms.HiddenInput()


class TooMuch(forms.BooleanField):
    """The box that is offered once an amount is more than what is due."""

    def __init__(self, **kwargs: Any):
        label = "Le montant reçu dépasse ce qui est dû, et c’est bien ce que nous avons reçu"
        super().__init__(**{"label": label, "required": False, **kwargs})


class ReceiptForm(InvoiceForm):
    """Money received. What is still due, and today, are proposed. `key` tells a second click from a second payment."""

    layout = {"mode": "half", "amount": "half", "received_on": "half", "reference": "half"}

    mode = forms.ChoiceField(label="Mode de règlement", choices=Mode.choices)
    amount = MoneyField(label="Montant", min_value=Decimal("0.01"), max_digits=12)
    received_on = FrenchDateField(label="Date de réception", maximum=today, recent=True)
    reference = forms.CharField(
        label="Référence", required=False, max_length=140, help_text="Numéro de chèque, libellé du virement."
    )
    too_much = TooMuch()
    twin = forms.BooleanField(label="C’est bien un second règlement", required=False)
    besides = forms.BooleanField(label=BESIDES, required=False)
    key = forms.CharField(widget=forms.HiddenInput, max_length=36)

    def __init__(self, *args: Any, invoice: Invoice, **kwargs: Any):
        proposed = {
            # Never a debit: ours are recorded with their file.
            "mode": Mode.TRANSFER if invoice.mode in ("", Mode.DEBIT) else invoice.mode,
            "amount": invoice.left or None,
            "received_on": today(),
            "key": uuid4(),
        }
        super().__init__(*args, invoice=invoice, **{"initial": proposed, **kwargs})
        self.fields["received_on"].minimum = first_day(invoice.issued_on)  # type: ignore[attr-defined]
        hide_unless_ticked(self, "too_much", "twin")
        self.sent = own_debits.sent(invoice)
        if not self.sent:
            del self.fields["besides"]

    clean_key = key_of

    @property
    def warning(self) -> str:
        """What becomes of the debit of this invoice, read before anything is typed."""
        if self.sent:
            return (
                f"Attention : {own_debits.sent_words(self.sent)}, et il aura lieu. Si c’est lui que vous avez reçu, "
                "marquez le fichier comme encaissé. Ce qui est réglé en plus sera à rembourser au client."
            )
        if planned := announcing.planned(self.invoice):
            return (
                f"Un prélèvement de {euros(planned.amount)} est prévu le {french_date(planned.collects_on)}. Une fois "
                "tout réglé, il sera annulé et le client en sera averti ; après un règlement partiel, il passera à ce "
                "qui reste."
            )
        return ""

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        amount, known = typed.get("amount"), Receipt.objects.filter(pk=typed.get("key")).exists()
        if amount and amount > self.invoice.left and not typed.get("too_much") and not known:
            left = self.invoice.left
            due = f"il reste {euros(left)} à régler" if left else "il n’y a plus rien à régler"
            self.fields["too_much"].widget = forms.CheckboxInput()
            self.add_error("amount", f"{euros(amount)} dépassent ce qui est dû : {due}. Corrigez, ou cochez la case.")
        if self.sent and typed.get("mode") != Mode.DEBIT and not typed.get("besides") and not known:
            self.add_error("besides", _is_sent(self.sent))
        twin = None if known or typed.get("twin") or self.errors.keys() - {"amount", "besides"} else self._twin(typed)
        if twin:
            self.fields["twin"].widget = forms.CheckboxInput()
            there = f"Un règlement identique est déjà enregistré ({_which(twin)})"
            self.add_error("twin", f"{there}. Corrigez, ou cochez la case si c’en est un second.")
        return typed

    def _twin(self, typed: dict[str, Any]) -> Receipt | None:
        """What was already received, the same in all that is typed here."""
        same = {name: typed.get(name) for name in ("mode", "amount", "received_on", "reference")}
        return self.invoice.receipts.filter(cancelled_at=None, **same).first()


class CancelReceiptForm(InvoiceForm):
    """Which receipt, and why."""

    receipt = forms.ModelChoiceField(
        label="Règlement à annuler", queryset=Receipt.objects.none(), widget=forms.RadioSelect, empty_label=None
    )
    reason = forms.CharField(
        label="Motif",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Le client lira ce motif si sa facture est de nouveau à régler. Exemple : chèque sans provision.",
    )
    taken_back = forms.BooleanField(
        label="La banque nous a repris cette somme (impayé) : annuler tout de même", required=False
    )
    obstacle = False

    def __init__(self, *args: Any, invoice: Invoice, **kwargs: Any):
        possible, counted = cancellable(invoice), invoice.receipts.filter(cancelled_at=None).count()
        only = possible.first() if possible.count() == 1 else None
        super().__init__(*args, invoice=invoice, **{"initial": {"receipt": only}, **kwargs})
        field: Any = self.fields["receipt"]
        field.queryset, field.label_from_instance = possible, _which
        if counted > possible.count():
            field.help_text = (
                "Un prélèvement encaissé ne s’annule pas ici : s’il est revenu de la banque, enregistrez son rejet "
                "sur la page du prélèvement."
            )
        if not possible:
            self.obstacle = True  # nothing to type, nothing to confirm
            del self.fields["reason"]
        hide_unless_ticked(self, "taken_back")

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        receipt = typed.get("receipt")
        if receipt and not typed.get("taken_back") and (undo := given_back.to_undo(self.invoice, receipt.amount)):
            self.fields["taken_back"].widget = forms.CheckboxInput()
            self.add_error("receipt", f"{undo} Si c’est la banque qui a repris la somme, cochez la case.")
        return typed


def _which(receipt: Receipt) -> str:
    text = f"{receipt.get_mode_display()} de {euros(receipt.amount)} reçu le {french_date(receipt.received_on)}"
    return f"{text}, {receipt.reference}" if receipt.reference else text


class LineForm(GuichetForm):
    """A form about `line`. As it is: for a verb that asks nothing."""

    def __init__(self, *args: Any, line: StatementLine, asked: str = "", **kwargs: Any):
        self.line = line
        super().__init__(*args, **kwargs)


class ConfirmForm(LineForm):
    """The proposal that was read, as `statements.as_shown` tells it."""

    shown = forms.CharField(required=False, widget=forms.HiddenInput)


class AsideForm(LineForm):
    reason = forms.CharField(
        label="Motif",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Visible par le service uniquement. Exemple : subvention, remboursement d’un fournisseur.",
    )

    def __init__(self, *args: Any, line: StatementLine, **kwargs: Any):
        paper = elsewhere.paper(line)
        proposed = {"initial": {"reason": f"{paper.words}."}} if paper else {}
        super().__init__(*args, line=line, **{**proposed, **kwargs})


class AttachForm(LineForm):
    """Which invoice the amount is for, among those that `asked` finds."""

    invoice = forms.ModelChoiceField(
        label="Facture", queryset=Invoice.objects.none(), widget=forms.RadioSelect, empty_label=None
    )
    too_much = TooMuch(label="Le montant dépasse ce qui est dû : garder l’excédent en trop-perçu")
    besides = forms.BooleanField(label=BESIDES, required=False)

    def __init__(self, *args: Any, line: StatementLine, asked: str = "", **kwargs: Any):
        super().__init__(*args, line=line, **kwargs)
        found = find_invoices(asked, line)
        field: Any = self.fields["invoice"]
        field.queryset = Invoice.objects.filter(kind=Invoice.Kind.INVOICE) if self.is_bound else found
        field.choices = [(invoice.pk, _due(invoice)) for invoice in found]
        self.found = bool(found)
        hide_unless_ticked(self, "too_much", "besides")
        if not self.found and not self.is_bound:
            del self.fields["invoice"]  # nothing to choose: no question without an answer

    def clean_invoice(self) -> Invoice:
        invoice: Invoice = self.cleaned_data["invoice"]
        return invoice

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        invoice = typed.get("invoice")
        if invoice and not typed.get("besides") and (debit := own_debits.sent(invoice)):
            self.fields["besides"].widget = forms.CheckboxInput()
            self.add_error("besides", _is_sent(debit))
        if invoice and self.line.amount > invoice.left and not typed.get("too_much"):
            left = f"il reste {euros(invoice.left)} à régler" if invoice.left else "il n’y a plus rien à régler"
            self.fields["too_much"].widget = forms.CheckboxInput()
            self.add_error(
                "too_much", f"{euros(self.line.amount)} dépassent ce qui est dû : {left}. Cochez pour garder."
            )
        return typed


def find_invoices(asked: str, line: StatementLine) -> QuerySet[Invoice]:
    """Invoices by number or by customer; without a question, those that are due in the payer's name."""
    invoices = Invoice.objects.filter(kind=Invoice.Kind.INVOICE).order_by("settled_on", "due_on", "number")
    text = storable(asked).strip()[:100]
    if numbers := numbers_in(text):
        return invoices.filter(number__in=numbers)[:FOUND]
    if text:
        return invoices.filter(Q(number__icontains=text) | Q(buyer_name__icontains=text))[:FOUND]
    proposed = line.proposals.values("invoice")
    words = Q(pk__in=proposed)
    if line.payer:
        words |= Q(settled_on=None, buyer_name__icontains=max(line.payer.split(), key=len))
    return invoices.filter(words)[:FOUND]


def _due(invoice: Invoice) -> str:
    left = f"reste {euros(invoice.left)} sur {euros(invoice.total)}" if invoice.left else "réglée"
    return f"{invoice.number}, {invoice.buyer_name} : {left}, échéance le {french_date(invoice.due_on)}"


class StatementForm(GuichetForm):
    """A file from the bank."""

    file = ScannedFileField(
        label="Relevé de compte",
        help_text="CAMT.053 (.xml) de préférence, ou un tableau (.csv, .xlsx) avec les colonnes Date, Libellé, "
        f"Montant (ou Débit et Crédit), Référence, Payeur. {MAX_BYTES // 1024**2} Mo au plus.",
        widget=forms.FileInput(attrs={"accept": ".xml,.csv,.txt,.xlsx,.xls,.ods"}),
    )
    whole = forms.BooleanField(
        label="Le fichier est entier : il se termine bien par cette ligne", required=False, widget=forms.HiddenInput
    )
    asked = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)  # about which file

    def ask(self, problem: str, fingerprint: str) -> None:
        """Offer the box for this file: ticked with another one, it does not count."""
        self.fields["whole"].widget = forms.CheckboxInput()
        self.data = self.data.copy()  # type: ignore[attr-defined]
        self.data.pop("whole", None)  # type: ignore[attr-defined]
        self.data["asked"] = fingerprint  # type: ignore[index]
        self.add_error("file", problem)
