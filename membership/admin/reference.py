"""Reference data of the operator: zone, exclusions, medical teams, tariff, help texts."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Count, Q, QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from core.admin import amount_column
from core.exporting import ExportMixin, column
from core.forms import GuichetModelForm, PhoneField, PostcodeField
from core.identifiers import format_phone
from core.money import euros
from core.sheets import Column
from core.text import counted
from membership.admin.zone import ZoneForm
from membership.corridor import outside_corridor
from membership.models import Doctor, ExcludedNaf, HelpText, MedicalCentre, Secretary, Tariff, TariffYear, ZoneCommune
from membership.models.establishment import Monitoring

VAT_HIGHEST = 30  # per cent, well above any French rate: what is more was mistyped
VAT_BOUNDS = f"Le taux de TVA est un pourcentage compris entre 0 et {VAT_HIGHEST}. Exemple : 20,00"


@admin.register(ZoneCommune)
class ZoneCommuneAdmin(ExportMixin, admin.ModelAdmin):
    """The agreed zone. Many communes are added at once, by postcode or by department."""

    list_display = ["commune", "code", "department", "centre"]
    list_filter = ["centre", "commune__department"]
    search_fields = ["commune__name", "commune__code", "commune__postcodes__code"]
    readonly_fields = ["commune"]  # another commune is another row; the centre is what changes
    list_select_related = ["commune", "centre"]
    list_per_page = 50
    show_full_result_count = False
    change_list_template = "admin/membership/zone_list.html"
    export_name = "zone"
    export_columns = [
        column("Commune", "commune.name", 36),
        column("Code INSEE", "commune.code", 12),
        column("Département", "commune.department", 12),
        column("Centre médical", "centre.name", 30),
    ]

    def get_urls(self) -> list[URLPattern]:
        own = path("ajouter/", self.admin_site.admin_view(self.add_many), name="membership_zonecommune_many")
        return [own, *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """One commune is added as many are."""
        return HttpResponseRedirect(reverse("admin:membership_zonecommune_many"))

    def add_many(self, request: HttpRequest) -> HttpResponse:
        """Paste postcodes or departments; choose the centre that serves them. Five digits are a postcode."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ZoneForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            added, known, moved = form.save()
            new = counted(added, "commune ajoutée", "communes ajoutées")
            elsewhere = counted(moved, "rattachée à un autre centre", "rattachées à un autre centre")
            messages.success(request, f"{new}, {elsewhere}, {known} déjà là.")
            return HttpResponseRedirect(reverse("admin:membership_zonecommune_changelist"))
        context = {**self.admin_site.each_context(request), "title": "Ajouter des communes à la zone", "form": form}
        return TemplateResponse(request, "admin/membership/zone_add.html", context, status=422 if form.errors else 200)

    @admin.display(description="code INSEE", ordering="commune__code")
    def code(self, row: ZoneCommune) -> str:
        return row.commune.code

    @admin.display(description="département", ordering="commune__department")
    def department(self, row: ZoneCommune) -> str:
        return row.commune.department


@admin.register(ExcludedNaf)
class ExcludedNafAdmin(ExportMixin, admin.ModelAdmin):
    list_display = ["prefix", "reason", "where_to_go"]
    search_fields = ["prefix", "reason"]
    export_name = "activites-exclues"
    export_columns = [
        column("Début du code NAF", "prefix", 18),
        column("Pourquoi", "reason", 60),
        column("Où s’adresser", "where_to_go", 60),
    ]


class MedicalCentreForm(GuichetModelForm):
    """The récépissé prints these words: a number that nobody can call must not come in."""

    postcode = PostcodeField(label="Code postal")
    phone = PhoneField(label="Téléphone")

    class Meta:
        model = MedicalCentre
        fields = ["name", "street", "postcode", "commune_name", "phone", "email", "access"]


class SecretaryForm(GuichetModelForm):
    phone = PhoneField(label="Téléphone")

    class Meta:
        model = Secretary
        fields = ["name", "centre", "phone", "email"]


@admin.register(MedicalCentre)
class MedicalCentreAdmin(ExportMixin, admin.ModelAdmin):
    form = MedicalCentreForm
    list_display = ["name", "commune_name", "telephone", "communes_count", "doctors_count"]
    search_fields = ["name", "commune_name"]
    export_name = "centres-medicaux"
    export_columns = [
        column("Nom", "name", 30),
        column("Adresse", "street", 36),
        column("Code postal", "postcode", 12),
        column("Commune", "commune_name", 24),
        column("Téléphone", "phone", 18, format_phone),
        column("Adresse électronique", "email", 36),
        column("Communes servies", "communes_total", 12),
        column("Médecins", "doctors_total", 12),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[MedicalCentre]:
        counts = {
            "communes_total": Count("communes", distinct=True),
            "doctors_total": Count("doctors", filter=Q(doctors__active=True), distinct=True),
        }
        return super().get_queryset(request).annotate(**counts)

    @admin.display(description="téléphone")
    def telephone(self, centre: MedicalCentre) -> str:
        return format_phone(centre.phone)

    @admin.display(description="communes")
    def communes_count(self, centre: Any) -> int:
        return centre.communes_total

    @admin.display(description="médecins")
    def doctors_count(self, centre: Any) -> int:
        return centre.doctors_total


@admin.register(Secretary)
class SecretaryAdmin(ExportMixin, admin.ModelAdmin):
    form = SecretaryForm
    list_display = ["name", "centre", "telephone", "email"]
    list_filter = ["centre"]
    list_select_related = ["centre"]
    search_fields = ["name"]
    export_name = "secretariats"
    export_columns = [
        column("Nom", "name", 30),
        column("Centre médical", "centre.name", 30),
        column("Téléphone", "phone", 18, format_phone),
        column("Adresse électronique", "email", 36),
    ]

    @admin.display(description="téléphone")
    def telephone(self, secretary: Secretary) -> str:
        return format_phone(secretary.phone)


@admin.register(Doctor)
class DoctorAdmin(ExportMixin, admin.ModelAdmin):
    """With the load of each: the one with most room takes the next member of his centre."""

    list_display = ["name", "centre", "secretary", "load", "active"]
    list_filter = ["active", "centre"]
    list_select_related = ["centre", "secretary"]
    search_fields = ["name"]
    export_name = "medecins"
    export_columns = [
        column("Nom", "name", 30),
        column("Centre médical", "centre.name", 30),
        column("Secrétariat", "secretary.name", 30),
        column("Salariés suivis", "followed", 14),
        column("Capacité", "capacity", 12),
        column("Reçoit de nouveaux adhérents", "active", 14),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Doctor]:
        return super().get_queryset(request).with_load()  # type: ignore[attr-defined]

    @admin.display(description="salariés suivis")
    def load(self, doctor: Any) -> str:
        return f"{doctor.followed} sur {doctor.capacity} ({100 * doctor.followed // doctor.capacity} %)"


# Amounts are typed with a comma or a point.
AMOUNTS = {models.DecimalField: {"localize": True}}


class TariffInline(admin.StackedInline):
    model = Tariff
    formfield_overrides = AMOUNTS
    fields = [("monitoring", "amount")]
    extra = 0
    max_num = 3

    def get_extra(self, request: HttpRequest, obj: TariffYear | None = None, **kwargs: Any) -> int:
        return 0 if obj else 3


def _amount(kind: str, year: TariffYear) -> Decimal | None:
    return next((tariff.amount for tariff in year.tariffs.all() if tariff.monitoring == kind), None)


class TariffYearForm(GuichetModelForm):
    vat_rate = forms.DecimalField(
        label="Taux de TVA (%)",
        max_digits=5,
        decimal_places=2,
        initial=TariffYear._meta.get_field("vat_rate").default,
        localize=True,
        min_value=0,
        max_value=VAT_HIGHEST,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), VAT_BOUNDS),
    )

    class Meta:
        model = TariffYear
        fields = ["year", "entry_fee", "vat_rate", "national_average"]


@admin.register(TariffYear)
class TariffYearAdmin(ExportMixin, admin.ModelAdmin):
    """What a year costs. Proformas already sent keep their amounts."""

    form = TariffYearForm
    list_display = [
        "year",
        amount_column("entry_fee", "droit d’entrée par salarié"),
        "vat_rate",
        "amounts",
        amount_column("national_average", "coût moyen national"),
    ]
    formfield_overrides = AMOUNTS
    inlines = [TariffInline]
    export_name = "tarifs"
    export_columns = [
        column("Année", "year", 8),
        column("Droit d’entrée par salarié", "entry_fee", 16),
        column("TVA (%)", "vat_rate", 10),
        *((Column(f"Cotisation HT {kind.value}", 16), partial(_amount, kind.value)) for kind in Monitoring),
        column("Coût moyen national", "national_average", 16),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[TariffYear]:
        return super().get_queryset(request).prefetch_related("tariffs")

    @admin.display(description="cotisations HT")
    def amounts(self, year: TariffYear) -> str:
        return ", ".join(f"{tariff.monitoring} {euros(tariff.amount)}" for tariff in year.tariffs.all())

    def save_related(self, request: HttpRequest, form: Any, formsets: list[BaseInlineFormSet], change: bool) -> None:
        super().save_related(request, form, formsets, change)
        for sentence in outside_corridor(form.instance):
            self.message_user(request, f"{sentence} Le tarif est enregistré ; vérifiez-le.", messages.WARNING)


@admin.register(HelpText)
class HelpTextAdmin(ExportMixin, admin.ModelAdmin):
    """Texts shown to employers, to be worded as one likes. A page finds its own by its key: none comes, none goes."""

    list_display = ["title", "slug"]
    readonly_fields = ["slug"]
    search_fields = ["title", "slug", "body"]
    export_name = "textes-d-aide"
    export_columns = [column("Titre", "title", 40), column("Clé", "slug", 24), column("Texte", "body", 80)]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: HelpText | None = None) -> bool:
        return False
