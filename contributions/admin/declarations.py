"""Declarations in the back office: the list with its filters and exports, and the page of one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from contributions import reminders, workflow
from contributions.admin import exporting, filters, people_pages, validating
from contributions.admin.comparing import ComparedList, with_comparisons
from contributions.admin.declaration_page import page
from contributions.admin.words import change, stage_tag
from contributions.models import Declaration
from contributions.states import State
from core.admin import ReadOnlyAdmin
from core.identifiers import format_siret
from core.journal import Actor
from core.money import euros
from core.transitions import Refused
from documents import downloads, issuing
from membership.permissions import CAMPAIGN

_READING = ("GET", "HEAD")
# What each button does, and what it says once done.
VERBS: dict[str, tuple[Callable[..., Any], str]] = {
    "remind": (reminders.remind_one, "La relance part par courriel."),
    "correct": (
        workflow.correct,
        "La correction est ouverte : l’adhérent la complète et la valide dans son espace. D’ici là, la déclaration "
        "validée reste valable.",
    ),
    "give_up": (workflow.give_up, "La correction est abandonnée. La déclaration validée reste valable."),
}


@admin.register(Declaration)
class DeclarationAdmin(ReadOnlyAdmin):
    """One line for each member called: the version that counts."""

    list_display = ["company", "number", "siret", "year", "stage", "people", "amount", "compared", "validated_on"]
    list_filter = [
        "campaign",
        filters.StageFilter,
        filters.ChangeFilter,
        filters.CorridorFilter,
        filters.PaidFilter,
        "payment_mode",
    ]
    list_select_related = ["campaign", "member__establishment"]
    search_fields = ["member__number", "member__siret", "member__establishment__name"]
    ordering = ["-updated_at", "-pk"]  # what was worked on last, as the index has it
    show_facets = admin.ShowFacets.NEVER  # counting each choice reads every declaration
    change_list_template = "admin/contributions/declaration_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Declaration]:
        counts = Q(state=State.VALIDATED) | Q(state=State.DRAFT, version=1)
        return super().get_queryset(request).filter(counts)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ComparedList]:
        return ComparedList

    def get_urls(self) -> list[URLPattern]:
        def url(route: str, view: Callable[..., HttpResponseBase], name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"contributions_declaration_{name}")

        return [
            url("export.<str:kind>", require_safe(self.export_view), "export"),
            url("<uuid:pk>/relancer/", partial(self.act_view, verb="remind"), "remind"),
            url("<uuid:pk>/corriger/", partial(self.act_view, verb="correct"), "correct"),
            url("<uuid:pk>/abandonner/", partial(self.act_view, verb="give_up"), "give_up"),
            url("<uuid:pk>/valider/", validating.validate, "validate"),
            url("<uuid:pk>/recu/", validating.add_scan, "add-scan"),
            url("<uuid:pk>/recu/<uuid:upload_pk>/", validating.scan, "scan"),
            *people_pages.urls(self.admin_site.admin_view),
            url("<uuid:pk>/<str:which>.pdf", self.document_view, "document"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        query = request.GET.copy()
        query.pop("p", None)
        extra = {"query": f"?{query.urlencode()}" if query else "", **(extra_context or {})}
        return super().changelist_view(request, extra)

    def export_view(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """The list as it is filtered and searched, whole."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = self.get_changelist_instance(request).get_queryset(request)
        return exporting.export(with_comparisons(found), kind)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in _READING:
            return HttpResponseNotAllowed(_READING)
        declaration = _find(object_id)
        if declaration is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined]
        context = {**self.admin_site.each_context(request), **page(declaration, request)}
        return TemplateResponse(request, "admin/contributions/declaration.html", context)

    def act_view(self, request: HttpRequest, pk: UUID, verb: str) -> HttpResponse:
        """The buttons of a declaration's page."""
        if not request.user.has_perm(CAMPAIGN):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        declaration = get_object_or_404(Declaration.objects.select_related("campaign"), pk=pk)
        run, done = VERBS[verb]
        try:
            run(declaration, by=Actor.staff(request.user))
            messages.success(request, done)
        except Refused as refusal:
            messages.warning(request, str(refusal))
        shown = declaration.replaces_id if verb == "give_up" else pk
        return HttpResponseRedirect(reverse("admin:contributions_declaration_change", args=[shown or pk]))

    def document_view(self, request: HttpRequest, pk: UUID, which: str) -> HttpResponse:
        """The bordereau or the invoice; rendered now if nobody has needed it yet."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        declaration = get_object_or_404(Declaration.objects.select_related("bordereau", "invoice__document"), pk=pk)
        invoice = declaration.invoice
        document = {"bordereau": declaration.bordereau, "facture": invoice.document if invoice else None}.get(which)
        if document is None:
            raise Http404
        try:
            return downloads.serve(issuing.ensure_rendered(document), inline="telecharger" not in request.GET)
        except (issuing.RenderingFailed, downloads.NotReady):
            messages.warning(request, downloads.NotReady.sentence)
            return HttpResponseRedirect(reverse("admin:contributions_declaration_change", args=[pk]))

    @admin.display(description="entreprise", ordering="member__establishment__name")
    def company(self, row: Declaration) -> str:
        return str(row.member.establishment)

    @admin.display(description="adhérent", ordering="member__number")
    def number(self, row: Declaration) -> str:
        return row.member.number

    @admin.display(description="SIRET", ordering="member__siret")
    def siret(self, row: Declaration) -> str:
        return format_siret(row.member.siret).replace(" ", "\u00a0")

    @admin.display(description="année", ordering="campaign__year")
    def year(self, row: Declaration) -> str:
        return str(row.campaign.year)

    @admin.display(description="où en est-on", ordering="state")
    def stage(self, row: Declaration) -> SafeString:
        return stage_tag(row)

    @admin.display(description="salariés", ordering="headcount")
    def people(self, row: Declaration) -> str:
        return str(row.headcount) if row.headcount is not None else f"{row.expected_headcount} à l’ouverture"

    @admin.display(description="cotisation HT", ordering="net")
    def amount(self, row: Declaration) -> str:
        return euros(row.net) if row.net is not None else f"{euros(row.expected_net)} attendus"

    @admin.display(description="HT l’an dernier")
    def compared(self, row: Any) -> str:
        """The amount, and how far this year's is from it."""
        if row.net_before is None:
            return ""
        rate = change(row.net_before, row.net) if row.net is not None else ""
        return f"{euros(row.net_before)} ({rate})" if rate else euros(row.net_before)

    @admin.display(description="validée le", ordering="validated_at")
    def validated_on(self, row: Declaration) -> str:
        return f"{timezone.localdate(row.validated_at):%d/%m/%Y}" if row.validated_at else ""


def _find(key: str) -> Any:
    try:
        pk = UUID(key)
    except ValueError:
        return None
    related = ("campaign", "member__establishment", "member__doctor", "invoice__corrects", "bordereau", "replaces")
    return with_comparisons(Declaration.objects.select_related(*related)).filter(pk=pk).first()
