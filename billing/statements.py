"""Bank statements: taken in once, their amounts proposed for invoices; staff confirm, attach or set aside each."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from billing import own_debits
from billing.bank import Entry, read
from billing.bank.entry import fingerprinted
from billing.matching import proposals
from billing.models import BankStatement, Invoice, Proposal, Receipt, StatementLine
from billing.receipts import from_statement
from core.journal import Actor
from core.transitions import AlreadyDone, Refused, lock
from documents.intake.names import readable

CONFIRM_AT_ONCE = 500  # by one click; the next click takes those that are left
_BATCH = 500


@dataclass(frozen=True)
class Taken:
    """What came of a file."""

    statement: BankStatement
    added: int = 0
    again: bool = False  # the very same file was there already


def take_in(data: bytes, filename: str, *, by: Actor, whole: bool = False) -> Taken:
    """Store the incoming amounts of a file that are not known yet, with a proposal for each.

    The same file, or a line that came in another one, changes nothing. Raises `StatementError`: nothing is stored;
    `whole` answers its `PerhapsCut`.
    """
    fingerprint = hashlib.sha256(data).hexdigest()
    if known := BankStatement.objects.filter(fingerprint=fingerprint).first():
        return Taken(known, again=True)
    file = read(data, filename, whole=whole)
    outgoing = [entry for entry in file.entries if entry.amount <= 0]
    with transaction.atomic():
        statement, made = BankStatement.objects.get_or_create(
            fingerprint=fingerprint,
            defaults={
                "filename": readable(filename)[:120] or "relevé",
                "format": file.format,
                "outgoing": len(outgoing),
                "returned": own_debits.returned(outgoing),
                "imported_by": by.user,
                "first_day": min((entry.booked_on for entry in file.entries), default=None),
                "last_day": max((entry.booked_on for entry in file.entries), default=None),
            },
        )
        if not made:  # somebody sent it at the same moment
            return Taken(statement, again=True)
        incoming = dict(fingerprinted(entry for entry in file.entries if entry.amount > 0))
        added = _store(statement, incoming)
        statement.known = sum(1 for entry in file.entries if entry.amount > 0) - added
        statement.save(update_fields=["known"])
        propose(statement)
    return Taken(statement, added)


def _store(statement: BankStatement, incoming: dict[str, Entry]) -> int:
    keys, known = list(incoming), set()
    for start in range(0, len(keys), _BATCH):
        chunk = keys[start : start + _BATCH]
        known |= set(StatementLine.objects.filter(fingerprint__in=chunk).values_list("fingerprint", flat=True))
    new = [
        StatementLine(
            statement=statement,
            position=position,
            fingerprint=key,
            booked_on=entry.booked_on,
            amount=entry.amount,
            payer=entry.payer,
            label=entry.label,
            reference=entry.reference,
        )
        for position, (key, entry) in enumerate(incoming.items(), start=1)
        if key not in known
    ]
    # Another file with some of the same lines, sent at this moment, is waited for and leaves us the others. In one
    # order, so that neither waits for the other.
    new.sort(key=lambda line: line.fingerprint)
    StatementLine.objects.bulk_create(new, batch_size=_BATCH, ignore_conflicts=True)
    return statement.lines.count()


@transaction.atomic
def propose(statement: BankStatement) -> int:
    """Look again for the invoices of the lines still open; how many have a proposal.

    What the bank says is a debit of ours is set aside at once: it is collected with its file, and hundreds may come.
    """
    lines = list(statement.lines.open().select_for_update())
    found = proposals(lines)
    Proposal.objects.filter(line__statement=statement, line__state=StatementLine.State.OPEN).delete()
    shares = []
    for line, result in zip(lines, found, strict=True):
        line.certainty, line.note, line.debit_file = result.certainty, result.note[:300], result.debit_file
        if result.ours:
            line.state, line.reason, line.handled_at = StatementLine.State.ASIDE, line.note, timezone.now()
        shares += [Proposal(line=line, invoice=invoice, amount=amount) for invoice, amount in result.shares]
    changed = ["certainty", "note", "debit_file", "state", "reason", "handled_at"]
    StatementLine.objects.bulk_update(lines, changed, batch_size=_BATCH)
    Proposal.objects.bulk_create(shares, batch_size=_BATCH)
    return sum(1 for result in found if result.shares)


def as_shown(line: StatementLine) -> str:
    """What is read of a proposal before « Confirmer » is pressed: how sure it is, which invoices, how much of each."""
    shares = sorted(f"{proposal.invoice_id}:{proposal.amount}" for proposal in line.proposals.all())
    return " ".join([line.certainty, *shares])


@transaction.atomic
def confirm(line: StatementLine, *, by: Actor, allow_excess: bool = False, shown: str | None = None) -> list[Receipt]:
    """Staff agree with the proposal: the amount becomes one receipt for each invoice it pays.

    `shown` is what they read (`as_shown`): refused when a colleague had the invoices looked for again since.
    """
    line = _open(line)
    if shown is not None and shown != as_shown(line):
        raise Refused(
            "La proposition a changé depuis l’ouverture de la page : rien n’est enregistré. Revenez au relevé, relisez "
            "cette ligne, puis confirmez."
        )
    shares = [(proposal.invoice, proposal.amount) for proposal in line.proposals.select_related("invoice")]
    if not shares:
        raise Refused("Aucune facture n’est proposée pour cette ligne : choisissez-en une, ou mettez-la de côté.")
    return _receive(line, shares, by, allow_excess)


@transaction.atomic
def attach(line: StatementLine, invoice: Invoice, *, by: Actor, allow_excess: bool = False) -> list[Receipt]:
    """Staff say which invoice the whole amount is for."""
    return _receive(_open(line), [(invoice, line.amount)], by, allow_excess)


@transaction.atomic
def set_aside(line: StatementLine, *, reason: str, by: Actor) -> StatementLine:
    """The amount is for no invoice of ours: it leaves the list, with its reason."""
    line = _open(line)
    if not reason.strip():
        raise Refused("Dites pourquoi cette ligne est mise de côté.")
    line.reason = reason.strip()[:300]
    _close(line, StatementLine.State.ASIDE, by)
    return line


@transaction.atomic
def take_back(line: StatementLine, *, by: Actor) -> StatementLine:
    """A line set aside by mistake is to be matched again."""
    line = lock(line)
    if line.state != StatementLine.State.ASIDE:
        raise AlreadyDone("Cette ligne n’est pas, ou n’est plus, mise de côté.")
    line.reason = ""
    _close(line, StatementLine.State.OPEN, by)
    return line


def confirm_certain(statement: BankStatement, *, by: Actor) -> tuple[int, list[str]]:
    """All the sure proposals, each on its own: how many were done, and what stopped the others."""
    done, refused = 0, []
    sure = statement.lines.open().filter(certainty=StatementLine.Certainty.CERTAIN).prefetch_related("proposals")
    for line in sure[:CONFIRM_AT_ONCE]:
        try:
            confirm(line, by=by, shown=as_shown(line))
            done += 1
        except AlreadyDone:
            continue  # a colleague confirmed it meanwhile
        except Refused as refusal:
            refused.append(f"{line} : {refusal}")
    return done, refused


def _receive(
    line: StatementLine, shares: Sequence[tuple[Invoice, Decimal]], by: Actor, allow_excess: bool
) -> list[Receipt]:
    made = [
        from_statement(invoice, line, amount, by=by, allow_excess=allow_excess)
        # In the order of every verb that locks several invoices, so that two people never wait for each other.
        for invoice, amount in sorted(shares, key=lambda share: share[0].pk)
    ]
    _close(line, StatementLine.State.MATCHED, by)
    return made


def refuse_handled(line: StatementLine) -> None:
    """Say who dealt with a line before."""
    if line.state != StatementLine.State.OPEN:
        who = line.handled_by.get_full_name() if line.handled_by else ""
        raise AlreadyDone(f"Cette ligne est déjà traitée{f' par {who}' if who else ''}.")


def _open(line: StatementLine) -> StatementLine:
    line = lock(line)
    refuse_handled(line)
    return line


def _close(line: StatementLine, state: str, by: Actor) -> None:
    line.state, line.handled_by, line.handled_at = state, by.user, timezone.now()
    if state == StatementLine.State.OPEN:
        line.handled_by = line.handled_at = None
    line.save(update_fields=["state", "reason", "handled_by", "handled_at"])
