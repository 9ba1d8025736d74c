"""Our own debits, as a bank statement shows them: money that comes with its file, and nobody's transfer.

What the bank credits is collected by `collections.mark_collected`; taken for a transfer as well, it would count twice.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from billing.bank import Entry
from billing.models import BankStatement, Collection, CollectionFile, Invoice, StatementLine
from billing.models.collection import CollectionState as State
from billing.reasons import REASONS
from core.dates import french_date
from core.money import euros

# « PRL-2027-0000012 » and « PAIN008-2027-000001 » as banks write them: some leave out the dashes, or put spaces.
_DEBIT = re.compile(r"PRL[\W_]*(20\d\d)[\W_]*(\d{7})(?!\d)", re.IGNORECASE)
_FILE = re.compile(r"PAIN008[\W_]*(20\d\d)[\W_]*(\d{6})(?!\d)", re.IGNORECASE)
_SENT = (State.EXPORTED, State.COLLECTED, State.RETURNED)
_BATCH = 500


@dataclass(frozen=True)
class Own:
    """What a line is for us: of which file, in words, and whether the bank itself says so: it then leaves the list."""

    file: CollectionFile
    words: str
    sure: bool = False


class Known:
    """The debits that some lines may be, in a few queries whatever the number of lines."""

    def __init__(self, lines: Sequence[StatementLine], invoices: Iterable[UUID]):
        texts = [f"{line.reference} {line.label}" for line in lines]
        sent = Collection.objects.filter(state__in=_SENT).select_related("invoice", "file")
        sent = sent.defer("file__content", "invoice__lines", "invoice__buyer")
        named = _found(sent, "end_to_end_id", {one for text in texts for one in debits_in(text)})
        self._debits = {debit.end_to_end_id: debit for debit in named}
        files = CollectionFile.objects.defer("content")
        self._files = {
            file.reference: file
            for file in _found(files, "reference", {one for text in texts for one in files_in(text)})
        }
        self._of: dict[UUID, list[Collection]] = defaultdict(list)
        for debit in _found(sent.exclude(state=State.RETURNED), "invoice", set(invoices)):
            self._of[debit.invoice_id].append(debit)

    def own(self, line: StatementLine, invoices: Sequence[Invoice]) -> Own | None:
        """The debit, or the file of debits, that `line` is; `invoices` are those that it names or may pay."""
        return self._by_reference(line) or self._by_file(line) or self._by_invoice(line, invoices)

    def at_the_bank(self, invoices: Iterable[Invoice]) -> str:
        """What to know before money is taken as a transfer for these: a debit of one of them is at the bank."""
        running = (debit for one in invoices for debit in self._of[one.pk] if debit.state == State.EXPORTED)
        return " ".join(f"Facture {debit.invoice.number} : {sent_words(debit)}." for debit in running if debit.file)

    def _by_reference(self, line: StatementLine) -> Own | None:
        debits = [found for one in debits_in(f"{line.reference} {line.label}") if (found := self._debits.get(one))]
        if not debits or not debits[0].file:
            return None
        first, file = debits[0], debits[0].file
        which = f"prélèvement {first.end_to_end_id}, du fichier {file.reference}"
        if first.state == State.RETURNED:
            day = french_date(first.returned_on) if first.returned_on else ""
            return Own(file, f"Porte la référence du {which}, rejeté le {day} : est-ce lui, ou un autre règlement ?")
        if _DEBIT.fullmatch(line.reference.strip()) and line.amount == first.amount:
            return Own(file, f"Notre {which} : ce n’est pas un virement.", sure=True)
        return Own(file, f"Porte la référence du {which}. {_either(first)}")

    def _by_file(self, line: StatementLine) -> Own | None:
        named = (self._files.get(one) for one in files_in(f"{line.reference} {line.label}"))
        file = next((one for one in named if one), None)
        if file is None:
            return None
        what = f"Remise de nos prélèvements, fichier {file.reference} de {euros(file.total)}"
        if line.amount <= file.total:  # a bank may credit it in two: first debits, then the others
            return Own(file, f"{what} : ce n’est pas un virement.", sure=True)
        return Own(file, f"{what} : le montant reçu est plus élevé. Demandez pourquoi à la banque.")

    def _by_invoice(self, line: StatementLine, invoices: Sequence[Invoice]) -> Own | None:
        debits = list({debit.pk: debit for one in invoices for debit in self._of[one.pk]}.values())
        same = [debit for debit in debits if debit.amount == line.amount]
        if not same and debits and sum((debit.amount for debit in debits), Decimal(0)) == line.amount:
            same = debits
        first = same[0] if same else None
        if first is None or not first.file:
            return None
        debit = f"{first.end_to_end_id}, fichier {first.file.reference}"
        return Own(first.file, f"{first.invoice.number} est prélevée de ce montant ({debit}). {_either(first)}")


def sent(invoice: Invoice) -> Collection | None:
    """Its debit that is at the bank: it takes place whatever is received meanwhile."""
    found = invoice.collections.filter(state=State.EXPORTED).select_related("file").defer("file__content")
    return found.first()  # type: ignore[no-any-return]


def sent_words(debit: Collection) -> str:
    """« un prélèvement de 120,00 € est déjà à la banque pour le 16 décembre 2026 (PAIN008-2026-000001) »."""
    file = debit.file.reference if debit.file else ""
    day = french_date(debit.collects_on)
    return f"un prélèvement de {euros(debit.amount)} est déjà à la banque pour le {day} ({file})"


def _either(debit: Collection) -> str:
    """What to do with a line that is the debit, or not: only a person can tell."""
    mark = "marquez le fichier comme encaissé et " if debit.state == State.EXPORTED else ""
    return f"Si c’est lui, {mark}mettez la ligne de côté ; si c’est un virement en plus, choisissez la facture."


def debits_in(text: str) -> list[str]:
    """The end-to-end ids of ours that a text holds, as we write them, each once."""
    return list(dict.fromkeys(f"PRL-{year}-{rank}" for year, rank in _DEBIT.findall(text)))


def files_in(text: str) -> list[str]:
    """The references of files of debits that a text holds, as we write them, each once."""
    return list(dict.fromkeys(f"PAIN008-{year}-{rank}" for year, rank in _FILE.findall(text)))


def files_of(statement: BankStatement) -> QuerySet[CollectionFile]:
    """The files of debits that a statement credits, and that nobody has marked as collected yet."""
    lines = StatementLine.objects.filter(statement=statement).exclude(state=StatementLine.State.MATCHED)
    files = CollectionFile.objects.filter(pk__in=lines.values("debit_file")).defer("content")
    return files.annotate(waiting=Count("lines", filter=Q(lines__state=State.EXPORTED))).filter(waiting__gt=0)


def returned(outgoing: Iterable[Entry]) -> list[str]:
    """« PRL-2027-0000012 ; AM04 » for each debit of ours that the bank took back, as `billing.returns` reads them."""
    lines = []
    for entry in outgoing:
        text = f"{entry.reference} {entry.label}"
        code = entry.returned or next((word for word in text.upper().split() if word in REASONS), "")
        lines += [f"{debit} ; {code}" for debit in debits_in(text)]
    return lines


def to_record(statement: BankStatement) -> list[str]:
    """Those of `statement.returned` that nobody has recorded yet."""
    asked = {debit: line for line in statement.returned for debit in debits_in(line)}
    out = Collection.objects.filter(state__in=[State.EXPORTED, State.COLLECTED])
    still = {debit.end_to_end_id for debit in _found(out, "end_to_end_id", asked)}
    return [line for debit, line in asked.items() if debit in still]


def _found(rows: QuerySet[Any], column: str, wanted: Iterable[Any]) -> list[Any]:
    keys = sorted(wanted)
    parts = (keys[start : start + _BATCH] for start in range(0, len(keys), _BATCH))
    return [row for part in parts for row in rows.filter(**{f"{column}__in": part})]
