"""Members, present and past, with their invoices."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin import ReadOnlyAdmin, amount_column
from core.caching import LongList
from core.forms import FrenchDateField, GuichetModelForm, SiretField
from core.identifiers import format_siret
from core.journal import Actor
from core.text import counted, fold
from membership import former, unpaid
from membership.admin.accesses import AccessPages
from membership.admin.reference import AMOUNTS
from membership.models import Member, UnpaidInvoice
from membership.permissions import PROCESS


class FormerMemberForm(GuichetModelForm):
    """A member from before the portal: « ancien adhérent »."""

    siret = SiretField(label="SIRET")
    name = forms.CharField(label="Raison sociale", max_length=150)
    joined_on = FrenchDateField(label="Adhérent depuis le")
    left_on = FrenchDateField(label="Parti le", required=False, help_text="Laissez vide s’il est encore adhérent.")

    class Meta:
        model = Member
        fields = ["number", "joined_on", "left_on"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        joined, left = data.get("joined_on"), data.get("left_on")
        if joined and left and left < joined:
            self.add_error("left_on", "Cette date doit suivre celle de l’adhésion.")
        siret = data.get("siret")
        if siret and not left and Member.objects.filter(siret=siret, left_on=None).exists():
            self.add_error(
                "siret", "Cet établissement est déjà adhérent : ouvrez sa fiche, ou indiquez une date de départ."
            )
        return data


class FoldedSearch:
    """Searches `Establishment.folded`: name and trade name by their words, whatever the case and the accents."""

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> Any:
        return super().get_search_results(request, queryset, fold(search_term) or search_term)  # type: ignore[misc]


class InvoiceInline(admin.StackedInline):
    model = UnpaidInvoice
    extra = 0
    formfield_overrides = AMOUNTS
    fields = [("number", "amount"), ("due_on", "paid_on")]


@admin.register(Member)
class MemberAdmin(FoldedSearch, AccessPages, admin.ModelAdmin):
    list_display = ["number", "company", "siret_shown", "joined_on", "left_on", "centre", "doctor", "unpaid"]
    list_filter = [("left_on", admin.EmptyFieldListFilter), "centre", "doctor"]
    list_select_related = ["establishment", "centre", "doctor"]
    list_per_page = 50
    paginator = LongList
    show_full_result_count = False
    search_fields = ["number", "siret", "establishment__folded"]
    inlines = [InvoiceInline]
    _shown = ["number", "company", "siret_shown", "joined_on", "left_on", "centre", "doctor"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        return super().get_queryset(request).annotate(still_unpaid=unpaid.how_many())

    def get_form(self, request: HttpRequest, obj: Member | None = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = FormerMemberForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Member | None = None) -> list[str]:
        return self._shown if obj else ["siret", "name", "number", "joined_on", "left_on"]

    def get_readonly_fields(self, request: HttpRequest, obj: Member | None = None) -> list[str]:
        """The number never changes; the medical team and the departure are the managers' business."""
        if obj is None:
            return []
        editable = ["left_on", "centre", "doctor"] if request.user.has_perm(PROCESS) else []
        return [name for name in self._shown if name not in editable]

    def has_delete_permission(self, request: HttpRequest, obj: Member | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Member, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
        else:
            former.register(obj, siret=form.cleaned_data["siret"], name=form.cleaned_data["name"])

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if any(formset.has_changed() for formset in formsets):
            former.resume(form.instance.siret[:9], by=Actor.staff(request.user))

    @admin.display(description="entreprise", ordering="establishment__name")
    def company(self, member: Member) -> str:
        return str(member.establishment)

    @admin.display(description="SIRET", ordering="siret")
    def siret_shown(self, member: Member) -> str:
        return format_siret(member.siret)

    @admin.display(description="impayés", ordering="still_unpaid")
    def unpaid(self, member: Any) -> str:
        return str(member.still_unpaid) if member.still_unpaid else "aucun"


@admin.register(UnpaidInvoice)
class UnpaidInvoiceAdmin(FoldedSearch, ReadOnlyAdmin):
    """Invoices across members, to note as paid. They are entered on the member's page."""

    list_display = ["number", "member", amount_column("amount", "montant"), "due_on", "paid_on"]
    list_filter = [("paid_on", admin.EmptyFieldListFilter)]
    list_select_related = ["member__establishment"]
    search_fields = ["number", "member__number", "member__siret", "member__establishment__folded"]
    autocomplete_fields = ["member"]
    actions = ["mark_paid"]

    def has_pay_permission(self, request: HttpRequest) -> bool:
        """Who may change an invoice may note it as paid; one invoice alone is corrected on its member's page."""
        return request.user.has_perm("membership.change_unpaidinvoice")

    @admin.action(description="Noter comme réglées aujourd’hui", permissions=["pay"])
    def mark_paid(self, request: HttpRequest, queryset: QuerySet[UnpaidInvoice]) -> None:
        count = former.mark_paid(queryset, by=Actor.staff(request.user))
        noted = counted(count, "facture notée comme réglée", "factures notées comme réglées")
        self.message_user(
            request,
            f"{noted}. Les dossiers qui attendaient ce règlement sont à vérifier."
            if count
            else "Ces factures étaient déjà réglées.",
            messages.SUCCESS if count else messages.WARNING,
        )
