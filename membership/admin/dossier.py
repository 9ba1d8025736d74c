"""The page of a dossier: everything at a glance, and the buttons for what can be done now.

Nothing here is a field to edit: the answers are the company's, the states move by verbs only.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from billing.settlement import latest_document
from core.acting import Verb, button, verb_paths
from core.admin import ReadOnlyAdmin
from core.communes import name_of
from core.identifiers import mask_iban
from core.journal import timeline
from core.naf import naf_label
from core.text import small_int
from documents import downloads, issuing
from documents.models import Document, Upload
from membership import permissions, pieces, pricing
from membership.admin import thread, words
from membership.admin.acting import act
from membership.admin.verbs import ACCEPT_PIECE, IN_ASIDE, REFUSE_PIECE, VERBS, Situation
from membership.models import Application, Employee, Member, PieceRequest
from membership.models.establishment import Monitoring
from membership.states import Queue, State
from membership.unpaid import Unpaid, past_members, unpaid_of
from membership.wording import merged_name
from notifications.models import Message

EMPLOYEES = 50  # a page of the list
ENTRIES = 200  # of the timeline, newest first
MESSAGES = 50
_READING = ("HEAD", "GET")
_MEMBER = "establishment__member"
_RELATED = ("establishment", f"{_MEMBER}__doctor", f"{_MEMBER}__centre", "assigned_to", "proforma", "invoice")


@admin.register(Application)
class ApplicationAdmin(ReadOnlyAdmin):
    """Its list is the work queue, its form the dossier's page."""

    search_fields = ["reference", "siret", "establishment__name"]
    list_select_related = ["establishment"]  # its name, wherever rows about dossiers are listed

    def get_queryset(self, request: HttpRequest) -> QuerySet[Application]:
        return super().get_queryset(request).select_related(*_RELATED)

    def get_urls(self) -> list[URLPattern]:
        def url(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"membership_application_{name}")

        verbs = verb_paths(self.admin_site.admin_view, act, [*VERBS, *thread.VERBS], "membership_application")
        return [
            *verbs,
            url("<uuid:pk>/piece/<uuid:upload_pk>/accepter/", partial(act, verb=ACCEPT_PIECE), "accept_piece"),
            url("<uuid:pk>/piece/<uuid:upload_pk>/refuser/", partial(act, verb=REFUSE_PIECE), "refuse_piece"),
            url("<uuid:pk>/piece/<uuid:upload_pk>/", self.piece_view, "piece"),
            url("<uuid:pk>/piece/<uuid:upload_pk>/apercu.png", self.preview_view, "preview"),
            url("<uuid:pk>/pieces.pdf", self.merged_view, "merged"),
            url("<uuid:pk>/document/<uuid:document_pk>/", self.document_view, "document"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:index") + "?vue=tous")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in _READING:
            return HttpResponseNotAllowed(_READING)
        dossier = self.get_object(request, object_id)
        if dossier is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        context = {**self.admin_site.each_context(request), **(extra_context or {}), **_page(dossier, request)}
        return TemplateResponse(request, "admin/membership/dossier.html", context)

    def piece_view(self, request: HttpRequest, pk: UUID, upload_pk: UUID) -> HttpResponse:
        """A document received, to look at (or to keep, with `?telecharger`)."""
        upload = self._about(request, Upload, pk, upload_pk)
        return downloads.serve(upload, inline="telecharger" not in request.GET)

    def preview_view(self, request: HttpRequest, pk: UUID, upload_pk: UUID) -> HttpResponse:
        """The first page of a document received, as a picture."""
        return downloads.serve_thumbnail(self._about(request, Upload, pk, upload_pk))

    def merged_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """All documents received as the one PDF of M-07, to look at (or to keep, with `?telecharger`)."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        dossier = get_object_or_404(Application, pk=pk)
        return downloads.serve_merged(dossier, merged_name(dossier), inline="telecharger" not in request.GET)

    def document_view(self, request: HttpRequest, pk: UUID, document_pk: UUID) -> HttpResponse:
        """A document we issued; rendered now if nobody has needed it yet."""
        document = self._about(request, Document, pk, document_pk)
        try:
            return downloads.serve(issuing.ensure_rendered(document), inline="telecharger" not in request.GET)
        except (issuing.RenderingFailed, downloads.NotReady):
            messages.warning(request, downloads.NotReady.sentence)
            return HttpResponseRedirect(reverse("admin:membership_application_change", args=[pk]))

    def _about(self, request: HttpRequest, model: Any, pk: UUID, key: UUID) -> Any:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(model.objects.about(Application(pk=pk)), pk=key)


def _page(dossier: Application, request: HttpRequest) -> dict[str, Any]:
    """All that the page shows."""
    establishment, user = dossier.establishment, request.user
    now = Situation(dossier)
    possible = [verb for verb in VERBS if user.has_perm(verb.permission) and verb.allowed(now)]
    buttons = [_button(verb, dossier) for verb in possible if verb.slug not in IN_ASIDE]
    others = [button for button in buttons if not button["danger"]]
    first = [button for button in buttons if button["slug"] == _next_verb(now)]
    asked = PieceRequest.objects.filter(application=dossier)
    stage, tone = words.stage(dossier.queue, dossier.state)
    due, due_tone = words.due(dossier.due_on)
    member = getattr(establishment, "member", None)
    return {
        "title": f"{establishment} · {dossier.reference or 'Brouillon'}",
        "dossier": dossier,
        "version": dossier.version,
        "establishment": establishment,
        "stage": stage,
        "tone": tone,
        "who_must_act": words.who_must_act(dossier),
        "due": due,
        "due_tone": due_tone,
        "member": member,
        "main_verbs": first,
        "verbs": [button for button in others if button not in first],
        "danger_verbs": [button for button in buttons if button["danger"] and button not in first],
        "aside": [
            {**_button(verb, dossier), "form": verb.form(dossier=dossier)} for verb in possible if verb.slug in IN_ASIDE
        ],
        "pieces": _pieces(now),
        "unpaid": now.unpaid,
        "past": _past(dossier),
        "naf_label": naf_label(establishment.naf) if establishment.naf else "",
        "commune": establishment.commune_name or name_of(establishment.commune_code),
        "contacts": list(establishment.contacts.all()),
        "addresses": establishment.labelled_addresses(),
        **thread.context(request, dossier),
        **_employees(dossier, request.GET.get("salaries", "")),
        "uploads": (received := _uploads(dossier)),
        "merges": sum(upload["it"].opens for upload in received) > 1,
        "may_review": user.has_perm(permissions.PROCESS) and now.running,
        "requests": [(each, ", ".join(pieces.LABELS.get(kind, kind) for kind in each.pieces)) for each in asked],
        "proforma": getattr(dossier, "proforma", None),
        "payments": [
            (payment, mask_iban(payment.payer_iban) if payment.payer_iban else "") for payment in now.payments
        ],
        "paid": pieces.paid(dossier) if now.payments else None,
        "documents": list(Document.objects.about(dossier).defer("snapshot")),
        "invoice_sent": latest_document(dossier.invoice) if dossier.invoice else None,
        "may_see_invoices": user.has_perm("billing.view_invoice"),
        "mails": list(Message.objects.about(dossier).defer("content", "secret")[:MESSAGES]),
        "may_see_mails": user.has_perm("notifications.view_message"),
        "may_see_members": user.has_perm("membership.view_member"),
        "entries": timeline(dossier, staff=True).order_by("-at", "-pk")[:ENTRIES],
    }


def _next_verb(now: Situation) -> str:
    """The verb that the dossier waits for, shown first; none while it is the documents that are to be looked at."""
    queue = now.dossier.queue
    if queue == Queue.READY:
        return "accepter"
    if queue == Queue.REFUND:
        return "rembourser"
    if queue == Queue.CHECK and now.is_in(State.SUBMITTED, State.UNPAID):
        return "suspendre" if now.unpaid else "proforma"
    return ""


def _pieces(now: Situation) -> list[pieces.Piece]:
    """What the dossier must contain; once it is closed nothing is missing any more, and what came is shown."""
    if now.dossier.is_draft:
        return []
    return [piece for piece in now.pieces if now.dossier.is_open or piece.status != "absent"]


def _past(dossier: Application) -> list[Member]:
    """Memberships of the same company, with what each left unpaid."""
    members = past_members(dossier)
    unpaid: dict[UUID, list[Unpaid]] = {}
    for invoice in unpaid_of(members):
        unpaid.setdefault(invoice.member.pk, []).append(invoice)
    for member in members:
        member.unpaid = unpaid.get(member.pk, [])  # type: ignore[attr-defined]
    return members


def _employees(dossier: Application, page: str) -> dict[str, Any]:
    """How many by category, and one page of the list."""
    people = Employee.objects.filter(establishment=dossier.establishment)
    counts = pricing.headcounts(dossier.establishment)
    total = sum(counts.values())
    last = max(-(-total // EMPLOYEES), 1)
    number = min(small_int(page, 4) or 1, last)
    start = (number - 1) * EMPLOYEES
    return {
        "employee_counts": [(category.label, counts.get(category.value, 0)) for category in Monitoring],
        "employee_total": total,
        "mismatch": pricing.mismatch(dossier.establishment, counts),
        "employees": people[start : start + EMPLOYEES] if total else [],
        "employees_open": bool(page),
        "employee_page": number,
        "employee_pages": last,
    }


def _uploads(dossier: Application) -> list[dict[str, Any]]:
    """The documents received, those to check first."""
    found = list(Upload.objects.about(dossier).select_related("reviewed_by"))
    tones = {Upload.Review.PENDING: "wait", Upload.Review.ACCEPTED: "good", Upload.Review.REFUSED: "bad"}
    found.sort(key=lambda upload: (upload.review != Upload.Review.PENDING, upload.position))
    return [
        {
            "it": upload,
            "label": pieces.LABELS.get(upload.kind, upload.kind),
            "tone": tones[Upload.Review(upload.review)],
        }
        for upload in found
    ]


def _button(verb: Verb, dossier: Application) -> dict[str, Any]:
    return button(verb, reverse(f"admin:membership_application_{verb.slug}", args=[dossier.pk]))
