"""Direct debits that come back: the receipt is cancelled, the customer is told what to do next."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Q

from billing import addressees, calling_off, collection_mails, mandates, receipts
from billing.models import Collection
from billing.models.collection import CollectionState as State
from billing.models.mandate import Sequence as Turn
from billing.reasons import REASONS
from core.dates import today
from core.journal import Actor, record
from core.money import euros
from core.transitions import AlreadyDone, Refused, advance, lock

_WORD = re.compile(r"[^\s;,\t\"']+")
_REFERENCE = re.compile(r"PRL-\d{4}-\d{7}")
_CODE = re.compile(r"[A-Z]{2}\d{2}|[A-Z]{4}")
MAX_LINES = 2000


def record_return(collection: Collection, *, code: str, on: date, by: Actor) -> Collection:
    """The bank returned this debit on `on` for the reason `code`."""
    reason = REASONS.get(code)
    if reason is None:
        raise Refused(f"Le motif « {code} » n’est pas dans la liste des motifs de rejet.")
    with transaction.atomic():
        lock(collection.mandate)  # before its debits, as every verb does
        collection = lock(collection)
        _refuse_unless_out(collection, on)
        words = f"Prélèvement rejeté par la banque : {reason.label.lower()} ({code})"
        if collection.receipt and not collection.receipt.cancelled_at:
            receipts.cancel_receipt(collection.receipt, reason=words, by=by, tell=False, taken_back=True)
            collection.invoice.refresh_from_db()
        settled = collection.state == State.COLLECTED
        collection.returned_on, collection.return_code, collection.renewable = on, code, not reason.final
        calling_off.lose(collection)
        advance(collection, State.RETURNED, by=by, message=words)
        if not settled:
            _start_over(collection)
        with_it = mandates.suspend(collection.mandate, by=by, reason=words) if reason.suspends else None
        if subject := collection.mandate.subject:
            record(subject, by=by, message=f"{words}, {euros(collection.amount)}")
        mail, key = collection_mails.returned(collection, with_it), f"collection-returned:{collection.pk}"
        addressees.tell(collection.mandate, mail, about=collection, key=key)
        return collection


def _refuse_unless_out(collection: Collection, on: date) -> None:
    if collection.state == State.RETURNED:
        raise AlreadyDone("Ce rejet est déjà enregistré.")
    if collection.state not in (State.EXPORTED, State.COLLECTED):
        raise Refused("Ce prélèvement n’a pas été transmis à la banque : il ne peut pas être rejeté.")
    if on > today():
        raise Refused("La date du rejet est dans l’avenir.")


def _start_over(collection: Collection) -> None:
    """A first debit that never settled was none: the next one is a first again, unless another of the same mandate has
    settled (then it has a receipt, even once returned), or is at the bank and may."""
    others = collection.mandate.collections.exclude(pk=collection.pk)
    if not others.filter(Q(state=State.EXPORTED) | Q(receipt__isnull=False)).exists():
        mandate = lock(collection.mandate)
        mandate.sequence = Turn.FIRST
        mandate.save(update_fields=["sequence"])


@dataclass(frozen=True)
class Line:
    """One line of a list of returns as it was given, and what it means or why it means nothing."""

    number: int
    text: str
    reference: str = ""
    code: str = ""
    problem: str = ""


def read(text: str) -> list[Line]:
    """A pasted list or a bank's CSV: on each line our reference and a reason code, among whatever else."""
    return list(_lines(text))[:MAX_LINES]


def example() -> str:
    """A reference as those of this year look."""
    return f"PRL-{today().year}-0000012"


def _lines(text: str) -> Iterator[Line]:
    for number, raw in enumerate(text.splitlines(), 1):
        words = [word.upper() for word in _WORD.findall(raw)]
        reference = next((word for word in words if _REFERENCE.fullmatch(word)), "")
        code = next((word for word in words if word in REASONS), "")
        if reference and code:
            yield Line(number, raw, reference, code)
        elif reference:
            unknown = next((word for word in words if _CODE.fullmatch(word)), "")
            problem = f"motif inconnu ({unknown})" if unknown else "motif absent, par exemple AM04"
            yield Line(number, raw, reference, problem=problem)
        elif raw.strip() and number > 1:  # the first line may be the head of a table
            yield Line(number, raw, problem=f"référence absente, par exemple {example()}")


@dataclass(frozen=True)
class Recorded:
    """How many were recorded, and the lines that were not, each with why."""

    done: int
    refused: list[Line]


def record_list(lines: Sequence[Line], *, on: date, by: Actor) -> Recorded:
    """Record each line that can be; each is a transaction of its own, and the same list twice changes nothing."""
    wanted = [line.reference for line in lines if line.reference]
    found = Collection.objects.in_bulk(wanted, field_name="end_to_end_id")
    done, refused = 0, []
    for line in lines:
        problem = line.problem
        if not problem and line.reference not in found:
            problem = "aucun prélèvement de cette référence"
        if not problem:
            try:
                record_return(found[line.reference], code=line.code, on=on, by=by)
            except Refused as refusal:
                problem = str(refusal)
        if problem:
            refused.append(Line(line.number, line.text, line.reference, line.code, problem))
        else:
            done += 1
    return Recorded(done, refused)
