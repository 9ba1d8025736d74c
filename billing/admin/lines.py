"""The lines of all statements, to search and to take away; each is dealt with on its statement's page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.admin.verbs import ATTACH, CONFIRM, LINE_VERBS, Doing
from billing.models import StatementLine
from billing.statements import refuse_handled
from core.acting import Act, Verb, act, page_context, refuse_stranger, verb_paths
from core.admin import ReadOnlyAdmin
from core.exporting import ExportMixin
from core.money import euros
from core.sheets import Column
from core.templatetags.guichet import tag

_TONES = {StatementLine.State.OPEN: "wait", StatementLine.State.MATCHED: "good", StatementLine.State.ASIDE: ""}


def line_url(line: StatementLine, verb: str) -> str:
    """Where a verb about `line` is."""
    return reverse(f"admin:billing_statementline_{verb}", args=[line.pk])


@admin.register(StatementLine)
class StatementLineAdmin(ExportMixin, ReadOnlyAdmin):
    list_display = ["day", "amount_shown", "payer", "label", "stage", "reason"]
    list_filter = ["state", "certainty", "booked_on"]
    search_fields = ["payer", "label", "reference", "amount"]
    export_name = "lignes-de-releve"
    export_columns = [
        (Column("Date", 12, is_date=True), lambda line: line.booked_on),
        (Column("Montant", 12), lambda line: line.amount),
        (Column("Payeur", 36), lambda line: line.payer),
        (Column("Libellé", 60), lambda line: line.label),
        (Column("Référence", 30), lambda line: line.reference),
        (Column("État", 16), lambda line: line.get_state_display()),
        (Column("Motif", 40), lambda line: line.reason),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[StatementLine]:
        return super().get_queryset(request).order_by("-booked_on", "position", "pk")

    def get_urls(self) -> list[URLPattern]:
        verbs = verb_paths(self.admin_site.admin_view, self.verb_view, LINE_VERBS, "billing_statementline")
        return [*verbs, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        line = self.get_object(request, object_id) if self.has_view_permission(request) else None
        if line is None:
            return super().change_view(request, object_id)
        return HttpResponseRedirect(_statement_url(line))

    @admin.display(description="date", ordering="booked_on")
    def day(self, line: StatementLine) -> str:
        return f"{line.booked_on:%d/%m/%Y}"

    @admin.display(description="montant", ordering="amount")
    def amount_shown(self, line: StatementLine) -> SafeString:
        return format_html('<span class="num">{}</span>', euros(line.amount))

    @admin.display(description="état", ordering="state")
    def stage(self, line: StatementLine) -> SafeString:
        return tag(line.get_state_display(), _TONES[StatementLine.State(line.state)])

    def verb_view(self, request: HttpRequest, pk: UUID, verb: Verb) -> HttpResponse:
        """A verb about a line. Its state is its version: once dealt with, it is dealt with."""
        if refusal := refuse_stranger(request, verb):
            return refusal
        line = get_object_or_404(StatementLine.objects.select_related("statement"), pk=pk)
        asked_for = request.GET.get("q", "") if verb is ATTACH else ""

        def page(form: Any, problem: str, status: int) -> HttpResponse:
            context = {
                **self.admin_site.each_context(request),
                **page_context(verb, form, problem, status, _statement_url(line)),
                "row": f"{euros(line.amount)} du {line.booked_on:%d/%m/%Y}",
                "line": line,
                "version": 1,
                "searching": verb is ATTACH,
                "label": "Rattacher" if verb is ATTACH else "",
                "asked_for": asked_for,
                # « Confirmer » is pressed on the statement: refused, it is there that the line is to be read again.
                "obstacle": verb is CONFIRM or (verb is ATTACH and not form.found),
            }
            return TemplateResponse(request, "admin/billing/act_line.html", context, status=status)

        asked = Act(
            verb=verb,
            situation=line,
            new_form=lambda *data: verb.form(*data, line=line, asked=asked_for),
            doing=lambda form, by, seen: Doing(line, form, by, seen),
            check=lambda seen: refuse_handled(line),
            page=page,
            back=_statement_url(line),
            not_now="Cette ligne est déjà traitée.",
        )
        return act(request, asked)


def _statement_url(line: StatementLine) -> str:
    return reverse("admin:billing_bankstatement_change", args=[line.statement_id])
