"""« Sécurité »: what protects the account, and changing it. A change asks for the password of the last ten minutes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import browsers, changes, door, factor, passwords
from accounts.factor import Answer, Sending
from accounts.forms import CodeForm, ConfirmForm, EmailForm, PasswordForm, PhoneForm
from accounts.login_views import SENDING, WHY_NOT
from accounts.models import AppDevice, CodeDevice, TrustedBrowser, User
from core import kept, privacy
from core.access import ACCOUNT, audience
from core.privacy_views import download
from core.throttle import client_ip
from notifications.sms import sms_available

PROOF = "proof_device"  # in the session: the new address or number that waits for its code
MAIL, SMS = CodeDevice.Channel.MAIL, CodeDevice.Channel.SMS

View = Callable[..., HttpResponse]


def guarded(view: View) -> View:
    """For somebody logged in who gave the password less than ten minutes ago; others give it again first (B15)."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if door.is_confirmed(request):
            return view(request, *args, **kwargs)
        # What only answers to a button has no page to come back to.
        back = request.path if request.method in ("GET", "HEAD") or not hasattr(view, "button") else ""
        query = urlencode({"next": back or reverse("accounts:security")})
        response = redirect(f"{reverse('accounts:confirm')}?{query}")
        kept.keep(request, response, back, kept.AGAIN)
        return response

    return audience(ACCOUNT)(checked)


def button(view: View) -> View:
    """A view that only answers to a button."""
    view = require_POST(view)
    view.button = True  # type: ignore[attr-defined]
    return view


def person(request: HttpRequest) -> User:
    return cast(User, request.user)


def _shown(request: HttpRequest, form: Any, template: str, **context: Any) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    return render(request, f"accounts/{template}.html", {"form": form, **context}, status=status)


@audience(ACCOUNT)
@require_safe
def security(request: HttpRequest) -> HttpResponse:
    user = person(request)
    recovery_device = factor.recovery_device(user)
    context = {
        "account": user,
        "application": factor.application(user),
        "codes_left": recovery_device.token_set.count() if recovery_device else 0,
        "browsers": [] if user.is_staff else TrustedBrowser.objects.alive(user=user),
        "this_browser": browsers.current(request),
        "sms": sms_available(),
        "home": door.home(user),
    }
    return render(request, "accounts/security.html", context)


@audience(ACCOUNT)
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """« Confirmez que c’est bien vous »."""
    wanted = door.local(request, request.POST.get("next") or request.GET.get("next"))
    form = ConfirmForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            known = door.check_password(request, person(request).email, form.cleaned_data["password"])
        except door.TooManyTries:
            return render(request, "accounts/login_throttled.html", status=429)
        if known is not None:
            door.confirm(request)
            return redirect(wanted or "accounts:security")
        form.add_error("password", "Ce n’est pas le mot de passe de votre compte. Tapez-le à nouveau.")
    return _shown(request, form, "confirm", next=wanted, account=person(request))


@guarded
@sensitive_post_parameters("password", "password_again")
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Choose another password: this session goes on, all others end, no browser is trusted any more."""
    user = person(request)
    form = PasswordForm(request.POST or None, user=user, other=True)
    if not form.is_valid():
        return _shown(request, form, "change_password", account=user)
    passwords.change(user, form.cleaned_data["password"])
    update_session_auth_hash(request, user)
    messages.success(request, "Votre mot de passe est changé. Vos autres connexions sont fermées.")
    return redirect("accounts:security")


@guarded
@require_http_methods(["GET", "HEAD", "POST"])
def email(request: HttpRequest) -> HttpResponse:
    form = EmailForm(kept.answers(request))
    if request.method != "POST" or not form.is_valid():
        return _shown(request, form, "change_email", account=person(request))
    return _ask_proof(request, form, MAIL, form.cleaned_data["email"], "change_email")


@guarded
@require_http_methods(["GET", "HEAD", "POST"])
def phone(request: HttpRequest) -> HttpResponse:
    if not sms_available():
        raise Http404
    form = PhoneForm(kept.answers(request))
    if request.method != "POST" or not form.is_valid():
        return _shown(request, form, "change_phone", account=person(request))
    return _ask_proof(request, form, SMS, form.cleaned_data["phone"], "change_phone")


def _ask_proof(request: HttpRequest, form: Any, channel: str, to: str, template: str) -> HttpResponse:
    device, outcome = changes.ask_proof(person(request), channel, to, client_ip(request))
    if outcome is not Sending.SENT:
        form.add_error(None, SENDING[outcome])
        return _shown(request, form, template, account=person(request))
    request.session[PROOF] = device.pk
    return redirect("accounts:prove")


def _proof(request: HttpRequest) -> CodeDevice | None:
    mine = CodeDevice.objects.filter(user=person(request), confirmed=False, spent_at=None)
    return mine.filter(pk=request.session.get(PROOF)).first()


@guarded
@require_http_methods(["GET", "HEAD", "POST"])
def prove(request: HttpRequest) -> HttpResponse:
    """The code sent to the new address or number."""
    device = _proof(request)
    if device is None:
        return redirect("accounts:security")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        answer = changes.prove(device, form.cleaned_data["otp"])
        if answer is Answer.PASSED:
            del request.session[PROOF]
            done = "Votre adresse est changée." if device.channel == MAIL else "Votre numéro est enregistré."
            messages.success(request, done)
            return redirect("accounts:security")
        if answer is Answer.VOID:
            del request.session[PROOF]
            messages.error(
                request, "Quatre codes étaient erronés : rien n’est changé. Recommencez pour un nouveau code."
            )
            return redirect("accounts:security")
        form.add_error("otp", WHY_NOT[answer])
    return _shown(request, form, "prove", device=device, by_sms=device.channel == SMS, lost=factor.lost(device))


@guarded
@button
def prove_again(request: HttpRequest) -> HttpResponse:
    device = _proof(request)
    if device is not None:
        outcome = changes.send_proof(device, client_ip(request))
        messages.info(request, SENDING.get(outcome, "Un nouveau code est parti."))
    return redirect("accounts:prove")


@guarded
@button
def remove_phone(request: HttpRequest) -> HttpResponse:
    changes.remove_phone(person(request))
    messages.success(request, "Votre numéro est retiré. Les codes partent par courriel.")
    return redirect("accounts:security")


@guarded
@require_http_methods(["GET", "HEAD", "POST"])
def application(request: HttpRequest) -> HttpResponse:
    """Add an authenticator application: the picture to scan, then one of its codes. Shows the recovery codes once."""
    user = person(request)
    device: AppDevice = changes.new_application(user)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        codes = changes.confirm_application(user, device, form.cleaned_data["otp"])
        if codes is not None:
            return _show_codes(request, codes, "Votre application est ajoutée")
        form.add_error("otp", "Ce code n’est pas le bon. Tapez celui que l’application montre maintenant.")
    picture, secret = changes.picture(device), changes.secret(device)
    return _shown(request, form, "application", picture=picture, secret=secret)


@guarded
@button
def remove_application(request: HttpRequest) -> HttpResponse:
    changes.remove_application(person(request))
    messages.success(request, "L’application est retirée. Les codes partent par courriel ou par SMS.")
    return redirect("accounts:security")


@guarded
@button
def recovery(request: HttpRequest) -> HttpResponse:
    """Ten new recovery codes, shown in this answer alone."""
    if not factor.application(person(request)):
        return redirect("accounts:security")
    return _show_codes(request, changes.renew_codes(person(request)), "Vos nouveaux codes de secours")


def _show_codes(request: HttpRequest, codes: list[str], title: str) -> HttpResponse:
    text = "Codes de secours\r\n" + "\r\n".join(codes) + "\r\n"
    return render(request, "accounts/recovery_codes.html", {"codes": codes, "as_file": text, "heading": title})


@audience(ACCOUNT)
@require_POST
def forget_browser(request: HttpRequest, pk: int) -> HttpResponse:
    """« Retirer ». It only closes a door, so it asks for nothing more."""
    if not changes.forget_browser(person(request), pk):
        raise Http404
    messages.success(request, "Ce navigateur n’est plus reconnu : le code y sera demandé à la prochaine connexion.")
    return redirect("accounts:security")


@guarded
@require_safe
def my_data(request: HttpRequest) -> HttpResponse:
    """Everything held about who asks, as a file (H7)."""
    user = person(request)
    return download(privacy.export(privacy.Person(email=user.email, phone=user.phone, account=user.pk)))
