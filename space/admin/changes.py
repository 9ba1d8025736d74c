"""Change requests of companies: what was, what is, what is wanted; one button applies it (A-06)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from core.admin import ReadOnlyAdmin, person_column
from core.exporting import ExportMixin, column
from core.forms import GuichetForm
from core.journal import Actor
from core.sheets import Column
from core.transitions import AlreadyDone, Refused
from membership.permissions import DECIDE, PROCESS
from space import changes as verbs
from space.models import ChangeRequest

# Where staff do what a message asks.
CORRECTIONS = [
    ("admin:membership_member_contacts", "Modifier les contacts"),
    ("admin:membership_member_adresses", "Modifier les adresses"),
    ("admin:membership_member_entreprise", "Modifier l’entreprise"),
]


class RefusalForm(GuichetForm):
    reason = forms.CharField(
        label="Pourquoi ? La personne lira ce motif.",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Écrivez pourquoi : la personne lira ce motif."},
    )


class ApplyForm(GuichetForm):
    """A message changes nothing by itself: who applies it says that he has done what it asks."""

    corrected = forms.BooleanField(
        error_messages={
            "required": "Cochez cette case une fois la fiche corrigée : la personne lira que c’est fait. Si le message "
            "ne peut pas être suivi, refusez la demande en disant pourquoi."
        }
    )

    def __init__(self, change: ChangeRequest, data: Any = None):
        super().__init__(data)
        if not change.message:
            del self.fields["corrected"]
        elif change.new:
            self.fields["corrected"].label = "J’ai lu le message, et corrigé la fiche s’il le demandait"
        else:
            self.fields["corrected"].label = "J’ai corrigé la fiche comme le message le demande"


@admin.register(ChangeRequest)
class ChangeRequestAdmin(ExportMixin, ReadOnlyAdmin):
    """Those that wait come first in the filter; the page of one has its two verbs."""

    list_display = [
        "company",
        "number",
        "what",
        "state",
        "asked_at",
        "asked_by_name",
        person_column("decided_by", "traité par"),
    ]
    list_filter = ["state"]
    list_select_related = ["member__establishment", "decided_by"]
    search_fields = ["member__number", "member__siret", "member__establishment__name", "asked_by_name"]
    export_name = "demandes-de-modification"
    export_columns = [
        column("Numéro d’adhérent", "member.number", 16),
        column("Entreprise", "member.establishment.name", 36),
        column("SIRET", "member.siret", 18),
        (Column("À changer", 40), lambda change: _what(change)),
        column("Message", "message", 50),
        column("État", "get_state_display", 24),
        column("Demandé le", "asked_at", 12),
        column("Demandé par", "asked_by_name", 24),
        column("Traité le", "decided_at", 12),
        column("Traité par", "decided_by.get_full_name", 24),
        column("Motif du refus", "reason", 40),
    ]

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<uuid:pk>/appliquer/", wrap(self.apply_view), name="space_changerequest_apply"),
            path("<uuid:pk>/refuser/", wrap(self.refuse_view), name="space_changerequest_refuse"),
            *super().get_urls(),
        ]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """One request, with the difference it makes."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            return self._page(request, UUID(object_id))
        except ValueError:
            raise Http404 from None

    def apply_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self._decide(request, pk, "apply")

    def refuse_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self._decide(request, pk, "refuse")

    @admin.display(description="entreprise", ordering="member__establishment__name")
    def company(self, change: ChangeRequest) -> str:
        return str(change.member.establishment)

    @admin.display(description="adhérent", ordering="member__number")
    def number(self, change: ChangeRequest) -> str:
        return change.member.number

    @admin.display(description="à changer")
    def what(self, change: ChangeRequest) -> str:
        return _what(change)

    def _decide(self, request: HttpRequest, pk: UUID, what: str) -> HttpResponse:
        """A button of the page: do the verb, or say why it cannot be done, with what was typed."""
        if not request.user.has_perm(DECIDE):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        change = get_object_or_404(ChangeRequest, pk=pk)
        by = Actor.staff(request.user)
        form = ApplyForm(change, request.POST) if what == "apply" else RefusalForm(request.POST)
        try:
            if not form.is_valid():
                return self._page(request, pk, form=form, status=422)
            if what == "apply":
                corrected = form.cleaned_data.get("corrected", False)
                verbs.apply_change(change, by=by, seen=request.POST.get("seen", ""), corrected=corrected)
                done = "La modification est appliquée ; la personne en est prévenue par courriel."
            else:
                verbs.refuse_change(change, by=by, reason=form.cleaned_data["reason"])
                done = "La modification est refusée ; la personne lit le motif dans son courriel."
        except AlreadyDone as late:
            messages.warning(request, str(late))
            return HttpResponseRedirect(reverse("admin:space_changerequest_change", args=[pk]))
        except Refused as refusal:
            return self._page(request, pk, form=form, problem=str(refusal), status=409)
        messages.success(request, done)
        return HttpResponseRedirect(reverse("admin:space_changerequest_changelist"))

    def _page(
        self, request: HttpRequest, pk: UUID, *, form: GuichetForm | None = None, problem: str = "", status: int = 200
    ) -> HttpResponse:
        """`form` is the one of the button that was pressed, with what was typed."""
        found: QuerySet[ChangeRequest] = ChangeRequest.objects.select_related("member__establishment", "decided_by")
        change = get_object_or_404(found, pk=pk)
        site = change.member.establishment
        heading = f"Modification demandée par {site}"
        context = {
            **self.admin_site.each_context(request),
            "title": f"{'Erreur : ' if status != 200 else ''}{heading}",
            "heading": heading,
            "change": change,
            "lines": verbs.lines(change, site),
            "seen": verbs.fingerprint(change, site),
            "form": form,
            "applying": form if isinstance(form, ApplyForm) else ApplyForm(change),
            "refusing": form if isinstance(form, RefusalForm) else RefusalForm(),
            "problem": problem,
            "may_decide": change.state == ChangeRequest.State.WAITING and request.user.has_perm(DECIDE),
            "may_correct": request.user.has_perm(PROCESS),
            "corrections": CORRECTIONS,
            "may_see_members": request.user.has_perm("membership.view_member"),
        }
        return TemplateResponse(request, "admin/space/change_request.html", context, status=status)


def _what(change: ChangeRequest) -> str:
    labels = [label for name, label in verbs.FIELDS.items() if name in change.new and name not in verbs.HIDDEN]
    return ", ".join([*labels, *(["message"] * bool(change.message))])
