"""Mandates in the back office: to look at and to revoke. A whole IBAN is on no page.

Drafts are looked at only: staff are phoned about a mandate that waits for its signature, which is the customer's.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from billing import addressees, mandate_proof, mandates
from billing.admin import words
from billing.admin.sepa_acting import Act, demand_money, perform
from billing.admin.sepa_forms import ReasonForm
from billing.models import Mandate
from billing.permissions import HANDLE_MONEY
from core.admin import ReadOnlyAdmin
from core.crypto import search_hash
from core.exporting import ExportMixin, column
from core.identifiers import Invalid, clean_iban
from core.journal import Actor, record
from core.sheets import Column
from documents.downloads import NotReady, serve
from documents.issuing import RenderingFailed, ensure_rendered

_SHOWN = [state for state in Mandate.State if state != Mandate.State.ABANDONED]


class StateFilter(admin.SimpleListFilter):
    """Those of the list: what a customer abandoned is in none."""

    title = "état"
    parameter_name = "state__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state.value, str(state.label)) for state in _SHOWN]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(state=self.value()) if self.value() else queryset


@admin.register(Mandate)
class MandateAdmin(ExportMixin, ReadOnlyAdmin):
    list_display = ["rum", "debtor_name", "account", "state", "signed_at", "lapses_on", "email"]
    list_filter = [StateFilter, "signed_at"]
    search_fields = ["rum", "debtor_name", "email"]
    fields = [
        *("rum", "state", "debtor_name", "account", "bic", "email", "told", "creditor_shown", "next_shown"),
        *("signed_at", "lapses_on", "ended_at", "proof_shown", "consents_shown", "history"),
    ]
    readonly_fields = ["account", "told", "creditor_shown", "next_shown", "proof_shown", "consents_shown", "history"]
    change_form_template = "admin/billing/mandate_form.html"
    export_name = "mandats"
    export_columns = [
        column("Référence (RUM)", "rum", 36),
        column("Titulaire", "debtor_name", 36),
        column("Compte", "masked_iban", 36),
        column("Avis envoyés à", "email", 36),
        column("État", "get_state_display", 14),
        (Column("Prochain prélèvement", 14), words.next_debit),
        column("Signé le", "signed_at", 12),
        column("Caduc le", "lapses_on", 12),
        column("A pris fin le", "ended_at", 12),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mandate]:
        return Mandate.objects.filter(state__in=_SHOWN)

    def get_fields(self, request: HttpRequest, obj: Mandate | None = None) -> Any:
        """Of a draft, what there is before a signature."""
        if obj and obj.is_draft:
            return ["rum", "state", "debtor_name", "account", "bic", "creditor_shown", "created_at"]
        return super().get_fields(request, obj)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        try:
            return queryset.filter(iban_hash=search_hash(clean_iban(search_term))), False
        except Invalid:
            return super().get_search_results(request, queryset, search_term)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<uuid:pk>/revoquer/", view(self.revoke_view), name="billing_mandate_revoke"),
            path("<uuid:pk>/copie/", view(self.copy_view), name="billing_mandate_copy"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        mandate = self.get_object(request, object_id)
        may = request.user.has_perm(HANDLE_MONEY)
        alive = mandate is not None and mandate.state in (Mandate.State.ACTIVE, Mandate.State.SUSPENDED)
        signed = mandate is not None and not mandate.is_draft
        extra = {"may_copy": may and signed, "may_revoke": may and alive, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, extra)

    def revoke_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        demand_money(request)
        mandate = get_object_or_404(Mandate.objects.signed(), pk=pk)

        def run(typed: dict[str, Any]) -> str:
            mandates.revoke(mandate, by=Actor.staff(request.user), reason=typed["reason"])
            return f"Le mandat {mandate.rum} est révoqué."

        act = Act(
            title="Révoquer le mandat",
            about=f"{mandate} · {mandate.debtor_name}",
            back=reverse("admin:billing_mandate_change", args=[pk]),
            effect="Les prélèvements prévus sont annulés, ceux déjà transmis ont lieu. Le titulaire est averti.",
            run=run,
            form=ReasonForm,
            danger=True,
        )
        return perform(request, act)

    def copy_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The signed PDF, which a bank asks for in a dispute. It holds the whole IBAN: who took it is written down."""
        demand_money(request)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        mandate = get_object_or_404(Mandate.objects.signed().select_related("document"), pk=pk)
        try:
            response = serve(ensure_rendered(mandate.document))
        except (RenderingFailed, NotReady):
            messages.warning(request, NotReady.sentence)
            return HttpResponseRedirect(reverse("admin:billing_mandate_change", args=[pk]))
        record(mandate, by=Actor.staff(request.user), message="Copie du mandat, avec son IBAN, remise", internal=True)
        return response

    @admin.display(description="compte")
    def account(self, mandate: Mandate) -> str:
        return mandate.masked_iban

    @admin.display(description="avis envoyés à")
    def told(self, mandate: Mandate) -> str:
        return ", ".join(addressees.of(mandate))

    @admin.display(description="créancier")
    def creditor_shown(self, mandate: Mandate) -> str:
        return f"{mandate.creditor['name']}, ICS {mandate.creditor['ics']}"

    @admin.display(description="prochain prélèvement")
    def next_shown(self, mandate: Mandate) -> str:
        return words.next_debit(mandate) or "aucun"

    @admin.display(description="preuve de signature")
    def proof_shown(self, mandate: Mandate) -> SafeString:
        rows = [
            *mandate_proof.facts(mandate.proof),
            ("Mandat signé (SHA-256)", mandate.document.sha256 or "à produire"),
        ]
        return format_html_join("\n", "<div>{} : {}</div>", rows)

    @admin.display(description="cases cochées")
    def consents_shown(self, mandate: Mandate) -> SafeString:
        return format_html_join("\n", "<div>{}</div>", ((text,) for text in mandate.consents))

    @admin.display(description="historique")
    def history(self, mandate: Mandate) -> SafeString:
        return words.history(mandate)
