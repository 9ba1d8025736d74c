"""pain.008 files: the debits of one day, as the bank takes them.

`make_file` takes the planned collections of a day, writes the XML, checks it against its schema and its totals against
the database, and keeps it: all in one transaction, so a collection is in one file or in none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from defusedxml.ElementTree import fromstring
from django.conf import settings
from django.db import transaction
from sepaxml import SepaDD
from sepaxml.validation import ValidationError
from text_unidecode import unidecode

from billing import collections
from billing.calling_off import SETTLED
from billing.mandates import LIFE_MONTHS
from billing.models import Collection, CollectionFile, Invoice, Mandate
from billing.models.collection import CollectionState as State
from billing.models.mandate import Sequence
from core.brand import brand
from core.dates import add_months, french_date, today
from core.journal import Actor
from core.money import euros
from core.numbering import next_number
from core.transitions import AlreadyDone, Refused, advance_all
from documents.files import sha256

NOTHING = (
    "Aucun prélèvement ne reste à transmettre pour ce jour : un fichier a sans doute déjà été préparé, ou les factures "
    "sont réglées."
)
_NOT_SEPA = re.compile(r"[^A-Za-z0-9/?:().,'+ -]+")
# The European Economic Area: an account of SEPA outside it is debited with its debtor's address, or comes back (RR02).
_COUNTRIES = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"
_EEA = frozenset(_COUNTRIES.split())
_TOWN = re.compile(r"(\d{5}) (.+)")


class BadFile(Refused):
    """The file made is not one that a bank takes; nothing was kept."""


def sepa_text(text: str, length: int) -> str:
    """`text` in the letters that every bank takes (EPC217-08): no accents, nothing else than a few signs."""
    plain = " ".join(_NOT_SEPA.sub(" ", unidecode(text)).split())
    # The rules forbid a slash at either end, and two in a row.
    return re.sub(r"/{2,}", "/", plain)[:length].strip(" /") or "-"


def make_file(day: date, *, by: Actor) -> CollectionFile:
    """The file of all that is planned for `day`. Of several people at once, one makes it; the others are told."""
    if day < collections.first_open_day():
        raise Refused(
            f"Il est trop tard pour le {french_date(day)} : la banque demande un jour ouvré. Reportez ces prélèvements."
        )
    file = _make(day, by)
    if file is None:  # said once what is no longer due has been given up for good
        raise AlreadyDone(NOTHING)
    return file


@transaction.atomic
def _make(day: date, by: Actor) -> CollectionFile | None:
    """None when nothing of that day is due any more."""
    lines = _take(day, by)
    if not lines:
        return None
    year = today().year  # read once: the wait for a number may end in another one
    reference = f"PAIN008-{year}-{next_number(f'pain008-{year}'):06d}"
    content = build(reference, lines)
    total = sum((line.amount for line in lines), Decimal(0))
    _check_totals(content, len(lines), total)
    file = CollectionFile.objects.create(
        reference=reference,
        collects_on=day,
        schema=settings.SEPA_SCHEMA,
        count=len(lines),
        total=total,
        sha256=sha256(content),
        content=content.decode(),
        made_by=by.user,
    )
    for line in lines:
        line.file = file
    # Thousands in one file, while their mandates are held: in few statements.
    advance_all(
        lines,
        State.PLANNED,
        State.EXPORTED,
        by=by,
        message=lambda line: f"Prélèvement de {euros(line.amount)} transmis à la banque (fichier {reference})",
        columns=["file", "sequence", "amount"],
    )
    return file


def _take(day: date, by: Actor) -> list[Collection]:
    """Lock what is planned for `day`, and say which debit is the first of its mandate.

    Mandates first, as every verb that ends one does: two that meet wait for each other, in the same order. What they
    allow no more by that day stays behind (`collections.lapsing`).
    """
    wanted = Mandate.objects.debitable_on(day).filter(pk__in=collections.planned(day).values("mandate"))
    mandates = {mandate.pk: mandate for mandate in wanted.select_for_update(of=("self",)).order_by("pk")}
    waiting = collections.planned(day).order_by("end_to_end_id").select_for_update(of=("self",))
    locked = [line for line in waiting if line.mandate_id in mandates]
    # Read once the lines are ours: joined to them, they would be as they were before we waited.
    billed = Invoice.objects.filter(pk__in=collections.planned(day).values("invoice")).in_bulk()
    lines = []
    for line in locked:
        line.invoice, line.mandate = billed[line.invoice_id], mandates[line.mandate_id]
        mandate = line.mandate
        if _still_due(line, by):
            line.sequence = mandate.sequence
            mandate.sequence, mandate.lapses_on = Sequence.RECURRING, add_months(day, LIFE_MONTHS)
            lines.append(line)
    Mandate.objects.bulk_update(mandates.values(), ["sequence", "lapses_on"], batch_size=500)
    return lines


def _still_due(line: Collection, by: Actor) -> bool:
    """What was paid or credited since the announcement is not debited a second time."""
    line.amount = min(line.amount, line.invoice.left)
    if not line.amount:
        collections.cancel(line, by=by, reason=SETTLED)
    return bool(line.amount)


class _Named(SepaDD):
    """Its batches bear the reference of the file: the bank's statement calls them so (`billing.own_debits`)."""

    def _finalize_batch(self) -> None:
        super()._finalize_batch()
        for batch in self._xml.iter("PmtInf"):
            batch.find("PmtInfId").text = f"{self.msg_id}-{batch.findtext('PmtTpInf/SeqTp')}"


def build(reference: str, lines: Iterable[Collection]) -> bytes:
    """The XML of `lines`, checked against its schema."""
    operator = brand().operator
    config = {
        "name": sepa_text(operator["name"], 70),
        "IBAN": operator["iban"],
        "BIC": operator["bic"],
        "batch": True,
        "creditor_id": operator["ics"],
        "currency": "EUR",
    }
    sepa = _Named(config, schema=settings.SEPA_SCHEMA, clean=False)
    sepa.msg_id = reference
    sepa._xml.find("CstmrDrctDbtInitn/GrpHdr/MsgId").text = reference
    for line in lines:
        sepa.add_payment(_payment(line))
    try:
        return bytes(sepa.export(validate=True))
    except ValidationError as error:
        raise BadFile(
            "Le fichier préparé ne suit pas le format des banques. Rien n’est transmis : prévenez l’administrateur du "
            "logiciel."
        ) from error


def _payment(line: Collection) -> dict:
    mandate = line.mandate
    payment = {
        "name": sepa_text(mandate.debtor_name, 70),
        "IBAN": mandate.iban,
        "amount": int(line.amount * 100),  # two decimals in the database: exact
        "type": line.sequence,
        "collection_date": line.collects_on,
        "mandate_id": mandate.rum,
        "mandate_date": today(mandate.signed_at),
        "description": sepa_text(f"Facture {line.invoice.number} {mandate.creditor['name']}", 140),
        "endtoend_id": line.end_to_end_id,
    }
    if needs_address(mandate.iban):
        payment["address"] = _address(mandate.debtor_lines)
    return payment | ({"BIC": mandate.bic} if mandate.bic else {})


def needs_address(iban: str) -> bool:
    """Whether a debit of this account tells the address of its debtor."""
    return iban[:2] not in _EEA


def town_of(lines: list[str]) -> re.Match[str] | None:
    """The postcode and the town that end an address, if it has them."""
    return _TOWN.fullmatch(lines[-1]) if lines else None


def _address(lines: list[str]) -> dict[str, object]:
    """The debtor's, as sepaxml takes it; all are in France. With version 02 banks take two lines and no more, with
    those that follow the town apart."""
    town = town_of(lines)
    street = [sepa_text(", ".join(lines[:-1]), 70)] if lines[:-1] else []
    if town and settings.SEPA_SCHEMA != "pain.008.001.02":
        return {"postcode": town[1], "town": sepa_text(town[2], 35), "country": "FR", "lines": street}
    return {"country": "FR", "lines": street + [sepa_text(line, 70) for line in lines[-1:]]}


def _check_totals(content: bytes, count: int, total: Decimal) -> None:
    """The bank believes the header; the header must be what we have in the database, to the cent."""
    header = fromstring(content).find("{*}CstmrDrctDbtInitn/{*}GrpHdr")
    said = (int(header.findtext("{*}NbOfTxs")), Decimal(header.findtext("{*}CtrlSum")))
    if said != (count, total):
        raise BadFile(
            "Les totaux du fichier ne sont pas ceux des prélèvements. Rien n’est transmis : prévenez l’administrateur "
            "du logiciel."
        )
