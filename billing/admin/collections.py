"""Direct debits in the back office: by day with the file of each, one by one, and the list of those returned."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from billing import collections, mandates, own_debits, pain008, returns
from billing.admin import postponing, sepa_days, words
from billing.admin.sepa_acting import Act, demand_money, perform
from billing.admin.sepa_forms import DayForm, ReasonForm, ReturnForm, ReturnListForm
from billing.collection_days import collection_day
from billing.models import BankStatement, Collection, CollectionFile
from billing.models.collection import CollectionState as State
from billing.permissions import HANDLE_MONEY
from billing.reasons import REASONS
from core.admin import ReadOnlyAdmin, amount_column
from core.dates import french_date, today
from core.exporting import ExportMixin, column
from core.journal import Actor
from core.money import euros
from core.sheets import Column
from core.text import counted
from core.transitions import Refused

DAYS = "admin:billing_collection_days"
NAMED = 10  # references in one sentence


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Http404 from error


def _proposed(request: HttpRequest) -> dict[str, Any]:
    """What the list of returns begins with: those of the bank statement that led here, to be read over."""
    try:
        statement = BankStatement.objects.filter(pk=UUID(request.GET.get("releve", ""))).first()
    except ValueError:
        statement = None
    if statement is None:
        return {"on": today()}
    return {"on": statement.last_day, "text": "\n".join(own_debits.to_record(statement))}


@admin.register(Collection)
class CollectionAdmin(ExportMixin, ReadOnlyAdmin):
    list_display = [
        "end_to_end_id",
        "debtor",
        "invoice",
        amount_column("amount", "montant"),
        "collects_on",
        "state",
        "reason",
    ]
    list_filter = ["state", "collects_on"]
    list_select_related = ["invoice", "mandate"]
    search_fields = ["end_to_end_id", "return_code", "invoice__number", "mandate__rum", "mandate__debtor_name"]
    fields = [
        *("end_to_end_id", "state", "debtor", "invoice", "mandate", "amount", "collects_on", "sequence", "file_shown"),
        *("receipt", "returned_on", "reason", "created_at", "history"),
    ]
    readonly_fields = ["debtor", "reason", "file_shown", "history"]
    change_list_template = "admin/billing/collection_list.html"
    export_name = "prelevements"
    export_columns = [
        column("Référence", "end_to_end_id", 36),
        column("Titulaire", "mandate.debtor_name", 36),
        column("Compte", "mandate.masked_iban", 36),
        column("Mandat", "mandate.rum", 36),
        column("Facture", "invoice.number", 16),
        column("Montant", "amount", 12),
        column("Date de prélèvement", "collects_on", 14),
        column("État", "get_state_display", 20),
        column("Fichier", "file_reference", 36),
        column("Rejeté le", "returned_on", 12),
        (Column("Motif du rejet", 40), lambda row: _reason(row)),
    ]
    change_form_template = "admin/billing/collection_form.html"

    def get_urls(self) -> list[URLPattern]:
        def url(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"billing_collection_{name}")

        return [
            url("dates/", self.days_view, "days"),
            url("dates/<str:day>/fichier/", self.make_view, "make"),
            url("dates/<str:day>/reporter/", self.postpone_view, "postpone"),
            url("rejets/", self.returns_view, "returns"),
            url("<uuid:pk>/rejet/", self.return_view, "return"),
            url("<uuid:pk>/annuler/", self.cancel_view, "cancel"),
            url("<uuid:pk>/presenter/", self.again_view, "again"),
            *super().get_urls(),
        ]

    def export_queryset(self, rows: QuerySet[Collection]) -> QuerySet[Collection]:
        """The file by its reference alone: its row holds the whole of it."""
        return rows.annotate(file_reference=F("file__reference")).defer("invoice__lines")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {"may": request.user.has_perm(HANDLE_MONEY), **(extra_context or {})})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        collection = self.get_object(request, object_id)
        may = request.user.has_perm(HANDLE_MONEY) and collection is not None
        state = collection.state if collection else ""
        extra = {
            "may_cancel": may and state == State.PLANNED,
            "may_return": may and state in (State.EXPORTED, State.COLLECTED),
            "may_again": may and state in (State.RETURNED, State.CANCELLED),
        }
        return super().change_view(request, object_id, form_url, {**extra, **(extra_context or {})})

    # --- Days ---------------------------------------------------------------------------------------------------------

    def days_view(self, request: HttpRequest) -> HttpResponse:
        """What is planned, sent and collected, day by day."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": "Prélèvements par date",
            "may": request.user.has_perm(HANDLE_MONEY),
            "page": sepa_days.page(request.GET.get("page")),
            "soonest": collections.first_open_day(),
            "today": today(),
        }
        return TemplateResponse(request, "admin/billing/collection_days.html", context)

    def make_view(self, request: HttpRequest, day: str) -> HttpResponse:
        demand_money(request)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        planned_for = _day(day)
        left = list(collections.lapsing(planned_for).values_list("end_to_end_id", flat=True))
        try:
            file = pain008.make_file(planned_for, by=Actor.staff(request.user))
        except Refused as refusal:
            if not left:
                messages.warning(request, str(refusal))
        else:
            count = counted(file.count, "prélèvement", "prélèvements")
            messages.success(request, f"{file} : {count}, {euros(file.total)}. Téléchargez-le pour la banque.")
        if left:
            count = counted(len(left), "prélèvement n’est", "prélèvements ne sont")
            the = "son mandat" if len(left) == 1 else "leur mandat"
            which = ", ".join(left[:NAMED]) + ("…" if left[NAMED:] else "")
            messages.warning(
                request,
                f"{count} dans aucun fichier, car {the} sera caduc ce jour-là ({which}). Faites signer un nouveau "
                "mandat, ou convenez d’un autre règlement.",
            )
        return HttpResponseRedirect(reverse(DAYS))

    def postpone_view(self, request: HttpRequest, day: str) -> HttpResponse:
        demand_money(request)
        return postponing.page(request, _day(day))

    # --- One debit ----------------------------------------------------------------------------------------------------

    def _act(self, request: HttpRequest, pk: UUID, run: Callable[..., str], **parts: Any) -> HttpResponse:
        demand_money(request)
        collection = get_object_or_404(Collection.objects.select_related("mandate", "invoice"), pk=pk)
        by = Actor.staff(request.user)
        act = Act(
            about=f"{collection} · {collection.mandate.debtor_name} · {euros(collection.amount)}",
            back=reverse("admin:billing_collection_change", args=[pk]),
            run=lambda typed: run(collection, typed, by),
            **parts,
        )
        return perform(request, act)

    def return_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        def run(collection: Collection, typed: dict[str, Any], by: Actor) -> str:
            returns.record_return(collection, code=typed["code"], on=typed["on"], by=by)
            return "Le rejet est enregistré et le titulaire averti."

        return self._act(
            request,
            pk,
            run,
            title="Enregistrer un rejet",
            effect="Le règlement est annulé, la facture redevient due, et le titulaire reçoit un courriel.",
            form=ReturnForm,
            danger=True,
            initial={"on": today()},
        )

    def cancel_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        def run(collection: Collection, typed: dict[str, Any], by: Actor) -> str:
            collections.cancel(collection, by=by, reason=typed["reason"])
            return "Le prélèvement est annulé et le titulaire averti."

        return self._act(
            request,
            pk,
            run,
            title="Annuler le prélèvement",
            effect="Il ne partira pas à la banque. La facture reste due.",
            form=ReasonForm,
            danger=True,
        )

    def again_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        def run(collection: Collection, typed: dict[str, Any], by: Actor) -> str:
            mandate = mandates.in_force_for(collection.mandate)
            again = collections.plan(collection.invoice, mandate, typed["day"], by=by)
            return f"{again} prévu le {french_date(again.collects_on)} et annoncé au titulaire."

        return self._act(
            request,
            pk,
            run,
            title="Présenter à nouveau",
            effect="Un nouveau prélèvement est prévu par le mandat en vigueur, et annoncé au titulaire.",
            form=DayForm,
            initial={"day": collection_day(today(), today())},
        )

    def returns_view(self, request: HttpRequest) -> HttpResponse:
        """A list of returns at once: what can be recorded is, the rest stays on the page with why."""
        demand_money(request)
        form = ReturnListForm(request.POST or None, request.FILES or None, initial=_proposed(request))
        recorded, status = None, 422 if form.is_bound else 200
        if form.is_valid():
            by, on = Actor.staff(request.user), form.cleaned_data["on"]
            recorded = returns.record_list(form.cleaned_data["lines"], on=on, by=by)
            done = counted(recorded.done, "rejet enregistré", "rejets enregistrés")
            if not recorded.refused:
                messages.success(request, f"{done}. Chaque titulaire est averti.")
                return HttpResponseRedirect(reverse("admin:billing_collection_changelist") + "?state__exact=returned")
            left = "\n".join(line.text for line in recorded.refused)
            form, status = ReturnListForm(initial={"on": on, "text": left}), 422
        context = {
            **self.admin_site.each_context(request),
            "title": "Enregistrer des rejets",
            "form": form,
            "recorded": recorded,
        }
        return TemplateResponse(request, "admin/billing/returns.html", context, status=status)

    # --- Columns ------------------------------------------------------------------------------------------------------

    @admin.display(description="titulaire", ordering="mandate__debtor_name")
    def debtor(self, collection: Collection) -> str:
        return f"{collection.mandate.debtor_name}, {collection.mandate.masked_iban}"

    @admin.display(description="motif du rejet", ordering="return_code")
    def reason(self, collection: Collection) -> str:
        return _reason(collection)

    @admin.display(description="fichier")
    def file_shown(self, collection: Collection) -> str:
        """By its reference alone: the row holds the whole file."""
        return CollectionFile.objects.filter(lines=collection).values_list("reference", flat=True).first() or "aucun"

    @admin.display(description="historique")
    def history(self, collection: Collection) -> SafeString:
        return words.history(collection)


def _reason(collection: Collection) -> str:
    code = collection.return_code
    return f"{code} : {REASONS[code].label}" if code in REASONS else code
