"""The buttons of an invoice and of a line of a statement; what they do stands in `receipts` and `statements`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django import forms

from billing import excess, receipts, statements
from billing.admin import excess_forms as ef
from billing.admin import forms as f
from billing.checks import OtherContent
from billing.models import ExcessUse, Invoice, StatementLine
from billing.permissions import HANDLE_MONEY
from core.acting import Verb
from core.journal import Actor


@dataclass(frozen=True)
class Doing:
    """One click on « Confirmer »: the row, what was typed, by whom, who had seen what."""

    row: Any
    form: forms.BaseForm
    by: Actor
    seen: int

    @property
    def typed(self) -> dict[str, Any]:
        return self.form.cleaned_data


def _once(verb: Callable[..., Any], do: Doing, **typed: Any) -> Any:
    """Do it under the key of the page; when that key has served for something else, the page gets another one: who then
    confirms has read that this was not done."""
    try:
        return verb(do.row, by=do.by, seen=do.seen, **typed)
    except OtherContent:
        do.form.data = do.form.data.copy()
        do.form.data["key"] = str(uuid4())
        raise


def _record(do: Doing) -> Any:
    typed = {name: value for name, value in do.typed.items() if name not in ("too_much", "twin", "besides")}
    return _once(receipts.record_receipt, do, allow_excess=do.typed["too_much"], **typed)


def _is_open(line: StatementLine) -> bool:
    return line.state == StatementLine.State.OPEN


INVOICE_VERBS = [
    Verb(
        "regler",
        "Enregistrer un règlement",
        HANDLE_MONEY,
        lambda invoice: invoice.kind == Invoice.Kind.INVOICE,
        _record,
        "Le règlement est enregistré.",
        "Une fois tout réglé, la facture acquittée part par courriel au client.",
        form=f.ReceiptForm,
    ),
    Verb(
        "annuler",
        "Annuler un règlement",
        HANDLE_MONEY,
        lambda invoice: invoice.receipts.filter(cancelled_at=None).exists(),
        lambda do: (
            receipts.cancel_receipt(
                do.typed["receipt"],
                reason=do.typed["reason"],
                by=do.by,
                seen=do.seen,
                taken_back=do.typed["taken_back"],
            )
            and None
        ),
        "Le règlement est annulé : il ne compte plus.",
        "Pour une erreur de saisie ou un impayé : le règlement reste écrit ici comme annulé, et ce qu’il réglait est "
        "de nouveau dû. Si la facture était acquittée, le client en est prévenu par courriel.",
        form=f.CancelReceiptForm,
        danger=True,
        confirm="Annuler ce règlement",
    ),
    Verb(
        "reporter",
        "Reporter sur une autre facture",
        HANDLE_MONEY,
        lambda invoice: invoice.excess > 0,
        lambda do: _once(excess.carry, do, **do.typed) and None,
        "Le trop-perçu est reporté.",
        "Ce qui a été réglé de trop règle une autre facture du même client, qui en est averti par courriel.",
        form=ef.CarryForm,
    ),
    Verb(
        "rembourser",
        "Enregistrer un remboursement",
        HANDLE_MONEY,
        lambda invoice: invoice.excess > 0,
        lambda do: _once(excess.refund, do, **do.typed) and None,
        "Le remboursement est enregistré.",
        "À enregistrer une fois le virement ordonné ou le chèque parti : le client en est averti par courriel.",
        form=ef.RefundForm,
        confirm="Enregistrer ce remboursement",
    ),
    Verb(
        "annuler-report",
        "Annuler le report",
        HANDLE_MONEY,
        lambda invoice: invoice.excess_uses.filter(kind=ExcessUse.Kind.CARRIED, cancelled_at=None).exists(),
        lambda do: excess.cancel_carry(do.typed["use"], reason=do.typed["reason"], by=do.by, seen=do.seen) and None,
        "Le report est annulé : la somme est de nouveau un trop-perçu ici, et due sur l’autre facture.",
        "La somme revient sur cette facture, et redevient due sur l’autre. Si celle-ci était acquittée, le client en "
        "est averti par courriel.",
        form=ef.CancelCarryForm,
        danger=True,
        confirm="Annuler ce report",
    ),
    Verb(
        "annuler-remboursement",
        "Annuler un remboursement",
        HANDLE_MONEY,
        lambda invoice: invoice.excess_uses.filter(kind=ExcessUse.Kind.REFUNDED, cancelled_at=None).exists(),
        lambda do: excess.cancel_refund(do.typed["use"], reason=do.typed["reason"], by=do.by, seen=do.seen) and None,
        "Le remboursement est annulé : la somme est de nouveau due au client.",
        "Pour une erreur de saisie, ou un virement revenu : le remboursement reste écrit ici comme annulé, et le "
        "client en est averti par courriel.",
        form=ef.CancelRefundForm,
        danger=True,
        confirm="Annuler ce remboursement",
    ),
]

CONFIRM = Verb(
    "confirmer",
    "Confirmer le règlement",
    HANDLE_MONEY,
    _is_open,
    lambda do: statements.confirm(do.row, by=do.by, shown=do.typed["shown"]),
    "Le règlement est enregistré.",
    form=f.ConfirmForm,
    page=False,
)
ATTACH = Verb(
    "rattacher",
    "Choisir une facture",
    HANDLE_MONEY,
    _is_open,
    lambda do: statements.attach(do.row, do.typed["invoice"], by=do.by, allow_excess=do.typed["too_much"]),
    "Le règlement est enregistré.",
    form=f.AttachForm,
)
ASIDE = Verb(
    "ecarter",
    "Mettre de côté",
    HANDLE_MONEY,
    _is_open,
    lambda do: statements.set_aside(do.row, reason=do.typed["reason"], by=do.by),
    "La ligne est mise de côté.",
    "Ce montant ne règle aucune de nos factures. Il quitte la liste des lignes à rapprocher, avec votre motif.",
    form=f.AsideForm,
)
TAKE_BACK = Verb(
    "reprendre",
    "Remettre à rapprocher",
    HANDLE_MONEY,
    lambda line: line.state == StatementLine.State.ASIDE,
    lambda do: statements.take_back(do.row, by=do.by),
    "La ligne est de nouveau à rapprocher.",
    form=f.LineForm,
    page=False,
)
LINE_VERBS = [CONFIRM, ATTACH, ASIDE, TAKE_BACK]
