"""« Demandez à être rappelé »: the way on for who cannot or will not type (B-25)."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from core.access import PUBLIC, audience
from core.dates import french_moment, today
from core.forms import GuichetModelForm, PhoneField
from core.identifiers import format_phone
from core.throttle import client_ip, hit, too_many
from notifications.mail import Mail
from notifications.models import CallbackRequest
from notifications.outbox import enqueue

ASKED = ("name", "slot", "topic")
EARLIER = 5  # former requests kept of a number that waits


class CallbackForm(GuichetModelForm):
    phone = PhoneField(label="Numéro de téléphone")
    slot = forms.ChoiceField(
        label="Quand préférez-vous être rappelé ?",
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
    _note(form)
    return redirect("callback-asked")


@transaction.atomic
def _note(form: CallbackForm) -> None:
    """One row a number while it waits. Asked again, it takes what is new and keeps what was asked before; whatever is
    sent from outside, it holds `EARLIER` of them and the team gets one more mail a day."""
    waiting = CallbackRequest.objects.select_for_update().filter(phone=form.cleaned_data["phone"], done_at=None)
    known = waiting.order_by("asked_at").first()
    if known is None:
        asked_for = form.save()
        enqueue(_notice(asked_for), about=asked_for, dedupe_key=f"callback:{asked_for.pk}")
        return
    asked = {name: form.cleaned_data[name] for name in ASKED}
    if all(getattr(known, name) == value for name, value in asked.items()):
        return  # the same request, sent twice
    before = f"Jusqu’au {french_moment(timezone.now())} : {known.name}, {known.get_slot_display().lower()}"
    before += f", « {known.topic} »" if known.topic else ""
    known.earlier = "\n".join([before, *known.earlier.splitlines()][:EARLIER])
    for name, value in asked.items():
        setattr(known, name, value)
    known.save(update_fields=["earlier", *asked])
    enqueue(_notice(known), about=known, dedupe_key=f"callback:{known.pk}:{today()}")


@audience(PUBLIC)
@require_safe
def asked(request: HttpRequest) -> HttpResponse:
    return render(request, "notifications/callback_asked.html")


def _notice(asked_for: CallbackRequest) -> Mail:
    return Mail(
        to=settings.OPERATOR["email"],
        subject=f"Rappeler {asked_for.name}{' : sa demande a changé' if asked_for.earlier else ''}",
        title="Une demande de rappel a changé" if asked_for.earlier else "Une personne demande à être rappelée",
        facts=[
            ("Nom", asked_for.name),
            ("Téléphone", format_phone(asked_for.phone)),
            ("Moment", asked_for.get_slot_display()),
            ("Sujet", asked_for.topic or "Non précisé"),
            *([("Demandes précédentes", " ; ".join(asked_for.earlier.splitlines()))] if asked_for.earlier else []),
        ],
        after=["Une fois l’appel passé, marquez-le comme fait dans la gestion, rubrique « Demandes de rappel »."],
    )
