"""Requests in the back office: the queue, the page of one with its thread, and what staff do about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from core.acting import posted_version
from core.admin import ReadOnlyAdmin
from core.dates import french_date, today
from core.exporting import ExportMixin, column
from core.journal import Actor
from core.sheets import XLSX, write_csv, write_xlsx
from core.templatetags.guichet import tag
from core.text import counted, fold
from core.transitions import Refused
from membership.admin import words
from membership.admin.forms import staff
from membership.permissions import ANSWER
from membership.states import Queue
from space import requests
from space.admin import request_page
from space.admin.request_list import (
    COLUMNS,
    ME,
    NOBODY,
    AssignActionForm,
    SentStates,
    Themes,
    ViewFilter,
    export_rows,
    tabs,
)
from space.models import CannedReply, MemberRequest, RequestTheme
from space.request_states import TONES, State


@admin.register(RequestTheme)
class RequestThemeAdmin(ExportMixin, admin.ModelAdmin):
    list_display = ["label", "slug", "position", "active"]
    export_name = "themes-de-demande"
    export_columns = [
        column("Thème", "label", 30),
        column("Clé", "slug", 24),
        column("Rang", "position", 8),
        column("Proposé", "active", 10),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: RequestTheme | None = None) -> list[str]:
        """Links name the theme by its key, so it never changes."""
        return ["slug"] if obj else []


@admin.register(CannedReply)
class CannedReplyAdmin(ExportMixin, admin.ModelAdmin):
    list_display = ["title", "theme", "position"]
    list_filter = ["theme"]
    list_select_related = ["theme"]
    search_fields = ["title", "text"]
    export_name = "reponses-types"
    export_columns = [
        column("Titre", "title", 40),
        column("Thème", "theme.label", 24),
        column("Rang", "position", 8),
        column("Texte", "text", 80),
    ]


@admin.register(MemberRequest)
class MemberRequestAdmin(ReadOnlyAdmin):
    """Its list is the queue, its form the page of a request. Nothing here is a field: requests move by verbs."""

    list_display = ["numbered", "subject", "company", "theme", "stage", "since", "due", "keeper"]
    list_display_links = ["numbered", "subject"]
    list_filter = [ViewFilter, ("state", SentStates), ("theme", Themes)]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["folded"]
    ordering = ["due_on", "-last_at"]
    actions = ["assign_selected"]
    action_form = AssignActionForm
    change_list_template = "admin/space/request_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[MemberRequest]:
        return super().get_queryset(request).exclude(state=State.DRAFT).select_related(*request_page.RELATED)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Words of the request, or the company's name or numbers; neither accents nor spaces matter."""
        term = search_term.strip()[:100]
        if not term:
            return queryset, False
        words_found = Q()
        for word in fold(term).split():
            words_found &= Q(folded__contains=word)
        company = Q(member__establishment__name__icontains=term) | Q(member__number__iexact=term)
        digits = "".join(term.split())
        if digits.isascii() and digits.isdigit():
            company |= Q(member__siret__startswith=digits)
        return queryset.filter((words_found if fold(term) else Q(pk=None)) | company), False

    def get_urls(self) -> list[URLPattern]:
        def url(route: str, view: Callable[..., HttpResponseBase], name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"space_memberrequest_{name}")

        return [
            url("export.<str:kind>", require_safe(self.export), "export"),
            url("<uuid:pk>/repondre/<uuid:message_pk>/", require_POST(request_page.act), "answer"),
            url("<uuid:pk>/confier/", require_POST(request_page.assign), "assign"),
            url("<uuid:pk>/note/", require_POST(request_page.note), "note"),
            url("<uuid:pk>/fichier/<uuid:upload_pk>/", require_safe(request_page.file), "file"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        changelist = getattr(response, "context_data", {}).get("cl")
        if changelist is not None:
            chosen = next(spec.chosen() for spec in changelist.filter_specs if isinstance(spec, ViewFilter))
            response.context_data |= {  # type: ignore[attr-defined]
                "tabs": tabs(request.user, chosen),  # type: ignore[arg-type]
                "export_query": changelist.get_query_string({"vue": chosen}),
            }
        return response

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = self.get_object(request, object_id)
        if found is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return require_safe(request_page.show)(request, found)

    def export(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """The list as it is filtered, whole."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if kind not in ("xlsx", "csv"):
            raise Http404
        rows = export_rows(self.get_changelist_instance(request).get_queryset(request))
        name = f"demandes-{today():%Y-%m-%d}.{kind}"
        if kind == "xlsx":
            written = write_xlsx(COLUMNS, rows, "Demandes")
            return FileResponse(written, as_attachment=True, filename=name, content_type=XLSX)
        response = StreamingHttpResponse(write_csv(COLUMNS, rows), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def has_answer_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(ANSWER)

    @admin.action(description="Confier les demandes cochées", permissions=["answer"])
    def assign_selected(self, request: HttpRequest, queryset: QuerySet[MemberRequest]) -> None:
        """Each row carries the version that was seen: what a colleague took meanwhile stays his."""
        wanted = request.POST.get("to", "")
        to = None
        if wanted != NOBODY:
            to = staff().filter(pk=request.user.pk if wanted == ME else request_page.uuid_or_none(wanted)).first()
            if to is None:
                self.message_user(request, "Cette personne ne fait plus partie de l’équipe.", messages.ERROR)
                return
        done = 0
        for row in queryset:
            try:
                seen = posted_version(request, f"v-{row.pk}")
                requests.assign(row, to=to, by=Actor.staff(request.user), seen=seen)
                done += 1
            except Refused as refusal:
                self.message_user(request, f"{row.reference} : {refusal}", messages.WARNING)
        if done:
            whom = f"à {Actor.staff(to).name}" if to else "à la file commune"
            self.message_user(request, f"{counted(done, 'demande confiée', 'demandes confiées')} {whom}.")

    # --- Columns --------------------------------------------------------------------------------------------------

    @admin.display(description="référence", ordering="reference")
    def numbered(self, row: MemberRequest) -> str:
        return row.reference or ""

    @admin.display(description="entreprise", ordering="member__establishment__name")
    def company(self, row: MemberRequest) -> SafeString:
        # The version goes with the row, for the action; a form cannot carry it elsewhere.
        return format_html(
            '{} <span class="bo-siret">{}</span><input type="hidden" name="v-{}" value="{}">',
            *(row.member.establishment, row.member.number, row.pk, row.version),
        )

    @admin.display(description="état", ordering="state")
    def stage(self, row: MemberRequest) -> SafeString:
        return tag(row.get_state_display(), TONES[State(row.state)] if row.state != State.WAITING else "")

    @admin.display(description="ancienneté", ordering="waiting_since")
    def since(self, row: MemberRequest) -> SafeString:
        queue = Queue.CHECK if row.state == State.OPEN else Queue.COMPANY
        return _coloured(*words.age(row.waiting_since, queue))

    @admin.display(description="échéance", ordering="due_on")
    def due(self, row: MemberRequest) -> SafeString:
        left, tone = words.due(row.due_on)
        return _coloured(left, tone, french_date(row.due_on) if row.due_on else "")

    @admin.display(description="suivi par", ordering="assigned_to")
    def keeper(self, row: MemberRequest) -> str:
        return Actor.staff(row.assigned_to).name if row.assigned_to else "Personne"


def _coloured(text: str, tone: str, day: str = "") -> SafeString:
    return format_html('<span class="bo-age {}">{}</span><span class="bo-day">{}</span>', tone, text, day)
