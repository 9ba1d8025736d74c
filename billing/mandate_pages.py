"""The pages on which a mandate is signed and looked after, for any portal.

A portal knows whose mandate it is and who may act for him; it says so in a `Desk`, and mounts each function below in a
view of its own (see `space/mandate_views.py`). Templates are in `templates/billing/` and extend the portal's own base,
which has a block `page`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme

from billing import addressees, collections, mandate_mails, mandate_waiting, mandates
from billing.mandate_forms import MAIL, SMS, CodeForm, ConsentForm, IbanForm
from billing.mandates import code_key
from billing.models import Collection, Mandate
from billing.models.collection import CollectionState
from core.codes import Asker
from core.journal import Actor
from core.kept import answers
from core.models import OneTimeCode
from core.transitions import AlreadyDone, Refused
from documents.downloads import NotReady, serve
from documents.issuing import RenderingFailed, ensure_rendered
from notifications.models import Message
from notifications.outbox import in_trouble
from notifications.sms import sms_available

STEPS = ["Votre compte", "Lire le mandat", "Signer"]


@dataclass(frozen=True)
class Desk:
    """What a portal tells: the customer, how his papers name him, who acts, where the pages are.

    `urls` gives the address of "current", "new", "read", "sign", "resend", "abandon", "done", "pdf", "revoke"; those of
    a mandate take its key. `show` renders a template of the portal.
    """

    subject: models.Model
    name: str
    lines: Sequence[str]
    email: str
    phone: str  # to begin with; the person may type another
    actor: Actor
    urls: Callable[..., str]
    show: Callable[..., HttpResponse]

    def mandate_or_404(self, pk: UUID) -> Mandate:
        return get_object_or_404(Mandate.objects.about(self.subject).select_related("document"), pk=pk)


def current(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The mandate in force, or why there is none, the one that waits to be signed, and the debits to come."""
    found = list(Mandate.objects.about(desk.subject).exclude(state=Mandate.State.ABANDONED))
    signed = sorted((one for one in found if not one.is_draft), key=lambda one: not one.is_active)
    mandate, unsigned = next(iter(signed), None), next((one for one in found if one.is_draft), None)
    coming = Collection.objects.filter(
        mandate__in=Mandate.objects.about(desk.subject),
        state__in=[CollectionState.PLANNED, CollectionState.EXPORTED],
    )
    # Paid some other way meanwhile: the file for the bank leaves it out, and it is nothing to wait for.
    coming = coming.exclude(state=CollectionState.PLANNED, invoice__settled_on__isnull=False)
    context = {
        "mandate": mandate,
        "told": addressees.of(mandate) if mandate else [],
        "collections": coming.select_related("invoice", "mandate").order_by("collects_on"),
        **mandate_waiting.waiting(unsigned, lambda page, *key: _address(request, desk, page, *key)),
    }
    return _page(request, desk, "current", context)


def new(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The account to debit."""
    form = IbanForm(answers(request), lines=desk.lines, initial=_typed(request, desk))
    problem, status = "", 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        known = {"lines": desk.lines, "email": desk.email, "by": desk.actor}
        try:
            return _go(request, desk, "read", mandates.begin_mandate(desk.subject, **known, **form.cleaned_data))
        except Refused as refusal:
            problem, status = str(refusal), 429
    context = {"form": form, "problem": problem, "now": mandates.in_force(desk.subject)}
    return _page(request, desk, "new", context, step=1, status=status)


def read(request: HttpRequest, desk: Desk, pk: UUID) -> HttpResponse:
    """The mandate as the PDF says it; the boxes; where to send the code."""
    mandate = desk.mandate_or_404(pk)
    if not mandate.is_draft:
        return _over(request, desk, mandate)
    if not _rendered(mandate):
        return _page(request, desk, "preparing", {"mandate": mandate}, step=2, status=503)
    form = ConsentForm(
        answers(request), sentences=mandates.consents(mandate), email=desk.email, initial={"phone": desk.phone}
    )
    problem, status = "", 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        to = form.cleaned_data["phone"] if form.cleaned_data["channel"] == SMS else desk.email
        try:
            mandates.ask_code(
                mandate,
                accepted=form.accepted,
                channel=form.cleaned_data["channel"],
                to=to,
                asker=Asker.of(request),
            )
            return _go(request, desk, "sign", mandate)
        except Refused as refusal:
            problem, status = str(refusal), 409
    context = {
        "mandate": mandate,
        "form": form,
        "problem": problem,
        "waiting": mandates.code_here(mandate, Asker.of(request)),
        "text": mandate.document.snapshot["text"],
        "rights": mandate.document.snapshot["rights"],
    }
    return _page(request, desk, "read", context, step=2, status=status)


def sign(request: HttpRequest, desk: Desk, pk: UUID) -> HttpResponse:
    """The code, typed once."""
    mandate = desk.mandate_or_404(pk)
    if not mandate.is_draft:
        return _over(request, desk, mandate)
    form = CodeForm(request.POST or None)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            mandates.sign(mandate, form.cleaned_data["code_sent"], asker=Asker.of(request), by=desk.actor)
            return _go(request, desk, "done", mandate)
        except AlreadyDone as refusal:
            messages.warning(request, str(refusal))
            return _go(request, desk, "sign", mandate)
        except Refused as refusal:
            form.add_error("code_sent", str(refusal))
    code = mandates.code_here(mandate, Asker.of(request))
    if code is None and not form.is_bound:
        return _go(request, desk, "read", mandate)
    context = {"mandate": mandate, "form": form, "code": code, "stuck": _stuck(code), "email": desk.email}
    return _page(request, desk, "sign", context, step=3, status=status)


def resend(request: HttpRequest, desk: Desk, pk: UUID) -> HttpResponse:
    """« Je n’ai pas reçu le code »: other digits, to the same number or by e-mail (G13)."""
    mandate = desk.mandate_or_404(pk)
    if not mandate.is_draft:
        return _over(request, desk, mandate)
    number = _last_number(mandate) if request.POST.get("channel") == SMS else ""
    channel, to = (SMS, number) if number else (MAIL, desk.email)
    try:
        mandates.ask_code_again(mandate, channel=channel, to=to, asker=Asker.of(request))
        messages.success(request, "Un nouveau code est parti. Le précédent ne sert plus.")
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return _go(request, desk, "sign", mandate)


def done(request: HttpRequest, desk: Desk, pk: UUID) -> HttpResponse:
    """It is signed: what happens next."""
    mandate = desk.mandate_or_404(pk)
    if mandate.is_draft:
        return _go(request, desk, "read", mandate)
    coming = mandate.collections.filter(state=CollectionState.PLANNED).select_related("invoice").order_by("collects_on")
    context = {"mandate": mandate, "days": settings.PRENOTIFICATION_DAYS, "collections": coming}
    apart = map(mandate_mails.to_pay_apart, collections.apart(mandate))
    return _page(request, desk, "done", {**context, "apart": list(apart)})


def pdf(request: HttpRequest, desk: Desk, pk: UUID) -> HttpResponse:
    """The mandate, to read or to keep."""
    mandate = desk.mandate_or_404(pk)
    try:
        return serve(ensure_rendered(mandate.document), inline="lire" in request.GET)
    except (RenderingFailed, NotReady):
        messages.warning(request, NotReady.sentence)
        return _go(request, desk, "read" if mandate.is_draft else "current", mandate)


def revoke(request: HttpRequest, desk: Desk, pk: UUID) -> HttpResponse:
    """A page that says what will happen, and the button that does it."""
    mandate = desk.mandate_or_404(pk)
    if request.method == "POST":
        try:
            mandates.revoke(mandate, by=desk.actor)
            messages.success(request, f"Le mandat {mandate.rum} est révoqué. Un courriel vous le confirme.")
        except Refused as refusal:
            messages.warning(request, str(refusal))
        return _go(request, desk, "current", mandate)
    if mandate.state not in (Mandate.State.ACTIVE, Mandate.State.SUSPENDED):
        return _go(request, desk, "current", mandate)
    return _page(request, desk, "revoke", {"mandate": mandate})


def abandon(request: HttpRequest, desk: Desk, pk: UUID) -> HttpResponse:
    """« Abandonner » a mandate that was begun and not signed."""
    mandate = desk.mandate_or_404(pk)
    try:
        mandates.abandon(mandate, by=desk.actor)
        messages.success(request, "Le mandat commencé est abandonné : il ne permettra aucun prélèvement.")
    except Refused as refusal:
        messages.warning(request, str(refusal))
    back = next_url(request)
    return redirect(back) if back else _go(request, desk, "current", mandate)


def next_url(request: HttpRequest) -> str:
    """Where the person came from, such as his declaration: an address of ours, or nothing (D5)."""
    url = request.GET.get("next", "")
    local = url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)
    return url if local else ""


def _typed(request: HttpRequest, desk: Desk) -> dict[str, str]:
    """What the form begins with: what its own writer had typed, when he comes back from reading."""
    mine = Mandate.objects.about(desk.subject).filter(state=Mandate.State.DRAFT, created_by=desk.actor.user)
    try:
        mandate = mine.filter(pk=UUID(request.GET.get("reprendre", ""))).first()
    except ValueError:
        mandate = None
    if mandate is None:
        return {"holder": desk.name[:70]}
    return {"holder": mandate.debtor_name, "iban": mandate.iban, "bic": mandate.bic}


def _rendered(mandate: Mandate) -> bool:
    """Whether there is a PDF to read: it is made now, for the first who opens the page."""
    try:
        mandate.document = ensure_rendered(mandate.document)
    except RenderingFailed:
        return False
    return True


def _last_number(mandate: Mandate) -> str:
    """Where the last SMS went: the number is kept by its message only, the code has it masked."""
    sent = Message.objects.about(mandate).filter(channel=Message.Channel.SMS).order_by("-created_at").first()
    return sent.to if sent and sms_available() else ""


def _stuck(code: OneTimeCode | None) -> bool:
    """Whether the last sending is known to be late or lost: the page then says what else to do."""
    return code is not None and in_trouble(code_key(code))


def _over(request: HttpRequest, desk: Desk, mandate: Mandate) -> HttpResponse:
    """A page of a mandate that needs no signing any more: refreshed, sent twice, or left open in another tab."""
    if mandate.state == Mandate.State.ACTIVE:
        return _go(request, desk, "done", mandate)
    messages.warning(request, "Vous n’avez plus à signer ce mandat. Voici où vous en êtes.")
    return _go(request, desk, "current", mandate)


def _go(request: HttpRequest, desk: Desk, page: str, mandate: Mandate) -> HttpResponse:
    return redirect(_url(request, desk, page, mandate))


def _url(request: HttpRequest, desk: Desk, page: str, mandate: Mandate | None) -> str:
    """The address of a page, which hands on where to come back to."""
    return _address(request, desk, page, *([mandate.pk] if page not in ("current", "new") and mandate else []))


def _address(request: HttpRequest, desk: Desk, page: str, *key: UUID) -> str:
    url, back = desk.urls(page, *key), next_url(request)
    return f"{url}?{urlencode({'next': back})}" if back else url


def _page(
    request: HttpRequest, desk: Desk, name: str, context: dict[str, Any], *, step: int = 0, status: int = 200
) -> HttpResponse:
    mandate = context.get("mandate")
    back = _url(request, desk, "new", None)
    if mandate:
        back += f"{'&' if '?' in back else '?'}reprendre={mandate.pk}"
    pages = ["current", "new"] + (["read", "sign", "resend", "done", "pdf", "revoke"] if mandate else [])
    return desk.show(
        f"billing/mandate_{name}.html",
        {
            **context,
            "step": step,
            "steps": STEPS,
            "url": {page: _url(request, desk, page, mandate) for page in pages},
            "next": next_url(request),
            "back": back,
        },
        status=status,
    )
