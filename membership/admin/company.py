"""A member's company, addresses and contacts, from the member's page: what a change request or a call asks (A-06)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_safe

from core.access import STAFF
from core.acting import Act, Verb, act, refuse_stranger, verb_paths
from core.forms import differences
from core.journal import Actor
from core.transitions import lock
from membership import company
from membership.forms import AddressesForm
from membership.forms.company import CompanyRecordForm
from membership.models import Contact, Member
from membership.people import ContactRows
from membership.permissions import PROCESS

PREFIX = "membership_member"
FRAME = "admin/membership/company/base.html"


@dataclass(frozen=True)
class Doing:
    """One click on « Enregistrer »."""

    member: Member
    form: Any
    by: Actor
    seen: str


COMPANY = Verb(
    "entreprise",
    "Modifier l’entreprise",
    PROCESS,
    lambda member: True,
    lambda do: company.correct(do.member, do.form.values, by=do.by, seen=do.seen),
    "La fiche de l’entreprise est corrigée.",
    form=lambda member, data=None: CompanyRecordForm(data, site=member.establishment),
    show=lambda member: company.identity(member.establishment),
)
ADDRESSES = Verb(
    "adresses",
    "Modifier les adresses",
    PROCESS,
    lambda member: True,
    lambda do: company.change_addresses(do.member, do.form.save, by=do.by, seen=do.seen),
    "Les adresses sont enregistrées.",
    "Les factures à venir portent l’adresse de facturation ; celles qui sont émises gardent la leur.",
    form=lambda member, data=None: AddressesForm(data, dossier=member),
    show=lambda member: company.addresses(member.establishment),
)
TEMPLATES = {
    COMPANY.slug: "admin/membership/company/form.html",
    ADDRESSES.slug: "admin/membership/company/addresses.html",
}


class MemberContacts(ContactRows):
    """The contacts of a member, for staff: the same list as in the dossier, each change in the journal."""

    namespace, audience = "admin", STAFF
    base_template = FRAME

    def owner(self, request: HttpRequest, pk: UUID) -> Any:
        member = _member(request, pk)
        member.changed_by = Actor.staff(request.user)  # type: ignore[attr-defined]
        return member

    def lock(self, owner: Any) -> None:
        lock(owner.establishment)

    def changed(self, owner: Any) -> None:
        """The journal was written by what changed."""

    def save(self, owner: Any, form: Any, request: HttpRequest) -> None:
        before = Contact.objects.filter(pk=form.instance.pk).first()
        words = company.contact_words(before) if before else ""
        company.note_contact(owner, words, company.contact_words(form.save()), by=owner.changed_by)

    def delete(self, owner: Any, rows: models.QuerySet, request: HttpRequest) -> int:
        for contact in rows if rows.model is Contact else ():
            company.note_contact(owner, company.contact_words(contact), "", by=owner.changed_by)
        return super().delete(owner, rows, request)

    def url(self, name: str, owner: Any, *args: Any) -> str:
        return reverse(f"admin:{PREFIX}_{self.kind}-{name}", args=[*self.place(owner), *args])

    def page_url(self, owner: Any) -> str:
        return reverse(f"admin:{PREFIX}_contacts", args=self.place(owner))

    def page_context(self, owner: Any, request: HttpRequest) -> dict[str, Any]:
        return {"member": owner, "member_url": _page_of(owner)}


CONTACTS = MemberContacts()


class CompanyPages:
    """Mixin of the member's admin: what is known of the company, and the pages that change it."""

    admin_site: Any

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        lists = [
            path(f"<uuid:pk>/contacts/{one.pattern}", wrap(one.callback), name=f"{PREFIX}_{one.name}")
            for one in CONTACTS.urls()[0]
        ]
        return [
            *verb_paths(wrap, change, (COMPANY, ADDRESSES), PREFIX),
            path("<uuid:pk>/contacts/", wrap(require_safe(contacts)), name=f"{PREFIX}_contacts"),
            *lists,
            *super().get_urls(),  # type: ignore[misc]
        ]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        extra = kwargs.pop("extra_context", None) or {}
        kwargs["extra_context"] = {**_known(object_id), "may_correct": request.user.has_perm(PROCESS), **extra}
        return super().change_view(request, object_id, *args, **kwargs)  # type: ignore[misc]


def contacts(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The list of contacts."""
    member = CONTACTS.owner(request, pk)
    return CONTACTS.show(request, member, "admin/membership/company/contacts.html", CONTACTS.context(member, request))


def change(request: HttpRequest, pk: UUID, verb: Verb) -> HttpResponse:
    """Show the form of the company or of its addresses, or store it."""
    if refusal := refuse_stranger(request, verb):
        return refusal
    member = _member(request, pk)
    seen = company.mark(verb.show(member))  # before the form reads: what changes in between is told, not written over

    def page(form: Any, problem: str, status: int) -> HttpResponse:
        context = {"title": verb.label, "verb": verb, "form": form, "member": member, "member_url": _page_of(member)}
        if problem == company.MEANWHILE:
            fresh = _member(request, pk)
            context["seen"] = company.mark(verb.show(fresh))
            context["conflict"] = differences(verb.form(fresh), form)
        else:
            # Somebody else's change is before the person's eyes only once the page has told of it.
            context["seen"] = form.data.get("seen", "") if form.is_bound else seen
            context["problem"] = problem
        return render(request, TEMPLATES[verb.slug], context, status=status)

    asked = Act(
        verb=verb,
        situation=member,
        new_form=lambda *data: verb.form(member, *data),
        doing=lambda form, by, _: Doing(member, form, by, request.POST.get("seen", "")),
        check=lambda _: None,
        page=page,
        back=_page_of(member),
        versioned=False,
    )
    return act(request, asked)


def _known(object_id: str) -> dict[str, Any]:
    """What the member's page shows of the company."""
    try:
        member = Member.objects.select_related("establishment").filter(pk=UUID(object_id)).first()
    except ValueError:
        member = None
    if member is None:
        return {}
    site = member.establishment
    return {
        "identity": list(company.identity(site).items()),
        "people": [company.contact_words(contact) for contact in site.contacts.all()],
        "addresses": list(company.addresses(site).items()),
    }


def _member(request: HttpRequest, pk: UUID) -> Member:
    if not request.user.has_perm(PROCESS):
        raise PermissionDenied
    return get_object_or_404(Member.objects.select_related("establishment"), pk=pk)


def _page_of(member: Member) -> str:
    return reverse(f"admin:{PREFIX}_change", args=[member.pk])
