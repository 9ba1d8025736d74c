"""The pages of a campaign's verbs (core.acting): what will happen, to how many, « Confirmer »; and reminding many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from contributions import filling, opening, preparation, reminders
from contributions.models import Campaign, ReminderWave
from contributions.states import CampaignState
from core.acting import Act, Verb, act, button, refuse_stranger
from core.dates import french_date, today
from core.forms import GuichetForm
from core.journal import Actor
from core.text import counted
from core.transitions import Refused, too_late
from membership.permissions import CAMPAIGN
from notifications.mail import as_text
from notifications.models import Message

TARGET, DAYS = ReminderWave.Target, (1, 3, 7, 14, 30)
NOT_NOW = "Cette action n’est pas possible à ce stade de la campagne."
SHOWN = 20  # members named before a campaign is completed


@dataclass(frozen=True)
class Doing:
    """One click on « Confirmer »."""

    campaign: Campaign
    by: Actor


def _open(do: Doing) -> str:
    campaign = opening.open_campaign(do.campaign, by=do.by)
    if campaign.state == CampaignState.PREPARED:
        return f"L’ouverture est confirmée : elle se fera automatiquement le {french_date(campaign.opens_on)}."
    count = counted(campaign.expected_count, "déclaration se prépare", "déclarations se préparent")
    return f"L’ouverture est lancée : {count}. Vous pouvez quitter cette page."


def _opening(campaign: Campaign) -> dict[str, Any]:
    found, ahead = preparation.prepare(campaign), campaign.opens_on > today()
    label = f"Ouvrir pour {counted(found.members, 'adhérent', 'adhérents')}"
    if ahead:
        label = f"Confirmer l’ouverture du {french_date(campaign.opens_on)}"
    return {"preparation": found, "ahead": ahead, "label": label, "obstacle": " ".join(found.problems)}


def _complete(do: Doing) -> str:
    made = opening.complete(do.campaign, by=do.by)
    said = counted(made, "déclaration est ajoutée", "déclarations sont ajoutées")
    rest = filling.missing(do.campaign).count()
    return f"{said}. Il en reste {rest} à ajouter : recommencez." if rest else f"{said} à la campagne."


def _completing(campaign: Campaign) -> dict[str, Any]:
    missing = filling.missing(campaign)
    count = missing.count()
    label = f"Ajouter {counted(count, 'déclaration', 'déclarations')}"
    names = missing.select_related("establishment").order_by("number")[:SHOWN]
    return {
        "missing": count,
        "members": list(names),
        "label": label,
        "obstacle": "" if count else opening.COMPLETE,
    }


VERBS = [
    Verb(
        "ouvrir",
        "Ouvrir la campagne",
        CAMPAIGN,
        lambda campaign: campaign.state == CampaignState.PREPARED and not campaign.scheduled_at,
        _open,
        "",
        "Chaque adhérent ci-dessous reçoit sa déclaration à faire, préparée d’après sa liste de salariés au 1er "
        "janvier. Cette opération est définitive.",
        show=_opening,
    ),
    Verb(
        "annuler-ouverture",
        "Annuler l’ouverture programmée",
        CAMPAIGN,
        lambda campaign: campaign.state == CampaignState.PREPARED and bool(campaign.scheduled_at),
        lambda do: opening.unschedule(do.campaign, by=do.by),
        "L’ouverture programmée est annulée. Rien n’a été envoyé.",
        "La campagne revient en préparation. Rien n’a encore été envoyé aux adhérents.",
        danger=True,
    ),
    Verb(
        "completer",
        "Compléter la campagne",
        CAMPAIGN,
        lambda campaign: campaign.state == CampaignState.OPEN,
        _complete,
        "",
        "Pour les adhérents de l’année précédente qui ont été enregistrés, ou acceptés, après l’ouverture : ils "
        "reçoivent leur déclaration comme les autres. Ceux qui l’ont déjà ne reçoivent rien.",
        show=_completing,
    ),
    Verb(
        "clore",
        "Clore la campagne",
        CAMPAIGN,
        lambda campaign: campaign.state == CampaignState.OPEN,
        lambda do: opening.close(do.campaign, by=do.by),
        "La campagne est close.",
        "Plus personne ne pourra déclarer en ligne pour cette année, et plus aucune relance ne partira. Vous pourrez "
        "encore valider pour un employeur qui appelle. Les factures et leurs règlements continuent. Vous pourrez "
        "rouvrir la campagne.",
        danger=True,
    ),
    Verb(
        "rouvrir",
        "Rouvrir la campagne",
        CAMPAIGN,
        lambda campaign: campaign.state == CampaignState.CLOSED,
        lambda do: opening.reopen(do.campaign, by=do.by),
        "La campagne est rouverte.",
        "Les adhérents qui n’ont pas déclaré pourront de nouveau le faire en ligne.",
    ),
]


def name_of(verb: Verb) -> str:
    """In the names of addresses."""
    return verb.slug.replace("-", "_")


def buttons(user: Any, campaign: Campaign) -> list[dict[str, Any]]:
    """What `user` may do with the campaign now."""
    if not user.has_perm(CAMPAIGN):
        return []
    found = [
        {**button(verb, _url(name_of(verb), campaign)), "main": verb.slug == "ouvrir"}
        for verb in VERBS
        if verb.allowed(campaign)
    ]
    if campaign.state == CampaignState.OPEN:
        remind = {"label": "Relancer les adhérents", "url": _url("remind", campaign), "danger": False, "main": True}
        found.insert(0, remind)
    return found


def view(verb: Verb) -> Callable[..., HttpResponse]:
    return partial(_act, verb=verb)


def _url(name: str, campaign: Campaign) -> str:
    return reverse(f"admin:contributions_campaign_{name}", args=[campaign.pk])


def _act(request: HttpRequest, pk: UUID, verb: Verb) -> HttpResponse:
    """Show a verb's page, or do the verb."""
    if refusal := refuse_stranger(request, verb):
        return refusal
    campaign = get_object_or_404(Campaign, pk=pk)

    def check(seen: int) -> None:
        raise too_late(campaign)

    asked = Act(
        verb=verb,
        situation=campaign,
        new_form=GuichetForm,
        doing=lambda form, by, seen: Doing(campaign, by),
        check=check,
        page=lambda form, problem, status: _page(request, campaign, verb, form, problem, status),
        back=_url("board", campaign),
        not_now=NOT_NOW,
        versioned=False,
    )
    return act(request, asked)


def _page(
    request: HttpRequest, campaign: Campaign, verb: Verb, form: forms.BaseForm, problem: str, status: int
) -> HttpResponse:
    if problem:
        campaign.refresh_from_db()
    context = {
        **admin.site.each_context(request),
        "title": f"{'Erreur : ' if problem else ''}{verb.label}",
        "heading": verb.label,
        "campaign": campaign,
        "row": campaign,
        "back_url": _url("board", campaign),
        "verb": verb,
        "form": form,
        "problem": problem,
        **(verb.show(campaign) if verb.allowed(campaign) else {"obstacle": NOT_NOW}),
    }
    return TemplateResponse(request, "admin/contributions/act.html", context, status=status)


def _campaign(request: HttpRequest, pk: UUID) -> Campaign:
    if not request.user.has_perm(CAMPAIGN):
        raise PermissionDenied
    return get_object_or_404(Campaign, pk=pk)


# --- Reminding many ---------------------------------------------------------------------------------------------------


class RemindForm(GuichetForm):
    """Who is reminded. The page counts them again at each change of answer."""

    qui = forms.ChoiceField(
        label="Qui relancer",
        choices=TARGET.choices,
        initial=TARGET.ALL,
        error_messages={"required": "Choisissez qui relancer."},
    )
    sauf = forms.TypedChoiceField(
        label="Sauf ceux déjà relancés",
        choices=[(days, "aujourd’hui" if days == 1 else f"dans les {days} derniers jours") for days in DAYS],
        coerce=int,
        initial=7,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def remind(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Choose who is reminded, read a sample, see how many, send."""
    campaign = _campaign(request, pk)
    if request.method != "POST":
        if campaign.state != CampaignState.OPEN:
            messages.error(request, "Seule une campagne ouverte peut être relancée.")
            return HttpResponseRedirect(_url("board", campaign))
        asked = RemindForm({"qui": TARGET.ALL, "sauf": 7, **request.GET.dict()})
        return _remind_page(request, campaign, asked)
    form = RemindForm(request.POST)
    if not form.is_valid():
        return _remind_page(request, campaign, form)
    seen = request.POST.get("seen", "")
    spare = reminders.spared_from(form.cleaned_data["sauf"])
    try:
        wave = reminders.ask(
            campaign,
            target=form.cleaned_data["qui"],
            spare_since=spare,
            seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else -1,
            by=Actor.staff(request.user),
        )
    except Refused as refusal:
        return _remind_page(request, campaign, form, problem=str(refusal))
    count = counted(wave.expected_count, "adhérent sera relancé", "adhérents seront relancés")
    messages.success(request, f"{count} par courriel dans les minutes qui viennent.")
    return HttpResponseRedirect(_url("remind", campaign))


def _remind_page(request: HttpRequest, campaign: Campaign, form: RemindForm, problem: str = "") -> HttpResponse:
    valid = form.is_valid()
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": f"{'Erreur : ' if problem or not valid else ''}Relancer les adhérents",
        "heading": "Relancer les adhérents",
        "campaign": campaign,
        "form": form,
        "problem": problem,
        "waves": list(campaign.waves.all()[:20]),
        "seen": campaign.waves.count(),
    }
    if valid:
        found = reminders.waiting(
            campaign, form.cleaned_data["qui"], reminders.spared_from(form.cleaned_data["sauf"])
        ).order_by("pk")
        context |= {"count": found.count(), **_sample(campaign, found)}
    status = 409 if problem else 200 if valid else 422
    return TemplateResponse(request, "admin/contributions/remind.html", context, status=status)


def _sample(campaign: Campaign, found: Any) -> dict[str, Any]:
    """The mail that the first of them who can be written to would get, as he would read it."""
    for declaration in found[:5]:
        if mail := reminders.sample(campaign, declaration):
            message = Message(**mail.columns())
            return {"sample": message, "sample_text": as_text(message)}
    return {}
