"""The rights on a company, from the member's page: staff give them and take them away (B-06)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from core.journal import Actor
from core.transitions import Refused
from membership import accesses as verbs
from membership.forms.access import InvitationForm
from membership.models import Access, Member
from membership.permissions import PROCESS


class AccessPages:
    """Mixin of the member's admin: who may come, « Donner un accès », « Retirer »."""

    admin_site: Any

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<uuid:pk>/acces/donner/", wrap(self.give_access), name="membership_member_give_access"),
            path(
                "<uuid:pk>/acces/<uuid:access_pk>/retirer/",
                wrap(self.withdraw_access),
                name="membership_member_withdraw_access",
            ),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        extra = kwargs.pop("extra_context", None) or {}
        kwargs["extra_context"] = {**extra, "accesses": _living(object_id), "may_give": request.user.has_perm(PROCESS)}
        return super().change_view(request, object_id, *args, **kwargs)  # type: ignore[misc]

    def give_access(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Let somebody into the company's space; he gets a mail."""
        member = _member(request, pk)
        form = InvitationForm(request.POST or None)
        problem, status = "", 422 if form.is_bound else 200
        if request.method == "POST" and form.is_valid():
            try:
                verbs.give(member, form.given, **form.invitation, by=Actor.staff(request.user))
            except Refused as refusal:
                problem, status = str(refusal), 409
            else:
                messages.success(request, f"L’invitation part à l’adresse {form.cleaned_data['email']}.")
                return _back(member)
        return self._page(request, member, "Donner un accès", {"form": form, "problem": problem}, status)

    def withdraw_access(self, request: HttpRequest, pk: UUID, access_pk: UUID) -> HttpResponse:
        """Take somebody's access away, the last manager's too: he may have left the company."""
        member = _member(request, pk)
        access = get_object_or_404(member.accesses.select_related("user"), pk=access_pk)
        if request.method == "POST":
            try:
                verbs.withdraw(access, by=Actor.staff(request.user), keep_manager=False)
            except Refused as refusal:
                messages.warning(request, str(refusal))
            else:
                messages.success(request, f"L’accès de {access.person} est retiré ; un courriel l’en avertit.")
            return _back(member)
        return self._page(request, member, f"Retirer l’accès de {access.person}", {"access": access}, 200)

    def _page(
        self, request: HttpRequest, member: Member, heading: str, context: dict[str, Any], status: int
    ) -> HttpResponse:
        title = f"{'Erreur : ' if status != 200 else ''}{heading}"
        page = {**self.admin_site.each_context(request), "title": title, "heading": heading, "member": member}
        return TemplateResponse(request, "admin/membership/member_access.html", {**page, **context}, status=status)


def _living(member_pk: str) -> list[tuple[Access, str]]:
    """Who may come today, with what he may do."""
    try:
        found = Access.objects.alive().filter(member=UUID(member_pk)).select_related("user")
    except ValueError:
        return []
    return [(access, verbs.in_words(access)) for access in found]


def _member(request: HttpRequest, pk: UUID) -> Member:
    if not request.user.has_perm(PROCESS):
        raise PermissionDenied
    return get_object_or_404(Member.objects.select_related("establishment"), pk=pk)


def _back(member: Member) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:membership_member_change", args=[member.pk]))
