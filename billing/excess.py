"""Money paid too much, once or twice over, or left by a credit note: carried to another invoice, or paid back.

Both verbs take it off the invoice in the ledger of its receipts, once: a form's key tells a second click, the version
of the invoice tells the second of two people.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from billing import addressees, calling_off, excess_mails, given_back
from billing.checks import begin, refuse_other
from billing.models import Collection, ExcessUse, Invoice, Mode
from billing.models.collection import CollectionState
from billing.receipts import cancel_receipt, carried_from
from billing.settlement import latest_document, settle
from core.dates import french_date, today
from core.journal import Actor, record
from core.money import cents, euros
from core.text import lower_first
from core.transitions import AlreadyDone, Refused, lock

Kind = ExcessUse.Kind


def open_invoices(invoice: Invoice) -> QuerySet[Invoice]:
    """The invoices of the same customer that its excess can pay, the first due first. What is at the bank to be debited
    is not one of them: it would be paid twice."""
    same = Invoice.objects.unsettled().filter(subject_type=invoice.subject_type, subject_id=invoice.subject_id)
    leaving = Collection.objects.filter(invoice=OuterRef("pk"), state=CollectionState.EXPORTED)
    return same.exclude(pk=invoice.pk).filter(~Exists(leaving)).order_by("due_on", "number")


@transaction.atomic
def carry(
    invoice: Invoice,
    to: Invoice,
    *,
    amount: Decimal,
    by: Actor,
    key: UUID | None = None,
    seen: int | None = None,
) -> ExcessUse:
    """« Reporter sur une autre facture »: `amount` of what was paid too much on `invoice` pays `to`."""
    locked, other = _both(invoice, to)
    if done := _again(key, locked, kind=Kind.CARRIED, amount=cents(amount)):
        if done.receipt and done.receipt.invoice_id != other.pk:
            raise AlreadyDone(f"Ce trop-perçu est déjà reporté sur la facture {done.receipt.invoice.number}.")
        return done
    begin(locked, seen)
    amount = cents(amount)
    _check(locked, amount)
    if not open_invoices(locked).filter(pk=other.pk).exists():
        raise Refused(f"La facture {other.number} ne peut pas recevoir ce report : choisissez-en une autre.")
    if amount > other.left:
        raise Refused(f"{euros(amount)} dépassent ce qui est dû sur la facture {other.number} ({euros(other.left)}).")
    receipt = carried_from(locked, other, amount, by=by)
    use = _take(
        locked,
        by,
        f"Trop-perçu reporté sur la facture {other.number}",
        key,
        kind=Kind.CARRIED,
        receipt=receipt,
        amount=amount,
        made_on=receipt.received_on,
    )
    paid = latest_document(other) if other.settled_on else None
    addressees.send(
        excess_mails.carried(use, other, paid), _people(locked, other), about=locked, key=f"excess:{use.pk}"
    )
    _show(locked, invoice)
    _show(other, to)
    return use


@transaction.atomic
def refund(
    invoice: Invoice,
    *,
    amount: Decimal,
    mode: str,
    on: date,
    by: Actor,
    iban: str = "",
    reference: str = "",
    key: UUID | None = None,
    seen: int | None = None,
) -> ExcessUse:
    """« Rembourser »: `amount` of what was paid too much was given back on the day `on`; the customer is told."""
    locked = lock(invoice)
    iban, reference = iban if mode == Mode.TRANSFER else "", reference[:140]
    sent = {"mode": mode, "made_on": on, "iban": iban, "reference": reference}
    if done := _again(key, locked, kind=Kind.REFUNDED, amount=cents(amount), **sent):
        return done
    begin(locked, seen)
    amount = cents(amount)
    _check(locked, amount)
    if mode not in REFUND_MODES:
        raise Refused("Un remboursement se fait par virement, par chèque, par carte ou en espèces.")
    if on > today():
        raise Refused("Un remboursement s’enregistre une fois fait : sa date ne peut pas être à venir.")
    first = min((one.received_on for one in locked.receipts.filter(cancelled_at=None)), default=locked.issued_on)
    if on < first:
        raise Refused(f"Le {on:%d/%m/%Y} vient avant le règlement, reçu le {french_date(first)}. Vérifiez la date.")
    use = _take(
        locked,
        by,
        f"Trop-perçu remboursé ({Mode(mode).label})",
        key,
        kind=Kind.REFUNDED,
        mode=mode,
        amount=amount,
        made_on=on,
        iban=iban,
        reference=reference,
    )
    addressees.send(excess_mails.refunded(use, locked), _people(locked), about=locked, key=f"excess:{use.pk}")
    _show(locked, invoice)
    return use


@transaction.atomic
def cancel_refund(use: ExcessUse, *, reason: str, by: Actor, seen: int | None = None) -> ExcessUse:
    """A refund entered by mistake, or that came back from the bank: the money is owed to the customer again."""
    locked = lock(use.invoice)
    begin(locked, seen)
    if not (reason := reason.strip()):
        raise Refused("Dites pourquoi le remboursement est annulé.")
    running = ExcessUse.objects.filter(pk=use.pk, kind=Kind.REFUNDED, cancelled_at=None)
    if not running.update(cancelled_at=timezone.now(), cancel_reason=reason[:300]):
        raise AlreadyDone("Ce remboursement a déjà été annulé.")
    use.refresh_from_db()
    settled = settle(locked)
    record(locked, by=by, message=f"Remboursement de {euros(use.amount)} annulé.", reason=reason)
    calling_off.after_settling(locked, settled, by=by)
    mail = excess_mails.refund_cancelled(use, locked)
    addressees.send(mail, _people(locked), about=locked, key=f"excess-cancelled:{use.pk}")
    use.invoice = locked
    return use


@transaction.atomic
def cancel_carry(use: ExcessUse, *, reason: str, by: Actor, seen: int | None = None) -> ExcessUse:
    """What was carried comes back: it is an excess again here, and due again on the other invoice."""
    if use.receipt is None:
        raise Refused("Ce trop-perçu a été remboursé, et non reporté.")
    locked, _ = _both(use.invoice, use.receipt.invoice)
    begin(locked, seen)
    cancel_receipt(use.receipt, reason=reason, by=by)
    use.refresh_from_db()
    return use


def told(keys: Iterable[UUID]) -> dict[UUID, list[str]]:
    """What the customer reads beside each of these invoices: where money paid too much went, and where it came from."""
    found: dict[UUID, list[str]] = defaultdict(list)
    mine = Q(invoice__in=list(keys)) | Q(receipt__invoice__in=list(keys))
    uses = ExcessUse.objects.filter(mine, cancelled_at=None).select_related("invoice", "receipt__invoice")
    given: dict[Invoice, Decimal] = defaultdict(Decimal)
    for use in uses.order_by("made_on", "recorded_at"):
        given[use.invoice] += use.amount
        amount, day = euros(use.amount), french_date(use.made_on)
        if use.receipt is None:
            where = f" sur le compte {use.masked_iban}" if use.iban else ""
            how = lower_first(use.get_mode_display())
            found[use.invoice_id].append(f"{amount} réglés en trop, remboursés le {day} ({how}){where}")
        else:
            other = use.receipt.invoice
            found[use.invoice_id].append(f"{amount} réglés en trop, reportés le {day} sur la facture {other.number}")
            found[other.pk].append(f"dont {amount} reportés de la facture {use.invoice.number}")
    for invoice, amount in given.items():
        if invoice.left:  # the bank took back what had paid it
            left = f"reste {euros(invoice.left)} à régler, {given_back.words(min(invoice.left, amount))}"
            found[invoice.pk].append(left)
    return found


# Money is not debited to be given back.
REFUND_MODES = {Mode.TRANSFER, Mode.CHEQUE, Mode.CARD, Mode.CASH}


def _both(invoice: Invoice, to: Invoice) -> tuple[Invoice, Invoice]:
    """Both locked, always in the same order: two people who carry from one to the other do not wait for each other."""
    found = {one.pk: lock(one) for one in sorted((invoice, to), key=lambda one: one.pk)}
    return found[invoice.pk], found[to.pk]


def _people(*invoices: Invoice) -> list[str]:
    """Who is written to about these, each address once. The first paid too much; who signed the declaration of the
    other may be somebody else, his accountant say."""
    found = [address for invoice in invoices for address in addressees.billed(invoice)]
    return list({address.lower(): address for address in reversed(found)}.values())[::-1]


def _again(key: UUID | None, locked: Invoice, **sent: object) -> ExcessUse | None:
    """The same request a second time: what it did the first time."""
    done = ExcessUse.objects.filter(pk=key).first() if key else None
    if done and done.invoice_id != locked.pk:
        raise AlreadyDone("Ce trop-perçu est celui d’une autre facture.")
    if done:
        refuse_other(done, sent, f"un {'remboursement' if done.is_refund else 'report'} de {euros(done.amount)}")
    return done


def _check(locked: Invoice, amount: Decimal) -> None:
    if amount <= 0:
        raise Refused("Le montant doit être supérieur à zéro.")
    if amount > locked.excess:
        left = f"n’est que de {euros(locked.excess)}" if locked.excess else "a déjà été reporté ou remboursé"
        raise Refused(f"Le trop-perçu de la facture {locked.number} {left}.")


def _take(locked: Invoice, by: Actor, what: str, key: UUID | None, **columns: object) -> ExcessUse:
    use = ExcessUse.objects.create(pk=key or uuid4(), invoice=locked, recorded_by=by.user, **columns)
    settle(locked)
    left = f"Reste {euros(locked.excess)} à rembourser ou à reporter." if locked.excess else ""
    record(locked, by=by, message=f"{what} : {euros(use.amount)}.", reason=left)
    return use


def _show(locked: Invoice, invoice: Invoice) -> None:
    """Bring the caller's own instance up to date."""
    for name in ("paid", "credited", "settled_on", "version"):
        setattr(invoice, name, getattr(locked, name))
