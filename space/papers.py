"""« Mes documents »: what the page shows, where each paper comes from, and how staff publish theirs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.core.files.base import File
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import ExtractYear
from django.shortcuts import get_object_or_404

from billing import collections, excess
from billing.models import Invoice
from billing.shown import InvoiceLine
from core.dates import today
from core.journal import Actor, record
from core.models.subject import subject_key
from core.money import euros
from core.text import fold, small_int
from core.transitions import lock
from documents import uploads
from documents.models import Document, Upload
from membership.models import Application, Member, UnpaidInvoice
from space.models import Attestation, UsefulDocument

FIRST_YEAR = 1990  # no paper is older
KIND = "useful"
ATTESTATION = "attestation-"  # begins the kind of these documents


def invoices(member: Member, year: int | None) -> QuerySet[Invoice]:
    """Invoices and credit notes, newest first."""
    found = collections.with_debit_day(Invoice.objects.about(member)).select_related("corrects")
    found = found.order_by("-issued_on", "-number").defer("lines", "buyer")
    return found.filter(issued_on__year=year) if year else found


def lines(invoices: Iterable[Invoice]) -> list[InvoiceLine]:
    """These as the page shows them, with what became of the money paid too much on one, or carried to it."""
    rows = list(invoices)
    notes = excess.told([row.pk for row in rows])
    return [InvoiceLine(row, [*notes.get(row.pk, ()), *_still_ours(row)]) for row in rows]


def _still_ours(invoice: Invoice) -> list[str]:
    return [f"{euros(invoice.excess)} réglés en trop, à reporter ou à vous rembourser"] if invoice.excess else []


def issued(member: Member, year: int | None = None) -> QuerySet[Document]:
    """What we issued to the company, last versions, newest first: bordereaux, récépissé, proforma, attestations."""
    dossiers = Application.objects.filter(establishment=member.establishment_id).values("pk")
    of_dossier = Q(subject_type=Application._meta.label_lower, subject_id__in=dossiers)
    found = Document.objects.filter(of_dossier | Q(**subject_key(member))).current().defer("snapshot")
    if year:
        found = found.filter(created_at__year=year)
    return found.order_by("-created_at", "pk")


def papers(member: Member, year: int | None = None) -> QuerySet[Document]:
    """Of what we issued, the bordereaux and the récépissé: attestations and invoices have sections of their own."""
    bills = Invoice.objects.about(member).values("document__kind")
    return issued(member, year).exclude(kind__startswith=ATTESTATION).exclude(kind__in=bills)


def attestations(member: Member, year: int | None = None) -> QuerySet[Attestation]:
    found = Attestation.objects.filter(member=member).select_related("document").defer("document__snapshot")
    return found.filter(issued_on__year=year) if year else found


def years(member: Member) -> list[int]:
    """The years that have a paper, newest first."""
    billed = Invoice.objects.about(member).order_by().values_list(ExtractYear("issued_on"))
    made = issued(member).order_by().values_list(ExtractYear("created_at"))
    return sorted({year for (year,) in billed.union(made)}, reverse=True)


def read_year(text: str) -> int | None:
    """The year asked for in an address, or all of them."""
    year = small_int(text, 4)
    return year if year and FIRST_YEAR <= year <= today().year + 1 else None


def useful_by_section() -> list[dict[str, Any]]:
    """What staff publish today, section by section; an empty one is not shown (A-40, A-41).

    In a section, the documents of a service stand together, in alphabetical order; those that name none come last.
    """
    found: dict[str, dict[str, list[UsefulDocument]]] = {}
    for document in UsefulDocument.objects.published().select_related("file"):
        found.setdefault(document.section, {}).setdefault(document.service.strip(), []).append(document)
    sections = UsefulDocument.Section
    return [
        {
            "title": section.label,
            "services": sorted(found[section.value].items(), key=lambda group: (not group[0], fold(group[0]))),
            "verb": "Afficher les garanties" if section == sections.GUARANTEES else "Télécharger",
        }
        for section in sections
        if section.value in found
    ]


def document_or_404(member: Member, pk: UUID) -> Document:
    """A document we issued to this company."""
    return get_object_or_404(issued(member), pk=pk)


def next_due(member: Member) -> date | None:
    """When the next invoice falls due, if any is unsettled."""
    invoice = Invoice.objects.about(member).unsettled().order_by("due_on").values_list("due_on").first()
    known = UnpaidInvoice.objects.filter(member=member, paid_on=None).order_by("due_on").values_list("due_on").first()
    return min((row[0] for row in (invoice, known) if row), default=None)


def publish(document: UsefulDocument, file: File, *, by: Actor) -> Upload:
    """Give a useful document its file, or a newer one; the one before is removed. Outside a transaction."""
    upload = uploads.accept(document, KIND, file, uploaded_by=by.name, may_wait=False)  # it replaces one that opens
    with transaction.atomic():
        document = lock(document)
        older = list(Upload.objects.about(document).exclude(pk=upload.pk))
        document.file = upload
        document.save(update_fields=["file"])
        for one in older:
            uploads.remove(one)
        record(document, by=by, message=f"Fichier publié : {upload.name}", internal=True)
    return upload
