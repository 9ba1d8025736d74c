"""The verbs of a dossier’s money: received and held, entered by mistake, given back. The others are in `workflow`."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from billing.checks import check_day, first_day
from core.dates import french_date, today
from core.journal import Actor, record
from core.money import euros
from core.transitions import Refused
from membership import money_mails, pieces
from membership.models import Application, Payment
from membership.settling import begin, settle
from membership.states import CAME_TO_NOTHING, State
from notifications.outbox import enqueue


@transaction.atomic
def record_payment(dossier: Application, payment: Payment, *, by: Actor, seen: int | None = None) -> Payment:
    """Enter money received. It is held, not cashed, until the dossier is complete (M-18, M-24).

    What comes once the dossier was returned or withdrawn is to be given back at once, and the company told so (M-19).
    """
    dossier = begin(dossier, seen)
    late = dossier.state in CAME_TO_NOTHING
    if not late and dossier.state != State.AWAITING:
        raise Refused("Un règlement s’enregistre une fois la facture proforma envoyée, et jamais après l’acceptation.")
    check_day(payment.received_on, first_day(pieces.payable_from(dossier)))
    payment.application, payment.recorded_by = dossier, by.user
    payment.state = Payment.State.TO_REFUND if late else Payment.State.HELD
    payment.save()
    got = f"Règlement de {euros(payment.amount)} reçu"
    if late:
        record(dossier, by=by, message=f"{got} après la clôture du dossier : il vous sera remboursé.")
        enqueue(money_mails.came_late(dossier, payment), about=dossier, dedupe_key=f"late-payment:{payment.pk}")
    else:
        record(dossier, by=by, message=f"{got}. Il sera encaissé une fois le dossier complet.")
    settle(dossier)
    return payment


@transaction.atomic
def cancel_payment(payment: Payment, *, by: Actor, reason: str, seen: int | None = None) -> Payment:
    """A payment was entered by mistake: it counts no more. The company, which read of it, reads why (M-18).

    One to be given back was announced by mail: that nothing comes is said by mail too (M-19).
    """
    dossier, reason = begin(payment.application, seen), reason.strip()
    if not reason:
        raise Refused("Dites pourquoi le règlement est annulé : l’entreprise lira ce motif.")
    payment.refresh_from_db()
    was = payment.state
    if was not in (Payment.State.HELD, Payment.State.TO_REFUND):
        raise Refused("Seul un règlement reçu, et pas encore encaissé ni remboursé, s’annule.")
    payment.state = Payment.State.CANCELLED
    payment.save(update_fields=["state"])
    record(dossier, by=by, message=f"Règlement annulé : {reason.rstrip('.')}.")
    if was == Payment.State.TO_REFUND:
        enqueue(money_mails.not_refunded(dossier, payment, reason), about=dossier, dedupe_key=f"cancel:{payment.pk}")
    settle(dossier)
    return payment


@transaction.atomic
def refund(payment: Payment, *, by: Actor, on: date | None = None, iban: str = "", seen: int | None = None) -> Payment:
    """A transfer was paid back, or a cheque sent back (M-19); `iban` is where to, when the payment did not say."""
    dossier = begin(payment.application, seen)
    done = Payment.objects.filter(pk=payment.pk, state=Payment.State.TO_REFUND).update(state=Payment.State.REFUNDED)
    if not done:
        raise Refused("Ce règlement n’est pas à rembourser, ou l’a déjà été.")
    payment.refresh_from_db()
    if iban and not payment.payer_iban:
        payment.payer_iban = iban
        payment.save(update_fields=["payer_iban"])
    done_on = f"Fait le {french_date(on or today())}."
    record(dossier, by=by, message=f"Règlement de {euros(payment.amount)} remboursé.", reason=done_on)
    mail = money_mails.refunded(dossier, payment)
    enqueue(mail, about=dossier, dedupe_key=f"refund:{payment.pk}")
    settle(dossier)
    return payment
