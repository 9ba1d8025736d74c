"""Which invoices an amount received may pay. Pure rules over what is given; `proposals` reads all it needs at once.

Sure (`CERTAIN`): the text names invoices, and the amount is to the cent what is due on them together. To be checked
(`LIKELY`): the text names an invoice and the amount differs; or it names none, and the amount is due on an invoice of a
customer who has the payer's name. Our own debits are nobody's transfer (`own_debits`): nothing is proposed for them;
nor for what names another app's paper (`elsewhere`), unless it names an invoice as well.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from billing import elsewhere, own_debits
from billing.models import CollectionFile, Invoice, Receipt, StatementLine
from core.money import euros
from core.text import fold

Certainty = StatementLine.Certainty
# « F2027-000123 » as people and banks write it: any case, spaces, dashes, a line cut anywhere. « PF-2027-000123 » is a
# proforma, perhaps of somebody else.
_NUMBER = re.compile(r"(?<!P)(?<!\bP[\W_])F[\W_]*(2[\W_]*0[\W_]*\d[\W_]*\d)((?:[\W_]*\d){6})(?!\d)", re.IGNORECASE)
_NOT_DIGITS = re.compile(r"\D")
UNDONE = "Un règlement tiré de cette ligne a été annulé : vérifiez avant de confirmer."
# Words that tell nobody's name.
_LEGAL = frozenset(
    ["sarl", "sas", "sasu", "eurl", "sa", "sci", "snc", "scop", "ste", "societe", "ets", "etablissements", "m", "mme"]
)


@dataclass
class Match:
    """What is proposed for one line: for each invoice, how much of the amount."""

    certainty: str = Certainty.NONE
    shares: list[tuple[Invoice, Decimal]] = field(default_factory=list)
    note: str = ""
    debit_file: CollectionFile | None = None  # of our own debits, where the line is one
    ours: bool = False  # the bank itself says so: there is nothing to look at


def numbers_in(text: str) -> list[str]:
    """The invoice numbers that a text holds, as we write them, each once."""
    found = (_NOT_DIGITS.sub("", year) + "-" + _NOT_DIGITS.sub("", rank) for year, rank in _NUMBER.findall(text))
    return list(dict.fromkeys(f"F{number}" for number in found))


def same_name(payer: str, buyer: str) -> bool:
    """Whether two names are one company's: the words of the shorter all stand in the longer one."""
    one, other = _words(payer), _words(buyer)
    return bool(one and other) and (one <= other or other <= one)


def match(amount: Decimal, payer: str, named: Sequence[Invoice], same_amount: Iterable[Invoice]) -> Match:
    """The proposal for a line whose text names `named`; `same_amount` are unsettled invoices with that much due."""
    due = [invoice for invoice in named if invoice.kind == Invoice.Kind.INVOICE and invoice.left > 0]
    if due and sum((invoice.left for invoice in due), Decimal(0)) == amount:
        return Match(Certainty.CERTAIN, [(invoice, invoice.left) for invoice in due])
    if due:
        first = due[0]
        return Match(Certainty.LIKELY, [(first, amount)], f"Il reste {euros(first.left)} à régler sur {first.number}.")
    theirs = [invoice for invoice in same_amount if same_name(payer, invoice.buyer_name)]
    note = " ".join(_why_not(invoice) for invoice in named)
    if theirs:
        oldest = min(theirs, key=lambda invoice: (invoice.due_on, invoice.number))
        how = "Même montant et même nom, sans référence."
        if len(theirs) > 1:
            how = f"Ce client doit {len(theirs)} factures de ce montant : voici la plus ancienne."
        return Match(Certainty.LIKELY, [(oldest, amount)], f"{how} {note}".strip())
    return Match(note=note)


def proposals(lines: Sequence[StatementLine]) -> list[Match]:
    """The proposal for each line, in a few queries whatever their number.

    An invoice is surely paid by one line only: a second one that names it is to be checked. So is a line of which a
    receipt was cancelled: confirmed with all the sure ones, it would be the same receipt again.
    """
    texts = [numbers_in(f"{line.reference} {line.label}") for line in lines]
    known = _named({number for numbers in texts for number in numbers})
    named = [[known[number] for number in numbers if number in known] for numbers in texts]
    papers = elsewhere.papers(lines)
    by_amount = _due_by_amount({line.amount for line, paper in zip(lines, papers, strict=True) if not paper})
    found = [
        match(line.amount, line.payer, of, [] if paper else by_amount[line.amount])
        for line, of, paper in zip(lines, named, papers, strict=True)
    ]
    perhaps = [[*of, *(one for one, _ in result.shares)] for of, result in zip(named, found, strict=True)]
    debits = own_debits.Known(lines, {invoice.pk for invoices in perhaps for invoice in invoices})
    undone = _undone(lines)
    sure: set[UUID] = set()
    for at, (line, numbers) in enumerate(zip(lines, texts, strict=True)):
        if own := debits.own(line, perhaps[at]):
            found[at] = Match(note=own.words, debit_file=own.file, ours=own.sure)
            continue
        result = found[at]
        if unknown := [number for number in numbers if number not in known]:
            result.note = f"{result.note} Facture inconnue : {', '.join(unknown)}.".strip()
        if paper := papers[at]:
            result.note = f"{result.note} {paper.words}.".strip()
        keys = {invoice.pk for invoice, _ in result.shares}
        if twice := debits.at_the_bank(invoice for invoice, _ in result.shares):
            result.certainty, result.note = Certainty.LIKELY, f"{result.note} {twice}".strip()
        elif result.certainty == Certainty.CERTAIN and keys & sure:
            result.certainty, result.note = Certainty.LIKELY, "Une autre ligne de ce relevé règle déjà cette facture."
        if line.pk in undone:
            result.certainty = result.certainty and Certainty.LIKELY
            result.note = f"{UNDONE} {result.note}".strip()
        sure |= keys
    return found


def _undone(lines: Iterable[StatementLine]) -> set[UUID]:
    """Lines of these statements of which a receipt was cancelled."""
    cancelled = Receipt.objects.filter(statement_line__statement__in={line.statement_id for line in lines})
    return set(cancelled.exclude(cancelled_at=None).values_list("statement_line", flat=True))


def _named(numbers: set[str]) -> dict[str, Invoice]:
    """The invoices of these numbers."""
    listed = sorted(numbers)
    parts = (listed[start : start + 500] for start in range(0, len(listed), 500))
    return {one.number: one for part in parts for one in Invoice.objects.filter(number__in=part)}


def _due_by_amount(amounts: set[Decimal]) -> dict[Decimal, list[Invoice]]:
    """Unsettled invoices by what is due, for these amounts: the untouched by their total, the others in memory."""
    unsettled = Invoice.objects.unsettled().defer("lines", "buyer")
    found: dict[Decimal, list[Invoice]] = defaultdict(list)
    listed = sorted(amounts)
    for start in range(0, len(listed), 500):
        for invoice in untouched(listed[start : start + 500]):
            found[invoice.left].append(invoice)
    for invoice in unsettled.exclude(paid=0, credited=0).iterator(chunk_size=2000):
        if invoice.left in amounts:
            found[invoice.left].append(invoice)
    return found


def untouched(totals: Sequence[Decimal]) -> QuerySet[Invoice]:
    """Unsettled invoices of these totals on which nothing has moved."""
    return Invoice.objects.unsettled().filter(paid=0, credited=0, total__in=totals).defer("lines", "buyer")


def _why_not(invoice: Invoice) -> str:
    if invoice.kind == Invoice.Kind.CREDIT:
        return f"{invoice.number} est un avoir."
    return f"{invoice.number} est déjà réglée."


def _words(name: str) -> frozenset[str]:
    return frozenset(fold(name).split()) - _LEGAL
