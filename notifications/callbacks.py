"""« Demandez à être rappelé »: the way on for who cannot or will not type (B-25)."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from core.access import PUBLIC, audience
from core.forms import GuichetModelForm, PhoneField
from core.identifiers import format_phone
from core.throttle import client_ip, hit, too_many
from notifications.mail import Mail
from notifications.models import CallbackRequest
from notifications.outbox import enqueue


class CallbackForm(GuichetModelForm):
    phone = PhoneField(label="Numéro de téléphone")
    slot = forms.ChoiceField(
        label="Quand préférez-vous ?",
        choices=CallbackRequest.Slot,
        initial=CallbackRequest.Slot.SOON,
        widget=forms.RadioSelect,
    )

    class Meta:
        model = CallbackRequest
        fields = ["name", "phone", "slot", "topic"]
        labels = {"name": "Votre nom", "topic": "À quel sujet ?"}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}


@audience(PUBLIC)
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Take a name, a number and a moment; the team is told by mail and finds the list in the back office."""
    form = CallbackForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "notifications/callback.html", {"form": form}, status=422 if form.is_bound else 200)
    if hit("callback", client_ip(request), limit=10, seconds=3600):
        return too_many(request)
    # The same number still waiting is the same request, sent twice.
    waiting = CallbackRequest.objects.filter(phone=form.cleaned_data["phone"], done_at=None)
    if not waiting.exists():
        with transaction.atomic():
            asked_for = form.save()
            enqueue(_notice(asked_for), about=asked_for, dedupe_key=f"callback:{asked_for.pk}")
    return redirect("callback-asked")


@audience(PUBLIC)
@require_safe
def asked(request: HttpRequest) -> HttpResponse:
    return render(request, "notifications/callback_asked.html")


def _notice(asked_for: CallbackRequest) -> Mail:
    return Mail(
        to=settings.OPERATOR["email"],
        subject=f"Rappeler {asked_for.name}",
        title="Une personne demande à être rappelée",
        facts=[
            ("Nom", asked_for.name),
            ("Téléphone", format_phone(asked_for.phone)),
            ("Moment", asked_for.get_slot_display()),
            ("Sujet", asked_for.topic or "Non précisé"),
        ],
        after=["Une fois l’appel passé, marquez-le comme fait dans la gestion, rubrique « Demandes de rappel »."],
    )
