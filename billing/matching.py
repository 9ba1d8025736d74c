"""Which invoices an amount received may pay. Pure rules over what is given; `proposals` reads all it needs at once.

Sure (`CERTAIN`): the text names invoices, and the amount is to the cent what is due on them together. To be checked
(`LIKELY`): the text names an invoice and the amount differs; or it names none, and the amount is due on an invoice of a
customer who has the payer's name.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from django.db.models import Q

from billing.models import Invoice, StatementLine
from core.money import euros
from core.text import fold

Certainty = StatementLine.Certainty
# « F2027-000123 » as people and banks write it: any case, spaces, dashes, a line cut anywhere.
_NUMBER = re.compile(r"F[\W_]*(2[\W_]*0[\W_]*\d[\W_]*\d)((?:[\W_]*\d){6})(?!\d)", re.IGNORECASE)
_NOT_DIGITS = re.compile(r"\D")
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
    """The proposal for each line, in three queries whatever their number.

    An invoice is surely paid by one line only: a second one that names it is to be checked.
    """
    texts = [numbers_in(f"{line.reference} {line.label}") for line in lines]
    wanted = {number for numbers in texts for number in numbers}
    named: dict[str, Invoice] = {}
    for start in range(0, len(wanted), 500):
        chunk = sorted(wanted)[start : start + 500]
        named |= {invoice.number: invoice for invoice in Invoice.objects.filter(number__in=chunk)}
    by_amount = _due_by_amount({line.amount for line in lines})
    found: list[Match] = []
    sure: set[UUID] = set()
    for line, numbers in zip(lines, texts, strict=True):
        invoices = [named[number] for number in numbers if number in named]
        result = match(line.amount, line.payer, invoices, by_amount[line.amount])
        if unknown := [number for number in numbers if number not in named]:
            result.note = f"{result.note} Facture inconnue : {', '.join(unknown)}.".strip()
        keys = {invoice.pk for invoice, _ in result.shares}
        if result.certainty == Certainty.CERTAIN and keys & sure:
            result.certainty, result.note = Certainty.LIKELY, "Une autre ligne de ce relevé règle déjà cette facture."
        sure |= keys
        found.append(result)
    return found


def _due_by_amount(amounts: set[Decimal]) -> dict[Decimal, list[Invoice]]:
    """Unsettled invoices by what is due, for these amounts: the untouched by their total, the others in memory."""
    unsettled = Invoice.objects.unsettled().defer("lines", "buyer")
    found: dict[Decimal, list[Invoice]] = defaultdict(list)
    listed = sorted(amounts)
    for start in range(0, len(listed), 500):
        whole = Q(paid=0, credited=0, total__in=listed[start : start + 500])
        for invoice in unsettled.filter(whole):
            found[invoice.left].append(invoice)
    for invoice in unsettled.exclude(paid=0, credited=0).iterator(chunk_size=2000):
        if invoice.left in amounts:
            found[invoice.left].append(invoice)
    return found


def _why_not(invoice: Invoice) -> str:
    if invoice.kind == Invoice.Kind.CREDIT:
        return f"{invoice.number} est un avoir."
    return f"{invoice.number} est déjà réglée."


def _words(name: str) -> frozenset[str]:
    return frozenset(fold(name).split()) - _LEGAL
