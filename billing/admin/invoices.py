"""Invoices and credits: the list, and the page of one with its receipts, its documents and its buttons."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing import collections as debits
from billing import given_back
from billing.admin import reminding, words
from billing.admin.verbs import INVOICE_VERBS, Doing
from billing.checks import begin
from billing.models import Collection, Invoice
from billing.models.collection import CollectionState
from core.acting import Act, Verb, act, button, page_context, refuse_stranger, verb_paths
from core.admin import ReadOnlyAdmin
from core.dates import today
from core.exporting import ExportMixin
from core.journal import timeline
from core.money import euros
from core.sheets import Column
from core.templatetags.guichet import tag
from documents import downloads, issuing
from documents.models import Document
from notifications.models import Message

ENTRIES = 200
_READING = ("HEAD", "GET")


class StateFilter(admin.SimpleListFilter):
    """Where invoices stand, in the words of the list."""

    title = "état"
    parameter_name = "etat"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("due", "À régler"), ("late", "En retard"), ("settled", "Acquittées"), ("excess", "Trop-perçus")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        unsettled = queryset.filter(kind=Invoice.Kind.INVOICE, settled_on=None)
        match self.value():
            case "due":
                return unsettled
            case "late":
                return queryset.filter(debits.overdue())
            case "settled":
                return queryset.filter(kind=Invoice.Kind.INVOICE, settled_on__isnull=False)
            case "excess":
                return queryset.overpaid()
        return queryset


class YearFilter(admin.SimpleListFilter):
    """The year of issue, which is that of the number."""

    title = "année"
    parameter_name = "annee"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        first = Invoice.objects.order_by("issued_on").values_list("issued_on", flat=True).first()
        return [(str(year), str(year)) for year in range(today().year, (first or today()).year - 1, -1)]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        year = self.value() or ""
        known = year.isascii() and year.isdigit() and len(year) == 4 and int(year)
        return queryset.filter(issued_on__year=int(year)) if known else queryset


@admin.register(Invoice)
class InvoiceAdmin(ExportMixin, ReadOnlyAdmin):
    list_display = ["number_shown", "buyer_name", "title", "issued", "total_shown", "left_shown", "due_shown", "stage"]
    list_filter = [StateFilter, "kind", YearFilter]
    search_fields = ["number", "buyer_name"]
    change_list_template = "admin/billing/invoice_list.html"
    export_name = "factures"
    export_columns = [
        (Column("Numéro", 16), lambda invoice: invoice.number),
        (Column("Type", 10), lambda invoice: invoice.get_kind_display()),
        (Column("Corrige", 16), lambda invoice: invoice.corrects.number if invoice.corrects else ""),
        (Column("Client", 36), lambda invoice: invoice.buyer_name),
        (Column("N° d’adhérent", 14), lambda invoice: invoice.buyer.get("number", "")),
        (Column("SIRET", 18), lambda invoice: invoice.buyer.get("siret", "")),
        (Column("Objet", 30), lambda invoice: invoice.title),
        (Column("Émise le", 12, is_date=True), lambda invoice: invoice.issued_on),
        (Column("Échéance", 12, is_date=True), lambda invoice: invoice.due_on),
        (Column("Total HT", 12), lambda invoice: invoice.net),
        (Column("Taux de TVA", 12), lambda invoice: invoice.vat_rate),
        (Column("TVA", 12), lambda invoice: invoice.vat),
        (Column("Total TTC", 12), lambda invoice: invoice.total),
        (Column("Réglé", 12), lambda invoice: invoice.paid),
        (Column("Avoirs", 12), lambda invoice: invoice.credited),
        (Column("Reste à régler", 14), lambda invoice: invoice.left),
        (Column("Acquittée le", 12, is_date=True), lambda invoice: invoice.settled_on),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invoice]:
        found = debits.with_debit_day(super().get_queryset(request))
        return found.defer("lines").select_related("corrects")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        verbs = verb_paths(view, self.verb_view, INVOICE_VERBS, "billing_invoice")
        document = path(
            "<uuid:pk>/document/<uuid:document_pk>/", view(self.document_view), name="billing_invoice_document"
        )
        remind = path("relancer/", view(reminding.remind), name="billing_invoice_remind")
        return [*verbs, document, remind, *super().get_urls()]

    @admin.display(description="numéro", ordering="number")
    def number_shown(self, invoice: Invoice) -> SafeString:
        return format_html('<span class="num">{}</span>', invoice.number)

    @admin.display(description="émise le", ordering="issued_on")
    def issued(self, invoice: Invoice) -> str:
        return f"{invoice.issued_on:%d/%m/%Y}"

    @admin.display(description="total TTC", ordering="total")
    def total_shown(self, invoice: Invoice) -> SafeString:
        return format_html('<span class="num">{}</span>', euros(invoice.total))

    @admin.display(description="reste à régler")
    def left_shown(self, invoice: Invoice) -> SafeString:
        return format_html('<span class="num">{}</span>', euros(invoice.left) if invoice.left else "—")

    @admin.display(description="échéance", ordering="due_on")
    def due_shown(self, invoice: Invoice) -> SafeString:
        day = "" if invoice.kind == Invoice.Kind.CREDIT else f"{invoice.due_on:%d/%m/%Y}"
        return format_html('<span class="num{}">{}</span>', " late" if words.due(invoice)[1] else "", day)

    @admin.display(description="état")
    def stage(self, invoice: Invoice) -> SafeString:
        return tag(*words.stage(invoice))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in _READING:
            return HttpResponseNotAllowed(_READING)
        invoice = self.get_object(request, object_id)
        if invoice is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        context = {**self.admin_site.each_context(request), **(extra_context or {}), **_page(invoice, request)}
        return TemplateResponse(request, "admin/billing/invoice.html", context)

    def verb_view(self, request: HttpRequest, pk: UUID, verb: Verb) -> HttpResponse:
        """The page of « Enregistrer un règlement » or « Annuler un règlement »."""
        if refusal := refuse_stranger(request, verb):
            return refusal
        invoice = get_object_or_404(Invoice, pk=pk)
        back = reverse("admin:billing_invoice_change", args=[pk])

        def page(form: Any, problem: str, status: int) -> HttpResponse:
            context = {
                **self.admin_site.each_context(request),
                **page_context(verb, form, problem, status, back),
                "row": f"{invoice}, {invoice.buyer_name}",
                "invoice": invoice,
                "version": invoice.version,
                "obstacle": getattr(form, "obstacle", False),
            }
            return TemplateResponse(request, "admin/billing/act_invoice.html", context, status=status)

        def check(seen: int) -> None:
            begin(invoice, seen)

        asked = Act(
            verb=verb,
            situation=invoice,
            new_form=lambda *data: verb.form(*data, invoice=invoice),
            doing=lambda form, by, seen: Doing(invoice, form, by, seen),
            check=check,
            page=page,
            back=back,
            not_now="Cette action n’est pas possible sur cette facture. Revenez à la facture pour voir où elle en est.",
        )
        return act(request, asked)

    def document_view(self, request: HttpRequest, pk: UUID, document_pk: UUID) -> HttpResponse:
        """A version of the document; rendered now if nobody has needed it yet."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        document = get_object_or_404(Document.objects.about(Invoice(pk=pk)), pk=document_pk)
        try:
            return downloads.serve(issuing.ensure_rendered(document), inline="telecharger" not in request.GET)
        except (issuing.RenderingFailed, downloads.NotReady):
            messages.warning(request, downloads.NotReady.sentence)
            return HttpResponseRedirect(reverse("admin:billing_invoice_change", args=[pk]))


def _page(invoice: Invoice, request: HttpRequest) -> dict[str, Any]:
    """All that the page shows."""
    label, tone = words.stage(invoice)
    day, late = words.due(invoice)
    possible = [verb for verb in INVOICE_VERBS if request.user.has_perm(verb.permission) and verb.allowed(invoice)]
    if not invoice.left:  # a second payment may still come, and is not what this page is opened for
        possible.sort(key=lambda verb: verb.slug == "regler")
    buttons = [button(verb, reverse(f"admin:billing_invoice_{verb.slug}", args=[invoice.pk])) for verb in possible]
    return {
        "title": f"{invoice} · {invoice.buyer_name}",
        "invoice": invoice,
        "version": invoice.version,
        "stage": label,
        "tone": tone,
        "due": day,
        "due_tone": late,
        "verbs": buttons,
        "customer_url": _subject_url(invoice),
        "receipts": list(
            invoice.receipts.select_related("recorded_by", "carried_from__invoice").order_by(
                "received_on", "recorded_at"
            )
        ),
        "excess_uses": list(invoice.excess_uses.select_related("receipt__invoice", "recorded_by")),
        "collections": collections(invoice) if request.user.has_perm("billing.view_collection") else [],
        "given_back": given_back.sentence(invoice),
        "corrections": list(invoice.corrections.order_by("number")),
        "documents": list(Document.objects.about(invoice).defer("snapshot").order_by("version")),
        "mails": list(Message.objects.about(invoice).defer("content", "secret")[:50]),
        "may_see_mails": request.user.has_perm("notifications.view_message"),
        "entries": timeline(invoice, staff=True).order_by("-at", "-pk")[:ENTRIES],
    }


def collections(invoice: Invoice) -> list[tuple[Collection, str]]:
    """Its debits, those to come and those that were, each with the tone of its state."""
    rows = invoice.collections.select_related("mandate").order_by("collects_on", "created_at")
    return [(row, words.DEBIT_TONES[CollectionState(row.state)]) for row in rows]


def _subject_url(invoice: Invoice) -> str:
    """The customer's own page, if the back office has one: this app knows its kind and its key only."""
    app, _, model = invoice.subject_type.partition(".")
    try:
        return reverse(f"admin:{app}_{model}_change", args=[invoice.subject_id])
    except NoReverseMatch:
        return ""
