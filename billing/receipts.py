"""Money received for an invoice: entered, or cancelled when it was a mistake or came back from the bank."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from billing import announcing, calling_off, given_back, mails, own_debits
from billing.matching import UNDONE
from billing.models import Collection, ExcessUse, Invoice, Mode, Receipt, StatementLine
from billing.models.collection import CollectionState
from billing.models.invoice import CARRIED
from billing.settlement import latest_document, settle
from core.dates import french_date, french_moment, today
from core.journal import Actor, record
from core.models import JournalEntry
from core.money import cents, euros
from core.transitions import AlreadyDone, Refused, lock
from notifications.outbox import enqueue

EARLY = timedelta(days=60)  # a payment comes before its invoice now and then; a year typed wrong, further


RETURN_INSTEAD = (
    "Ce règlement est un prélèvement encaissé : s’il est revenu de la banque, enregistrez le rejet du prélèvement."
)


class OtherContent(AlreadyDone):
    """A form's key met again under something else: nothing of that was done."""


class Excess(Refused):
    """More than what is due: to be confirmed by who enters it."""


def version(invoice: Invoice) -> int:
    """How much happened to the invoice: a page sends it back, so that of two people acting at once one is told."""
    return JournalEntry.objects.about(invoice).count()


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
    line: StatementLine | None = None,
    tell: bool = True,
    first: date | None = None,
    collected: bool = False,
) -> Receipt:
    """Enter money received for an invoice; once nothing is due any more, its document says « Acquittée le … ».

    The same `key` twice is the same receipt: a form carries one, so a double click does the work once; with anything
    else than that receipt, `OtherContent` is raised. `seen` is the
    `version` its writer had before his eyes. The customer is told by mail once the invoice is settled, unless `tell` is
    false because the caller's own mail does; a debit planned for it is given up. Raises `Excess` above what is due,
    unless `allow_excess`, and `Refused` for a day before `first`, by default `first_day` of the invoice. While a debit
    is at the bank, money of mode DEBIT is refused unless it is that debit's, `collected` with its file.
    """
    locked = lock(invoice)
    if key and (done := Receipt.objects.filter(pk=key).first()):
        sent = {"mode": mode, "amount": cents(amount), "received_on": received_on, "reference": reference[:140]}
        return _again(done, invoice, locked, sent)
    begin(locked, seen)
    amount = cents(amount)
    if mode == Mode.DEBIT and not collected:
        _refuse_at_the_bank(locked)
    _check(locked, amount, allow_excess)
    check_day(received_on, first or first_day(locked.issued_on))
    receipt = Receipt.objects.create(
        pk=key or uuid4(),
        invoice=locked,
        mode=mode,
        amount=amount,
        received_on=received_on,
        reference=reference[:140],
        statement_line=line,
        recorded_by=by.user,
    )
    settled = settle(locked)
    record(
        locked,
        by=by,
        message=f"Règlement reçu : {euros(amount)} ({receipt.get_mode_display()}).",
        reason=_what_is_left(locked),
    )
    if settled:
        record(locked, by=by, message=f"Facture acquittée le {french_date(locked.settled_on)}.")  # type: ignore[arg-type]
        sent = None if collected else own_debits.sent(locked)
        _tell_settled(locked, receipt, calling_off.of_settled(locked, by=by), sent, tell)
    else:
        announcing.follow(locked, by=by)
    if mode not in (Mode.DEBIT, CARRIED):  # the customer has found another way: no other mandate debits this invoice
        locked.collections.filter(renewable=True).update(renewable=False)
    _show(locked, invoice)
    return receipt


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
            _tell(locked, mails.due_again(locked, receipt, latest_document(locked)), f"due-again:{receipt.pk}")
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


def begin(locked: Invoice, seen: int | None) -> None:
    """Refuse when somebody acted on the locked invoice since version `seen` of it."""
    if seen is not None and seen != version(locked):
        last = JournalEntry.objects.about(locked).order_by("-at", "-pk").first()
        who = f" par {last.actor_name} le {french_moment(last.at)} : {last.message}" if last else " entre-temps."
        raise AlreadyDone(f"Cette facture a déjà été traitée{who} Relisez-la avant de continuer.")


def refuse_other(done: Receipt | ExcessUse, sent: dict[str, object], what: str) -> None:
    """The page that did `done` is sent again: refuse unless it says the same, and that still counts."""
    if done.cancelled_at or any(getattr(done, name) != value for name, value in sent.items()):
        since = ", annulé depuis" if done.cancelled_at else ""
        raise OtherContent(
            f"Cette page avait déjà servi à enregistrer {what}{since}. Ce que vous venez d’envoyer n’est pas "
            "enregistré : relisez la facture, puis confirmez s’il s’agit bien d’autre chose."
        )


def first_day(issued_on: date) -> date:
    """The first day on which money can have come for what was issued on that day."""
    return issued_on - EARLY


def check_day(received_on: date, first: date) -> None:
    """Refuse a day that cannot be that of a payment: to come, or before `first`."""
    if received_on > today():
        raise Refused("Un règlement s’enregistre une fois reçu : sa date ne peut pas être à venir.")
    if received_on < first:
        raise Refused(
            f"Le {received_on:%d/%m/%Y} est trop ancien pour ce règlement : indiquez une date à partir du "
            f"{french_date(first)}. Vérifiez l’année."
        )


def _check(invoice: Invoice, amount: Decimal, allow_excess: bool) -> None:
    if invoice.kind != Invoice.Kind.INVOICE:
        raise Refused("Un avoir ne se règle pas : enregistrez le règlement sur une facture.")
    if amount <= 0:
        raise Refused("Le montant reçu doit être supérieur à zéro.")
    if amount > invoice.left and not allow_excess:
        due = f"il reste {euros(invoice.left)} à régler" if invoice.left else "il n’y a plus rien à régler"
        raise Excess(f"{euros(amount)} dépassent ce qui est dû sur la facture {invoice.number} : {due}.")


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
    if tell:
        _tell(invoice, mail, f"settled:{receipt.pk}")
    if given_up:
        calling_off.tell(given_up, calling_off.SETTLED, but=mail.to if tell else "")


def _tell(invoice: Invoice, mail: mails.Mail, key: str) -> None:
    if mail.to:
        enqueue(mail, about=invoice, dedupe_key=key)


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
    for name in ("paid", "credited", "settled_on"):
        setattr(invoice, name, getattr(locked, name))
