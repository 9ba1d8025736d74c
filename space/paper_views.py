"""« Mes documents »: invoices, bordereaux and récépissé, attestations, useful documents (A-40, A-41, M-23)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from billing.models import Invoice
from billing.settlement import latest_document
from documents import downloads, issuing
from documents.models import Document
from space import papers
from space.company import Company, company_page, show
from space.models import UsefulDocument

ROWS = 50  # a page of one section
FEW = 10  # of a section, beside the others
ACTIVE = "documents"


@company_page()
@require_safe
def index(request: HttpRequest, company: Company) -> HttpResponse:
    """All sections with their newest papers; or one section, page by page."""
    year, member = papers.read_year(request.GET.get("annee", "")), company.member
    rows: dict[str, Any] = {
        "factures": papers.invoices(member, year),
        "documents": papers.papers(member, year),
        "attestations": papers.attestations(member, year),
    }
    only = request.GET.get("rubrique", "")
    context: dict[str, Any] = {"year": year, "years": papers.years(member), "only": only if only in rows else ""}
    if context["only"]:
        page = Paginator(rows[only], ROWS).get_page(request.GET.get("page"))
        context |= {"page": page, "query": f"&rubrique={only}" + (f"&annee={year}" if year else "")}
        shown = {only: (list(page), False)}
    else:
        shown = {name: _few(found) for name, found in rows.items()}
        context["useful"] = papers.useful_by_section()
    if "factures" in shown:
        rows_shown, more = shown["factures"]
        shown["factures"] = (papers.lines(rows_shown), more)
    context["shown"] = {name: {"rows": found, "more": more} for name, (found, more) in shown.items()}
    return show(request, company, "space/papers/list.html", context, active=ACTIVE)


def _few(found: Any) -> tuple[list[Any], bool]:
    """The newest papers of a section, and whether there are more."""
    rows = list(found[: FEW + 1])
    return rows[:FEW], len(rows) > FEW


@company_page()
@require_safe
def invoice(request: HttpRequest, company: Company, invoice_pk: UUID) -> HttpResponse:
    """An invoice or credit note in its latest version (M-23)."""
    mine = get_object_or_404(Invoice.objects.about(company.member), pk=invoice_pk)
    return _serve(request, company, latest_document(mine))


@company_page()
@require_safe
def document(request: HttpRequest, company: Company, document_pk: UUID) -> HttpResponse:
    return _serve(request, company, papers.document_or_404(company.member, document_pk))


@company_page()
@require_safe
def useful(request: HttpRequest, company: Company, useful_pk: UUID) -> HttpResponse:
    published = get_object_or_404(UsefulDocument.objects.published().select_related("file"), pk=useful_pk)
    return downloads.serve(published.file)  # type: ignore[arg-type]


def _serve(request: HttpRequest, company: Company, paper: Document) -> HttpResponse:
    """The PDF, made now if nobody has needed it yet; or a page that says it is being prepared."""
    try:
        return downloads.serve(issuing.ensure_rendered(paper))
    except (issuing.RenderingFailed, downloads.NotReady):
        return show(request, company, "space/papers/preparing.html", {"paper": paper}, active=ACTIVE, status=202)
