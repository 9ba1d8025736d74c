"""Campaigns in the back office: their settings, their dashboard, and the pages of their verbs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from contributions import opening, preparation
from contributions.admin import acting, board
from contributions.models import Campaign
from contributions.states import CampaignState
from core.exporting import ExportMixin, column
from core.forms import FrenchDateField, GuichetModelForm
from core.journal import Actor
from core.templatetags.guichet import euros, tag
from core.text import counted
from membership.corridor import outside_corridor
from membership.models import TariffYear

TONES = {
    CampaignState.PREPARED: "wait",
    CampaignState.OPENING: "wait",
    CampaignState.OPEN: "good",
    CampaignState.CLOSED: "calm",
}
# What may still change once members are called.
_ALWAYS = ("deadline", "payment_days", "penalties")


class CampaignForm(GuichetModelForm):
    opens_on = FrenchDateField(label="Ouverture le", help_text="Au plus tôt le 1er janvier de l’année.")
    deadline = FrenchDateField(label="À déclarer au plus tard le", help_text="Ce jour compris.")

    class Meta:
        model = Campaign
        fields = [
            *("year", "opens_on", "deadline", "payment_days", "midyear", "midyear_days", "penalties", "announces")
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        opens, deadline = (data.get(name, getattr(self.instance, name, None)) for name in ("opens_on", "deadline"))
        year = data.get("year", self.instance.year)
        if opens and year and opens.year < year and "opens_on" in self.fields:
            self.add_error("opens_on", f"Les salariés se comptent le 1er janvier {year} : ouvrez ce jour-là ou après.")
        if opens and deadline and deadline < opens:
            self.add_error("deadline", "La date limite doit suivre le jour de l’ouverture.")
        return data


@admin.register(Campaign)
class CampaignAdmin(ExportMixin, admin.ModelAdmin):
    form = CampaignForm
    list_display = ["label", "situation", "opens_on", "deadline", "progress"]
    list_display_links = None
    change_form_template = "admin/contributions/campaign_form.html"
    export_name = "campagnes"
    export_columns = [
        column("Année", "year", 8),
        column("État", "get_state_display", 14),
        column("Ouverture le", "opens_on", 12),
        column("À déclarer au plus tard le", "deadline", 14),
        column("Jours pour régler", "payment_days", 12),
        column("Adhérents concernés", "expected_count", 14),
        column("Déclarations préparées", "opened_count", 14),
    ]
    fieldsets = [
        (None, {"fields": ["year", "opens_on", "deadline", "payment_days"]}),
        ("Règle en cours d’année", {"fields": ["midyear", "midyear_days"]}),
        ("Ce qui est dit aux adhérents", {"fields": ["penalties", "announces"]}),
    ]

    def get_urls(self) -> list[URLPattern]:
        def url(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"contributions_campaign_{name}")

        verbs = [url(f"<uuid:pk>/{verb.slug}/", acting.view(verb), acting.name_of(verb)) for verb in acting.VERBS]
        return [
            url("en-cours/", board.current, "current"),
            url("<uuid:pk>/tableau/", board.board, "board"),
            url("<uuid:pk>/avancement/", board.progress, "progress"),
            url("<uuid:pk>/relancer/", acting.remind, "remind"),
            *verbs,
            *super().get_urls(),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Campaign | None = None) -> list[str]:
        if obj is None or obj.state == CampaignState.PREPARED:
            return ["tariff"] if obj else []
        return ["tariff", *(name for name in CampaignForm.Meta.fields if name not in _ALWAYS)]

    def has_delete_permission(self, request: HttpRequest, obj: Campaign | None = None) -> bool:
        """A campaign that called members is history."""
        unopened = obj is None or obj.state == CampaignState.PREPARED
        return unopened and super().has_delete_permission(request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: Campaign | None = None) -> Any:
        (title, first), *others = super().get_fieldsets(request, obj)
        if obj is None:
            return [(title, first), *others]
        return [(title, {**first, "fields": [*first["fields"], "tariff"]}), *others]

    def save_model(self, request: HttpRequest, obj: Campaign, form: Any, change: bool) -> None:
        opening.keep_settings(obj, by=Actor.staff(request.user), changed=form.changed_data)

    def response_add(self, request: HttpRequest, obj: Campaign, post_url_continue: str | None = None) -> HttpResponse:
        super().response_add(request, obj, post_url_continue)  # its message
        return HttpResponseRedirect(reverse("admin:contributions_campaign_board", args=[obj.pk]))

    def response_change(self, request: HttpRequest, obj: Campaign) -> HttpResponse:
        super().response_change(request, obj)
        return HttpResponseRedirect(reverse("admin:contributions_campaign_board", args=[obj.pk]))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        if campaign := context.get("original"):
            context["warnings"] = _warnings(campaign)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="tarif de l’année")
    def tariff(self, campaign: Campaign) -> SafeString | str:
        """What an employee of each category costs, and where that is changed."""
        year = TariffYear.objects.filter(year=campaign.year).first()
        if year is None:
            return "Pas encore saisi : ajoutez-le dans « Tarifs annuels »."
        lines = [f"{each.get_monitoring_display()} : {euros(each.amount)} HT" for each in year.tariffs.all()]
        lines.append(f"TVA {float(year.vat_rate):g} %".replace(".", ","))
        if year.national_average:
            lines.append(f"Coût moyen national : {euros(year.national_average)}")
        url = reverse("admin:membership_tariffyear_change", args=[year.pk])
        said = format_html_join("", "{}<br>", ((line,) for line in lines))
        return format_html('{}<a href="{}">Ouvrir le tarif</a>', said, url)

    @admin.display(description="campagne", ordering="year")
    def label(self, campaign: Campaign) -> SafeString:
        url = reverse("admin:contributions_campaign_board", args=[campaign.pk])
        return format_html('<a href="{}">{}</a>', url, campaign)

    @admin.display(description="état", ordering="state")
    def situation(self, campaign: Campaign) -> SafeString:
        return tag(campaign.get_state_display(), TONES[CampaignState(campaign.state)])

    @admin.display(description="déclarations préparées")
    def progress(self, campaign: Campaign) -> str:
        if campaign.state == CampaignState.PREPARED:
            return "ouverture confirmée" if campaign.scheduled_at else "pas encore ouverte"
        if campaign.state == CampaignState.OPENING:
            return f"{campaign.opened_count} sur {campaign.expected_count}"
        return counted(campaign.opened_count, "déclaration", "déclarations")


def _warnings(campaign: Campaign) -> list[str]:
    """What staff should know of the campaign as it is set: what bars its opening, amounts outside the corridor."""
    problems = preparation.problems_of(campaign) if campaign.state == CampaignState.PREPARED else []
    year = TariffYear.objects.filter(year=campaign.year).first()
    return [*problems, *(outside_corridor(year) if year else [])]
