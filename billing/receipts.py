"""Money received for an invoice: entered, or cancelled when it was a mistake or came back from the bank."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from billing import addressees, announcing, calling_off, given_back, mails, own_debits
from billing.checks import begin, check_day, first_day, refuse_other
from billing.matching import UNDONE
from billing.models import Collection, ExcessUse, Invoice, Mode, Receipt, StatementLine
from billing.models.collection import CollectionState
from billing.models.invoice import CARRIED
from billing.settlement import latest_document, settle
from core.dates import french_date, today
from core.journal import Actor, record
from core.money import cents, euros
from core.transitions import AlreadyDone, Refused, lock

RETURN_INSTEAD = (
    "Ce règlement est un prélèvement encaissé : s’il est revenu de la banque, enregistrez le rejet du prélèvement."
)


class Excess(Refused):
    """More than what is due: to be confirmed by who enters it."""


@dataclass(frozen=True)
class Money:
    """What came for an invoice."""

    mode: str
    amount: Decimal
    received_on: date
    reference: str = ""
    line: StatementLine | None = None  # of a bank statement, that brought it
    key: UUID | None = None  # of the form that it was entered in

    def columns(self) -> dict[str, Any]:
        """What its receipt says of it."""
        return {
            "mode": self.mode,
            "amount": cents(self.amount),
            "received_on": self.received_on,
            "reference": self.reference[:140],
        }


@transaction.atomic
def record_receipt(
    invoice: Invoice,
    *,
    mode: str,
    amount: Decimal,
    received_on: date,
    reference: str = "",
    by: Actor,
    allow_excess: bool = False,
    key: UUID | None = None,
    seen: int | None = None,
) -> Receipt:
    """Enter by hand money received for an invoice; once nothing is due any more, its document says « Acquittée le … ».

    The same `key` twice is the same receipt: a form carries one, so a double click does the work once; with anything
    else than that receipt, `OtherContent` is raised. `seen` is the version its writer had before his eyes. The customer
    is told by mail once the invoice is settled; a debit planned for it is given up. Raises `Excess` above what is due,
    unless `allow_excess`, and `Refused` for a day before `first_day` of the invoice, and while a debit is at the bank,
    for money of mode DEBIT: that comes with its file.
    """
    locked, money = lock(invoice), Money(mode, amount, received_on, reference, key=key)
    if key and (done := Receipt.objects.filter(pk=key).first()):
        return _again(done, invoice, locked, money.columns())
    begin(locked, seen)
    if mode == Mode.DEBIT:
        _refuse_at_the_bank(locked)
    _check(locked, money, allow_excess)
    return _receive(invoice, locked, money, by, recorded_by=by.user)


@transaction.atomic
def from_statement(
    invoice: Invoice, line: StatementLine, amount: Decimal, *, by: Actor, allow_excess: bool = False
) -> Receipt:
    """The amount of a line of a bank statement, or its part that pays `invoice`; else as `record_receipt`."""
    locked = lock(invoice)
    money = Money(Mode.TRANSFER, amount, line.booked_on, line.reference or line.label, line)
    _check(locked, money, allow_excess)
    return _receive(invoice, locked, money, by, recorded_by=by.user)


@transaction.atomic
def of_debit(collection: Collection, *, by: Actor) -> Receipt:
    """A debit at the bank was credited. Where the invoice was paid some other way meanwhile, the bank has the money all
    the same, and it is to be given back."""
    locked = lock(collection.invoice)
    money = Money(Mode.DEBIT, collection.amount, collection.collects_on, collection.end_to_end_id)
    _check(locked, money, allow_excess=True)
    return _receive(collection.invoice, locked, money, by, recorded_by=by.user)


@transaction.atomic
def carried_from(source: Invoice, to: Invoice, amount: Decimal, *, by: Actor) -> Receipt:
    """What was paid too much on `source` pays `to`, whose customer reads so in the mail of who calls."""
    locked, money = lock(to), Money(CARRIED, amount, today(), f"Trop-perçu de la facture {source.number}")
    _check(locked, money)
    return _receive(to, locked, money, by, recorded_by=by.user, tell=False)


@transaction.atomic
def cashed(invoice: Invoice, money: Money, *, by: Actor, recorded_by: Any) -> Receipt:
    """Money that was held before there was an invoice, however long, and all of it; its customer is told by who calls.
    `recorded_by`: the account that entered it then, while `by` cashes it."""
    locked = lock(invoice)
    _check(locked, money, allow_excess=True, first=money.received_on)
    return _receive(invoice, locked, money, by, recorded_by=recorded_by, tell=False)


@transaction.atomic
def cancel_receipt(
    receipt: Receipt,
    *,
    reason: str,
    by: Actor,
    seen: int | None = None,
    tell: bool = True,
    taken_back: bool = False,
) -> Receipt:
    """A receipt counts no more: entered by mistake, or returned by the bank. What it paid is due again.

    The customer, who may hold an invoice « acquittée » by then, is told, unless `tell` is false. Refused while its
    excess is carried or refunded, and for a debit that was collected, whose return is recorded instead, unless the bank
    has `taken_back` the money, which nobody can refuse.
    """
    use = ExcessUse.objects.select_related("invoice").filter(receipt=receipt).first()
    both = sorted({receipt.invoice, use.invoice} if use else {receipt.invoice}, key=lambda one: one.pk)
    found = {one.pk: lock(one) for one in both}  # in the same order as who carries it there
    locked = found[receipt.invoice_id]
    begin(locked, seen)
    reason = reason.strip()
    if not reason:
        raise Refused("Dites pourquoi le règlement est annulé.")
    cancelled = Receipt.objects.filter(pk=receipt.pk, cancelled_at=None)
    if not taken_back and cancelled.exists() and (obstacle := _obstacle(receipt, locked)):
        raise Refused(obstacle)
    if not cancelled.update(cancelled_at=timezone.now(), cancel_reason=reason[:300]):
        raise AlreadyDone("Ce règlement a déjà été annulé.")
    receipt.refresh_from_db()
    was_settled = locked.settled_on
    settle(locked)
    announcing.follow(locked, by=by)
    record(locked, by=by, message=f"Règlement de {euros(receipt.amount)} annulé.", reason=reason)
    if was_settled and not locked.settled_on:
        record(locked, by=by, message=f"Facture de nouveau à régler : {euros(locked.left)}.")
        if tell:
            mail = mails.due_again(locked, receipt, latest_document(locked))
            addressees.send(mail, addressees.billed(locked), about=locked, key=f"due-again:{receipt.pk}")
    if use:
        _give_up(use, found[use.invoice_id], receipt, by)
    if receipt.statement_line_id:
        _reopen(receipt.statement_line_id)
    receipt.invoice = locked
    return receipt


def cancellable(invoice: Invoice) -> QuerySet[Receipt]:
    """Those that count and may be cancelled by hand. What was collected by debit ends with its return alone
    (`billing.returns`), which also tells the customer and stops the mandate where it must."""
    return invoice.receipts.filter(cancelled_at=None).exclude(collection__state=CollectionState.COLLECTED)


def _check(invoice: Invoice, money: Money, allow_excess: bool = False, first: date | None = None) -> None:
    """Refuse what cannot be received for the locked invoice. `first`: the first day that it may have come on."""
    amount = cents(money.amount)
    if invoice.kind != Invoice.Kind.INVOICE:
        raise Refused("Un avoir ne se règle pas : enregistrez le règlement sur une facture.")
    if amount <= 0:
        raise Refused("Le montant reçu doit être supérieur à zéro.")
    if amount > invoice.left and not allow_excess:
        due = f"il reste {euros(invoice.left)} à régler" if invoice.left else "il n’y a plus rien à régler"
        raise Excess(f"{euros(amount)} dépassent ce qui est dû sur la facture {invoice.number} : {due}.")
    check_day(money.received_on, first or first_day(invoice.issued_on))


def _receive(
    invoice: Invoice,
    locked: Invoice,
    money: Money,
    by: Actor,
    *,
    recorded_by: Any,
    tell: bool = True,
) -> Receipt:
    """The receipt of what was checked, and all that follows from it; `invoice`, the caller's own, says so."""
    receipt = Receipt.objects.create(
        pk=money.key or uuid4(),
        invoice=locked,
        statement_line=money.line,
        recorded_by=recorded_by,
        **money.columns(),
    )
    settled = settle(locked)
    what = f"Règlement reçu : {euros(receipt.amount)} ({receipt.get_mode_display()})."
    record(locked, by=by, message=what, reason=_what_is_left(locked))
    if settled:
        record(locked, by=by, message=f"Facture acquittée le {french_date(locked.settled_on)}.")  # type: ignore[arg-type]
        sent = None if money.mode == Mode.DEBIT else own_debits.sent(locked)
        _tell_settled(locked, receipt, calling_off.of_settled(locked, by=by), sent, tell)
    else:
        announcing.follow(locked, by=by)
    if money.mode not in (Mode.DEBIT, CARRIED):  # the customer has found another way: no other mandate debits this
        locked.collections.filter(renewable=True).update(renewable=False)
    _show(locked, invoice)
    return receipt


def _refuse_at_the_bank(invoice: Invoice) -> None:
    """The money of our debits comes with their file: entered by hand as well, it would count twice."""
    if (debit := own_debits.sent(invoice)) and debit.file:
        raise Refused(
            f"Le prélèvement {debit.end_to_end_id} de cette facture est à la banque : une fois la somme reçue, marquez "
            f"le fichier {debit.file.reference} comme encaissé, et le règlement s’enregistre. Si le client a payé "
            "autrement, changez de mode."
        )


def _again(done: Receipt, invoice: Invoice, locked: Invoice, sent: dict[str, object]) -> Receipt:
    """The same request a second time: the receipt it made the first time."""
    if done.invoice_id != locked.pk:
        raise AlreadyDone("Ce règlement est déjà enregistré sur une autre facture.")
    refuse_other(done, sent, f"un règlement de {euros(done.amount)}")
    _show(locked, invoice)
    return done


def _what_is_left(invoice: Invoice) -> str:
    if invoice.excess:
        return f"Trop-perçu de {euros(invoice.excess)}, à rembourser ou à reporter."
    return f"Reste à régler : {euros(invoice.left)}." if invoice.left else ""


def _tell_settled(
    invoice: Invoice, receipt: Receipt, given_up: Collection | None, sent: Collection | None, tell: bool
) -> None:
    """Who was told of a debit that is given up reads it in this same mail; at other addresses, in a mail of its own."""
    mail = mails.settled(invoice, latest_document(invoice), given_up, sent)
    readers = addressees.billed(invoice) if tell else []
    addressees.send(mail, readers, about=invoice, key=f"settled:{receipt.pk}")
    if given_up:
        calling_off.tell(given_up, calling_off.SETTLED, but=readers)


def _give_up(use: ExcessUse, source: Invoice, receipt: Receipt, by: Actor) -> None:
    """What had been carried here is back on the locked invoice it came from."""
    ExcessUse.objects.filter(pk=use.pk).update(cancelled_at=receipt.cancelled_at, cancel_reason=receipt.cancel_reason)
    settled = settle(source)
    message = f"Report de {euros(receipt.amount)} sur la facture {receipt.invoice.number} annulé."
    record(source, by=by, message=message, reason=receipt.cancel_reason)
    calling_off.after_settling(source, settled, by=by)


def _reopen(line_pk: UUID) -> None:
    """The amount of a statement whose receipt was cancelled is to be matched again, whole, by somebody who looks."""
    if not Receipt.objects.filter(statement_line=line_pk, cancelled_at=None).exists():
        line = StatementLine.objects.filter(pk=line_pk)
        line.update(state=StatementLine.State.OPEN, handled_by=None, handled_at=None, note=UNDONE)
        line.filter(certainty=StatementLine.Certainty.CERTAIN).update(certainty=StatementLine.Certainty.LIKELY)


def _obstacle(receipt: Receipt, locked: Invoice) -> str:
    """Why a receipt that counts is not to be cancelled by hand; empty when it may be."""
    if not cancellable(locked).filter(pk=receipt.pk).exists():
        return RETURN_INSTEAD
    return given_back.to_undo(locked, receipt.amount)


def _show(locked: Invoice, invoice: Invoice) -> None:
    """Bring the caller's own instance up to date."""
    for name in ("paid", "credited", "settled_on", "version"):
        setattr(invoice, name, getattr(locked, name))
