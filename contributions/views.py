"""« Cotiser »: past and current declarations, what was declared, its documents, its correction (C-01, M-22)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from billing import payment_code
from billing.models import Invoice
from billing.models.invoice import Mode
from billing.settlement import latest_document
from contributions import checks, collecting, recipients, workflow
from contributions.billed import bills, with_bills
from contributions.events import events
from contributions.filling import called
from contributions.models import Campaign, Declaration
from contributions.pricing import CategoryLine
from contributions.reaching import RIGHT, declaration_page, history, question_url, undone
from contributions.states import ACCEPTING, CampaignState, State
from contributions.steps import WIZARD
from core.dates import french_date, today
from core.money import euros
from core.sheets import XLSX, Column, write_xlsx
from core.throttle import hit, too_many
from core.transitions import Refused
from documents.downloads import NotReady, serve
from documents.models import Document
from membership.models import Member, Payment
from membership.models.establishment import Monitoring
from membership.states import State as Joining
from space.company import Company, company_page, show

ACTIVE = "contributions"
# What goes with the bordereau.
BESIDE: dict[tuple[bool, str], str] = {
    (False, Invoice.Kind.INVOICE): "la facture",
    (False, Invoice.Kind.CREDIT): "l’avoir",
    (True, Invoice.Kind.CREDIT): "les avoirs",
}


@company_page()
@require_safe
def home(request: HttpRequest, company: Company) -> HttpResponse:
    """The tab « Cotiser »: what is to declare now, then all declarations."""
    rows = with_bills(list(history(company.member.pk)))
    due = next((row for row in rows if row.is_draft and row.campaign.accepts), None)
    if due is not None:
        due.member = company.member
    missing = None if due else missing_campaign(company, rows)
    context = {
        "due": due,
        "declarations": rows,
        "may": company.may(RIGHT),
        "done": next((row for row in rows if not row.is_draft and row.campaign.accepts), None),
        "missing": missing,
        "undone": undone(rows),
        **({} if due or missing else next_time(company.member)),
        "fresh": due is not None and not due.confirmed_steps and due.replaces_id is None,
        "change_url": reverse("space:company-change", args=[company.member.pk]) if company.may("manages") else "",
    }
    return show(request, company, "contributions/home.html", context, active=ACTIVE)


def next_time(member: Member) -> dict[str, Any]:
    """When the next declaration comes, for who has none to make: `opens_next`, the day on which its campaign opens,
    once staff have set it, and `joined_year`, for who joined in the year: it goes with his membership (decision 20);
    `has_paid` says that it was paid to us here, with his dossier, and not before staff entered him."""
    year = today().year
    joined = member.joined_on.year >= year
    coming = Campaign.objects.filter(state=CampaignState.PREPARED, opens_on__gt=today()).order_by("opens_on")
    coming = coming.filter(year__gt=year) if joined else coming
    return {
        "opens_next": coming.values_list("opens_on", flat=True).first(),
        "joined_year": year if joined else None,
        "has_paid": joined and _paid_when_joining(member),
        "first_year": year + 1,
    }


def _paid_when_joining(member: Member) -> bool:
    """Whether an accepted dossier of his holds a payment that we keep."""
    kept = Payment.objects.filter(state__in=[Payment.State.HELD, Payment.State.CASHED])
    theirs = {"application__establishment": member.establishment_id, "application__state": Joining.ACCEPTED}
    return kept.filter(**theirs).exists()


def missing_campaign(company: Company, rows: list[Declaration]) -> Campaign | None:
    """The campaign under way in which this member should declare, and for which nothing was prepared yet."""
    years = [row.campaign.year for row in rows]
    campaign = Campaign.objects.filter(state__in=ACCEPTING).exclude(year__in=years).first()
    return campaign if campaign and called(campaign).filter(pk=company.member.pk).exists() else None


@company_page(RIGHT)
@require_POST
def start(request: HttpRequest, company: Company) -> HttpResponse:
    """Begin the declaration of the campaign under way."""
    campaign = Campaign.objects.filter(state__in=ACCEPTING).first()
    if campaign is None:
        messages.info(request, "Aucune campagne n’est ouverte en ce moment : vous n’avez rien à déclarer.")
        return redirect("contributions:home", company.member.pk)
    try:
        made = workflow.start(company.member, campaign, by=company.actor)
    except Refused as refused:
        messages.warning(request, str(refused))
        return redirect("contributions:home", company.member.pk)
    return redirect("contributions:step", company.member.pk, made.pk, WIZARD.first_todo(made).slug)


@declaration_page()
@require_safe
def declaration(request: HttpRequest, company: Company, declaration: Declaration) -> HttpResponse:
    """What was declared, or what has been filled in so far, read-only; where it stands, and who must act (B-02)."""
    draft = declaration.is_draft
    correction = Declaration.objects.filter(replaces=declaration).first()
    invoices = [] if draft else bills(declaration)
    context = {
        "declaration": declaration,
        "campaign": declaration.campaign,
        "may": company.may(RIGHT),
        "question_url": question_url(declaration),
        "closed": checks.closed_words(declaration.campaign) if draft else "",
        "sections": WIZARD.sections(declaration) if draft else [],
        "next_step": WIZARD.first_todo(declaration) if draft else None,
        "lines": [CategoryLine.from_json(line) for line in declaration.lines],
        "correction": correction,
        "may_correct": declaration.state == State.VALIDATED and declaration.campaign.accepts,
        "invoices": invoices,
        "events": events(declaration, invoices),
    }
    return show(request, company, "contributions/declaration.html", context, active=ACTIVE)


@declaration_page()
@require_safe
def confirmation(request: HttpRequest, company: Company, declaration: Declaration) -> HttpResponse:
    """After the validation: the reference, what happens next, the documents, how to pay."""
    if declaration.is_draft:
        return redirect("contributions:declaration", company.member.pk, declaration.pk)
    invoice, corrects = declaration.invoice, declaration.replaces_id is not None
    to_pay = invoice is not None and invoice.kind == Invoice.Kind.INVOICE and invoice.left > 0
    by_transfer = invoice is not None and to_pay and (invoice.mode == Mode.TRANSFER or collecting.lost(invoice))
    context = {
        "declaration": declaration,
        "title": "Votre correction est validée" if corrects else "Votre déclaration est validée",
        "reference": declaration.reference,
        "lead": lead(declaration),
        "next_steps": list(next_steps(declaration, invoice if to_pay else None)),
        "issued": declaration.issued,
        "invoice": invoice,
        "to_pay": to_pay,
        "qr": payment_code.image(invoice.reference, invoice.left) if invoice and by_transfer else "",
        "mandate_url": mandate_url(declaration) if to_pay else "",
    }
    return show(request, company, "contributions/confirmation.html", context, active=ACTIVE)


def lead(declaration: Declaration) -> str:
    """Where the bordereau goes, or that staff entered what the employer wrote or said."""
    if not declaration.signer_email:
        return f"Notre service l’a saisie d’après votre déclaration {declaration.origin}."
    told = " et ".join(one.name or one.email for one in recipients.employers(declaration))
    also = f" Un courriel prévient aussi {told}." if told else ""
    return (
        f"Le bordereau de cotisation part à l’adresse {declaration.signer_email}. Vous ne le voyez pas arriver ? "
        f"Regardez dans vos courriers indésirables (spams).{also}"
    )


def next_steps(declaration: Declaration, invoice: Invoice | None) -> Iterator[str]:
    """Sentences that say who acts, and by when."""
    kinds = [one.kind for one in declaration.issued]
    beside = [BESIDE[kinds.count(kind) > 1, kind] for kind in dict.fromkeys(kinds)]
    with_it = "".join(f" et {words}" for words in beside)
    if declaration.signer_email:
        yield f"Vous recevez par courriel le bordereau de cotisation{with_it}."
    if invoice is None:
        yield from collecting.lowered_by(declaration.issued) or ["Vous n’avez rien à régler."]
    elif invoice.mode == Mode.DEBIT:
        yield from _debit_steps(declaration, invoice)
    else:
        how = "par chèque" if invoice.mode == Mode.CHEQUE else "par virement"
        yield f"Vous réglez {how}, au plus tard le {french_date(invoice.due_on)}."
        yield "Une fois le règlement reçu, votre facture porte la mention «\u00a0acquittée\u00a0»."
    if invoice is not None:
        yield from collecting.lowered_by(declaration.issued)
    yield "Une erreur ? Corrigez votre déclaration tant que la campagne est ouverte : seule la différence est facturée."


def _debit_steps(declaration: Declaration, invoice: Invoice) -> Iterator[str]:
    if day := collecting.announced(invoice):
        yield f"{euros(invoice.left)} seront prélevés le {french_date(day)} : un courriel vous l’annonce aussi."
        return
    signed = collecting.has_mandate(declaration.member, invoice.due_on)
    if collecting.lost(invoice):
        yield f"Le prélèvement n’a pas eu lieu : réglez {euros(invoice.left)} par virement, comme indiqué ci-dessous."
        if not signed:
            yield "Ou signez un nouveau mandat : ce qui reste dû sera prélevé, après une nouvelle annonce."
        return
    if not signed:
        yield "Vous signez votre mandat de prélèvement SEPA en ligne : sans lui, rien ne peut être prélevé."
    yield "Nous vous annonçons le prélèvement, avec son montant et sa date, avant qu’il ait lieu."


def mandate_url(declaration: Declaration) -> str:
    """Where to sign a mandate, when the contribution is to be debited and there is none."""
    if not collecting.wants_mandate(declaration.invoice, declaration.member):
        return ""
    return reverse("space:mandate-current", args=[declaration.member_id])


@declaration_page(RIGHT)
@require_POST
def correct(request: HttpRequest, company: Company, declaration: Declaration) -> HttpResponse:
    try:
        draft = workflow.correct(declaration, by=company.actor)
    except Refused as refused:
        messages.warning(request, str(refused))
        return redirect("contributions:declaration", company.member.pk, declaration.pk)
    return redirect("contributions:step", company.member.pk, draft.pk, WIZARD.first_todo(draft).slug)


@declaration_page(RIGHT)
@require_POST
def give_up(request: HttpRequest, company: Company, declaration: Declaration) -> HttpResponse:
    """Leave what was validated as it is."""
    try:
        workflow.give_up(declaration, by=company.actor)
    except Refused as refused:
        messages.info(request, str(refused))
    else:
        messages.success(request, "La correction est abandonnée : votre déclaration validée reste valable.")
    return redirect("contributions:home", company.member.pk)


@declaration_page()
@require_safe
def document(request: HttpRequest, company: Company, declaration: Declaration, which: str) -> HttpResponse:
    """The bordereau, or the invoice as it is today (« acquittée » once paid)."""
    found = _document(declaration, which)
    if found is None:
        raise Http404
    try:
        return serve(found)
    except NotReady:
        context = {
            "document": found,
            "again": request.path,
            "back_url": reverse("contributions:declaration", args=[company.member.pk, declaration.pk]),
        }
        return show(request, company, "contributions/preparing.html", context, active=ACTIVE, status=202)


def _document(declaration: Declaration, which: str) -> Document | None:
    if which == "bordereau":
        return declaration.bordereau
    if which == "facture" and declaration.invoice:
        return latest_document(declaration.invoice)
    return None


@declaration_page()
@require_safe
def employees(request: HttpRequest, company: Company, declaration: Declaration) -> HttpResponseBase:
    """The list as it was declared, as a workbook."""
    if declaration.is_draft:
        raise Http404
    if hit("export", str(declaration.pk), limit=100, seconds=3600):
        return too_many(request)
    columns = [
        Column("Nom", 24),
        Column("Prénom", 20),
        Column("Date de naissance", is_date=True),
        Column("Date d’embauche", is_date=True),
        Column("Type de suivi", 20),
    ]
    file = write_xlsx(columns, _declared(declaration), "Salariés déclarés")
    return FileResponse(file, as_attachment=True, filename=f"salaries-{declaration.reference}.xlsx", content_type=XLSX)


def _declared(declaration: Declaration) -> Iterator[list[Any]]:
    rows = declaration.declared.values_list("last_name", "first_name", "birth_date", "hired_on", "monitoring")
    for *others, monitoring in rows.iterator(2000):
        yield [*others, Monitoring(monitoring).label]
