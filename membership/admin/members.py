"""Members, present and past, with their invoices."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from core.admin import ReadOnlyAdmin, amount_column, presence_filter
from core.caching import LongList
from core.exporting import ExportMixin, column
from core.forms import FrenchDateField, GuichetModelForm, SiretField
from core.identifiers import format_phone, format_siret
from core.journal import Actor
from core.text import counted, fold
from membership import company, former, unpaid
from membership.admin.accesses import AccessPages
from membership.admin.company import CompanyPages
from membership.admin.forms import staff
from membership.admin.reference import AMOUNTS
from membership.models import Member, UnpaidInvoice
from membership.numbers import is_to_come
from membership.permissions import PROCESS

TOO_EARLY = "Cette date doit suivre celle de l’adhésion."


class MemberForm(forms.ModelForm):
    """A member's own page. Its SIRET and its first day are not changed there, so Django does not check them with the
    last one: without this the database would refuse, and the page break."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        left, member = data.get("left_on"), self.instance
        if "left_on" not in data:
            return data
        if left and left < member.joined_on:
            self.add_error("left_on", TOO_EARLY)
        others = Member.objects.present().filter(siret=member.siret).exclude(pk=member.pk)
        if "left_on" in self.changed_data and Member(left_on=left).is_present and (other := others.first()):
            self.add_error("left_on", f"Cet établissement est de nouveau adhérent ({other.number}) : gardez la date.")
        return data


class FormerMemberForm(GuichetModelForm):
    """A member from before the portal: « ancien adhérent »."""

    siret = SiretField(label="SIRET")
    name = forms.CharField(label="Raison sociale", max_length=150)
    joined_on = FrenchDateField(label="Adhérent depuis le")
    left_on = FrenchDateField(
        label="Fin d’adhésion", required=False, help_text="Laissez vide s’il est encore adhérent."
    )

    class Meta:
        model = Member
        fields = ["number", "joined_on", "left_on"]

    def clean_number(self) -> str:
        number = self.cleaned_data["number"]
        if is_to_come(number):
            raise forms.ValidationError(
                "Ce numéro n’est pas encore donné : le portail le donnera à un prochain adhérent. Vérifiez-le."
            )
        return number

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        joined, left = data.get("joined_on"), data.get("left_on")
        if joined and left and left < joined:
            self.add_error("left_on", TOO_EARLY)
        siret = data.get("siret")
        if siret and Member(left_on=left).is_present and Member.objects.present().filter(siret=siret).exists():
            self.add_error(
                "siret", "Cet établissement est déjà adhérent : ouvrez sa fiche, ou indiquez une date de départ."
            )
        return data


EDITABLE = ["left_on", "centre", "doctor", "adviser"]


def full_name(user: User) -> str:
    return user.get_full_name() or user.email


def _told(member: Member, name: str) -> str:
    """A column of a member, as the journal has it."""
    value = getattr(member, name)
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return full_name(value) if isinstance(value, User) else str(value or "")


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
class MemberAdmin(FoldedSearch, CompanyPages, AccessPages, ExportMixin, admin.ModelAdmin):
    form = MemberForm
    list_display = ["number", "company", "siret_shown", "joined_on", "left_on", "centre", "doctor", "unpaid"]
    list_filter = [
        presence_filter("left_on", "adhésion", "Sans date de sortie", "Avec une date de sortie"),
        "centre",
        "doctor",
    ]
    list_select_related = ["establishment", "centre", "doctor"]
    list_per_page = 50
    paginator = LongList
    show_full_result_count = False
    search_fields = ["number", "siret", "establishment__folded"]
    inlines = [InvoiceInline]
    export_name = "adherents"
    export_columns = [
        column("Numéro d’adhérent", "number", 16),
        column("Raison sociale", "establishment.name", 36),
        column("SIRET", "siret", 18),
        column("Code NAF", "establishment.naf", 10),
        column("Adresse", "establishment.street", 36),
        column("Code postal", "establishment.postcode", 12),
        column("Commune", "establishment.commune_name", 24),
        column("Téléphone", "establishment.phone", 18, format_phone),
        column("Adresse électronique", "establishment.email", 36),
        column("Adhérent depuis le", "joined_on", 14),
        column("Fin d’adhésion", "left_on", 18),
        column("Centre médical", "centre.name", 24),
        column("Médecin du travail", "doctor.name", 24),
        column("Factures impayées", "still_unpaid", 12),
    ]
    _shown = ["number", "company", "siret_shown", "joined_on", *EDITABLE]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        return super().get_queryset(request).annotate(still_unpaid=unpaid.how_many())

    def get_form(self, request: HttpRequest, obj: Member | None = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = FormerMemberForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Member | None = None) -> list[str]:
        return self._shown if obj else ["siret", "name", "number", "joined_on", "left_on"]

    def get_readonly_fields(self, request: HttpRequest, obj: Member | None = None) -> list[str]:
        """The number never changes; the medical team, the adviser and the departure are the managers' business."""
        if obj is None:
            return []
        editable = EDITABLE if request.user.has_perm(PROCESS) else []
        return [name for name in self._shown if name not in editable]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "adviser":
            field.queryset, field.label_from_instance = staff(), full_name  # type: ignore[union-attr]
        return field

    def has_delete_permission(self, request: HttpRequest, obj: Member | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Member, form: Any, change: bool) -> None:
        if change:
            before = Member.objects.get(pk=obj.pk)
            super().save_model(request, obj, form, change)
            changes = [
                (str(form.fields[name].label), *(_told(row, name) for row in (before, obj)))
                for name in form.changed_data
            ]
            company.note(obj, "Fiche modifiée", changes, by=Actor.staff(request.user))
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
class UnpaidInvoiceAdmin(FoldedSearch, ExportMixin, ReadOnlyAdmin):
    """Invoices across members, to note as paid. They are entered on the member's page."""

    list_display = ["number", "member", amount_column("amount", "montant"), "due_on", "paid_on"]
    list_filter = [presence_filter("paid_on", "état", "À régler", "Réglées")]
    list_select_related = ["member__establishment"]
    search_fields = ["number", "member__number", "member__siret", "member__establishment__folded"]
    autocomplete_fields = ["member"]
    actions = ["mark_paid"]
    export_name = "factures-anterieures"
    export_columns = [
        column("Facture", "number", 20),
        column("Numéro d’adhérent", "member.number", 16),
        column("Raison sociale", "member.establishment.name", 36),
        column("SIRET", "member.siret", 18),
        column("Montant TTC", "amount", 14),
        column("Échéance", "due_on", 12),
        column("Réglée le", "paid_on", 12),
    ]

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
