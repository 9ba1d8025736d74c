"""Bank statements: a file is dropped, its amounts are matched one by one or all the sure ones at once."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from billing import elsewhere, own_debits, statements
from billing.admin.forms import StatementForm
from billing.admin.lines import line_url
from billing.bank import MAX_BYTES, PerhapsCut, StatementError
from billing.models import BankStatement, StatementLine
from billing.permissions import HANDLE_MONEY
from core.admin import ReadOnlyAdmin
from core.exporting import ExportMixin
from core.journal import Actor
from core.sheets import Column
from core.text import counted
from documents.files import sha256
from documents.handlers import LostUpload

ROWS = 50
_READING = ("HEAD", "GET")
_State, _Certainty = StatementLine.State, StatementLine.Certainty
TABS = {
    "": (_State.OPEN, "À rapprocher"),
    "rapprochees": (_State.MATCHED, "Rapprochées"),
    "ecartees": (_State.ASIDE, "Mises de côté"),
}
_COUNTS = {
    "total": Count("lines"),
    "open": Count("lines", filter=Q(lines__state=_State.OPEN)),
    "sure": Count("lines", filter=Q(lines__state=_State.OPEN, lines__certainty=_Certainty.CERTAIN)),
    "matched": Count("lines", filter=Q(lines__state=_State.MATCHED)),
    "aside": Count("lines", filter=Q(lines__state=_State.ASIDE)),
}


@admin.register(BankStatement)
class BankStatementAdmin(ExportMixin, ReadOnlyAdmin):
    list_display = ["filename", "first_day", "last_day", "imported_at", "clerk", "amounts", "still_open"]
    list_filter = ["imported_at"]
    search_fields = ["filename"]
    export_name = "releves"
    export_columns = [
        (Column("Fichier", 36), lambda one: one.filename),
        (Column("Du", 12, is_date=True), lambda one: one.first_day),
        (Column("Au", 12, is_date=True), lambda one: one.last_day),
        (Column("Déposé le", 12, is_date=True), lambda one: one.imported_at),
        (Column("Montants reçus", 14), lambda one: one.total),
        (Column("À rapprocher", 14), lambda one: one.open),
    ]
    change_list_template = "admin/billing/statement_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[BankStatement]:
        return super().get_queryset(request).select_related("imported_by").annotate(**_COUNTS)

    def get_urls(self) -> list[URLPattern]:
        def url(route: str, view: Any, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"billing_bankstatement_{name}")

        return [
            url("deposer/", self.drop_view, "drop"),
            url("<uuid:pk>/confirmer/", partial(self.post_view, do=_confirm_sure), "confirm"),
            url("<uuid:pk>/chercher/", partial(self.post_view, do=_propose), "propose"),
            *super().get_urls(),
        ]

    @admin.display(description="déposé par")
    def clerk(self, statement: BankStatement) -> str:
        return statement.imported_by.get_full_name() if statement.imported_by else ""

    @admin.display(description="montants reçus")
    def amounts(self, statement: Any) -> int:
        return statement.total

    @admin.display(description="à rapprocher")
    def still_open(self, statement: Any) -> str:
        return str(statement.open) if statement.open else "aucun"

    def drop_view(self, request: HttpRequest) -> HttpResponse:
        """« Déposer un relevé »."""
        if not request.user.has_perm(HANDLE_MONEY):
            raise PermissionDenied
        form, status = StatementForm(), 200
        if request.method == "POST":
            form, status = StatementForm(request.POST, request.FILES), 422
            if form.is_valid() and (taken := _take_in(form, request)):
                _say(request, taken)
                return HttpResponseRedirect(reverse("admin:billing_bankstatement_change", args=[taken.statement.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": f"{'Erreur : ' if status != 200 else ''}Déposer un relevé",
            "form": form,
        }
        return TemplateResponse(request, "admin/billing/statement_drop.html", context, status=status)

    def post_view(self, request: HttpRequest, pk: UUID, do: Any) -> HttpResponse:
        """A button of the statement's page that asks nothing."""
        if not request.user.has_perm(HANDLE_MONEY):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        statement = get_object_or_404(BankStatement, pk=pk)
        do(request, statement)
        return HttpResponseRedirect(reverse("admin:billing_bankstatement_change", args=[pk]))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in _READING:
            return HttpResponseNotAllowed(_READING)
        statement = self.get_object(request, object_id)
        if statement is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        context = {**self.admin_site.each_context(request), **(extra_context or {}), **_page(statement, request)}
        return TemplateResponse(request, "admin/billing/statement.html", context)


def _page(statement: Any, request: HttpRequest) -> dict[str, Any]:
    asked = request.GET.get("vue", "")
    slug = asked if asked in TABS else ""
    counts = {_State.OPEN: statement.open, _State.MATCHED: statement.matched, _State.ASIDE: statement.aside}
    lines = statement.lines.filter(state=TABS[slug][0]).select_related("handled_by", "debit_file")
    lines = lines.defer("debit_file__content")
    lines = lines.prefetch_related("proposals__invoice", "receipts__invoice")
    page = Paginator(lines, ROWS).get_page(request.GET.get("page"))
    may = request.user.has_perm(HANDLE_MONEY)
    papers = elsewhere.papers(list(page)) if TABS[slug][0] == _State.OPEN else [None] * len(page)
    return {
        "title": str(statement),
        "statement": statement,
        "tabs": [
            {"label": label, "count": counts[state], "url": f"?vue={one}", "current": one == slug}
            for one, (state, label) in TABS.items()
        ],
        "state": TABS[slug][0].value,
        "heading": TABS[slug][1],
        "page": page,
        "query": f"&vue={slug}" if slug else "",
        "rows": [
            {
                "it": line,
                "urls": _urls(line) if may else {},
                "shown": statements.as_shown(line),
                "paper": paper.shown(line, request.user) if paper else None,
            }
            for line, paper in zip(page, papers, strict=True)
        ],
        "may": may,
        "debit_files": own_debits.files_of(statement),
        "to_record": len(own_debits.to_record(statement)),
    }


def _urls(line: StatementLine) -> dict[str, str]:
    """Where the buttons of a line lead."""
    if line.state == _State.ASIDE:
        return {"take_back": line_url(line, "reprendre")}
    if line.state != _State.OPEN:
        return {}
    urls = {"attach": line_url(line, "rattacher"), "aside": line_url(line, "ecarter")}
    return {"confirm": line_url(line, "confirmer"), **urls} if line.certainty else urls


def _take_in(form: StatementForm, request: HttpRequest) -> statements.Taken | None:
    """What came of the file, or nothing and the reason beside its field."""
    file = form.cleaned_data["file"]
    if isinstance(file, LostUpload) or file.size > MAX_BYTES:
        form.add_error("file", f"Ce fichier n’a pas pu être reçu en entier : {MAX_BYTES // 1024**2} Mo au plus.")
        return None
    data = file.read()
    fingerprint = sha256(data)
    whole = form.cleaned_data["whole"] and form.cleaned_data["asked"] == fingerprint
    try:
        return statements.take_in(data, file.name, by=Actor.staff(request.user), whole=whole)
    except PerhapsCut as error:
        form.ask(str(error), fingerprint)
        return None
    except StatementError as error:
        form.add_error("file", str(error))
        return None


def _say(request: HttpRequest, taken: statements.Taken) -> None:
    if taken.again:
        messages.warning(request, "Ce fichier est déjà là : rien n’a été ajouté.")
        return
    text = f"{counted(taken.added, 'montant reçu ajouté', 'montants reçus ajoutés')}."
    if taken.statement.known:
        known = counted(taken.statement.known, "ligne était déjà connue", "lignes étaient déjà connues")
        text += f" {known} d’un relevé précédent."
    messages.success(request, text)


def _confirm_sure(request: HttpRequest, statement: BankStatement) -> None:
    done, refused = statements.confirm_certain(statement, by=Actor.staff(request.user))
    if done:
        messages.success(request, f"{counted(done, 'règlement enregistré', 'règlements enregistrés')}.")
    elif not refused:
        messages.warning(request, "Il n’y a plus de proposition sûre à confirmer.")
    for sentence in refused[:10]:
        messages.error(request, sentence)


def _propose(request: HttpRequest, statement: BankStatement) -> None:
    count = statements.propose(statement)
    messages.success(request, f"{counted(count, 'ligne a une proposition', 'lignes ont une proposition')}.")
