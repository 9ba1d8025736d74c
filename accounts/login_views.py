"""The one door: password, second step, and out."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import browsers, door, factor
from accounts.factor import Answer, Sending
from accounts.forms import CodeForm, LoginForm
from accounts.models import CodeDevice, User
from core.access import PASSWORD, PUBLIC, audience, passed_both_steps
from core.codes import mask
from core.throttle import client_ip

WRONG = "L’adresse électronique ou le mot de passe est incorrect. Vérifiez-les, ou choisissez un nouveau mot de passe."
LOGIN_AGAIN = "Quatre codes étaient erronés : par sécurité, le dernier n’est plus valable. Connectez-vous à nouveau."
WHY_NOT = {
    Answer.WRONG: "Ce code n’est pas le bon. Vérifiez les chiffres ; si vous en avez reçu plusieurs, tapez le dernier.",
    Answer.EXPIRED: "Ce code a expiré : il n’était valable que dix minutes. Demandez-en un autre ci-dessous.",
    Answer.USED: "Ce code a déjà servi. Demandez-en un autre ci-dessous.",
}
# What nobody sent has its own words: only the telephone's clock makes the right application wrong.
WRONG_OTHERWISE = {
    factor.APP: "Ce code n’est pas le bon. Tapez celui que l’application montre maintenant ; s’il est encore refusé, "
    "vérifiez que votre téléphone est à l’heure (réglage automatique de la date et de l’heure).",
    factor.RECOVERY: "Ce code de secours n’est pas le bon, ou il a déjà servi. Vérifiez-le, ou essayez le suivant.",
}
SENDING = {
    Sending.TOO_SOON: "Un code vient de partir. Attendez une minute avant d’en demander un autre.",
    Sending.TOO_MANY: "Trop de codes ont été demandés. Utilisez le dernier reçu, attendez une heure, ou appelez-nous.",
}
BUTTONS = {
    factor.MAIL: "Recevoir un code par courriel",
    factor.SMS: "Recevoir un code par SMS",
    factor.APP: "Utiliser mon application",
    factor.RECOVERY: "Utiliser un code de secours",
}
ON_ITS_WAY = {
    factor.MAIL: "Un nouveau code part par courriel.",
    factor.SMS: "Un nouveau code part par SMS.",
}


@audience(PUBLIC)
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def log_in(request: HttpRequest) -> HttpResponse:
    """« Bienvenue »: address and password. It says the same of an address nobody has and of a wrong password (B1)."""
    wanted = door.local(request, request.POST.get("next") or request.GET.get("next"))
    if request.method != "POST" and passed_both_steps(request.user):
        return redirect(wanted or door.home(request.user))  # type: ignore[arg-type]
    form = LoginForm(request.POST or None)
    if form.is_bound and form.is_valid():
        typed = form.cleaned_data
        try:
            user = door.check_password(request, typed["email"], typed["password"])
        except door.TooManyTries:
            return render(request, "accounts/login_throttled.html", status=429)
        if user is not None:
            door.enter(request, user)
            return _go_on(request, user, wanted)
        form.add_error(None, WRONG)
    return render(request, "accounts/login.html", {"form": form, "next": wanted}, status=422 if form.is_bound else 200)


def _go_on(request: HttpRequest, user: User, wanted: str) -> HttpResponse:
    if passed_both_steps(request.user):
        return redirect(wanted or door.home(user))
    return redirect(_factor_page(wanted))


def _factor_page(wanted: str) -> str:
    page = reverse("accounts:factor")
    return f"{page}?{urlencode({'next': wanted})}" if wanted else page


@audience(PASSWORD)
@sensitive_post_parameters("otp")
@require_http_methods(["GET", "HEAD", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """The code. Showing the page the first time sends it, so that logging in itself stays quick."""
    user: User = request.user  # type: ignore[assignment]
    wanted = door.local(request, request.POST.get("next") or request.GET.get("next"))
    if passed_both_steps(user):
        return redirect(wanted or door.home(user))
    device = factor.begin(request, user)
    if device.is_void:
        return _start_again(request, wanted)
    ways = factor.methods(user)
    method = request.session.get(factor.METHOD)
    if method not in ways:  # begun before an application was added, or a telephone removed
        method = ways[0]
    if method in factor.SENT_BY_US and not device.sent:
        outcome = factor.send(device, method, client_ip(request))
        device.refresh_from_db()
        if outcome in SENDING:
            messages.warning(request, SENDING[outcome])
    form = _code_form(request, user, method)
    if form.is_bound and form.is_valid():
        answer = factor.check(request, user, device, method, form.cleaned_data["otp"])
        if answer is Answer.PASSED:
            response = redirect(wanted or door.home(user))
            if form.cleaned_data.get("remember"):
                browsers.remember(request, response, user)
            return response
        if answer is Answer.VOID:
            return _start_again(request, wanted)
        if answer is Answer.TOO_MANY:
            return render(request, "accounts/codes_throttled.html", status=429)
        form.add_error("otp", _why_not(answer, method))
    return render(
        request,
        "accounts/factor.html",
        {"form": form, "next": wanted, **_ways(ways, device, method)},
        status=422 if form.is_bound else 200,
    )


def _why_not(answer: Answer, method: str) -> str:
    return WRONG_OTHERWISE.get(method, WHY_NOT[answer]) if answer is Answer.WRONG else WHY_NOT[answer]


def _code_form(request: HttpRequest, user: User, method: str) -> CodeForm:
    data = request.POST if request.method == "POST" else None
    return CodeForm(data, trust=not user.is_staff, recovery=method == factor.RECOVERY)


def _ways(ways: list[str], device: CodeDevice, method: str) -> dict[str, object]:
    """What the page says of the code, and the other ways to pass."""
    sent_by_us = method in factor.SENT_BY_US
    return {
        "method": method,
        "sent_by_us": sent_by_us and device.sent,
        "where": mask(device.to) if device.sent else "",
        "lost": sent_by_us and factor.lost(device),
        "others": [(way, BUTTONS[way]) for way in ways if way != method],
    }


def _start_again(request: HttpRequest, wanted: str) -> HttpResponse:
    """Four wrong codes: the password is asked again before another one is sent."""
    logout(request)
    messages.error(request, LOGIN_AGAIN)
    page = reverse("accounts:login")
    return redirect(f"{page}?{urlencode({'next': wanted})}" if wanted else page)


@audience(PASSWORD)
@require_POST
def send_code(request: HttpRequest) -> HttpResponse:
    """Another code, or another way: by mail, by SMS, with the application, with a recovery code."""
    user: User = request.user  # type: ignore[assignment]
    wanted = door.local(request, request.POST.get("next"))
    if passed_both_steps(user):
        return redirect(wanted or door.home(user))
    device, method = factor.begin(request, user), request.POST.get("method", "")
    if method not in factor.methods(user):
        return redirect(_factor_page(wanted))
    request.session[factor.METHOD] = method
    if method in factor.SENT_BY_US:
        outcome = factor.send(device, method, client_ip(request))
        if outcome in SENDING:
            messages.warning(request, SENDING[outcome])
        else:
            messages.success(request, ON_ITS_WAY[method])
    return redirect(_factor_page(wanted))


@audience(PUBLIC)
@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    """The session is dead, here and in the database."""
    if request.user.is_authenticated:
        CodeDevice.objects.filter(pk=request.session.get(factor.DEVICE), user=request.user).delete()
    logout(request)
    response = redirect("accounts:logged-out")
    response.delete_cookie(settings.ACCESS_COOKIE_NAME, samesite="Lax")
    return response


@audience(PUBLIC)
@require_safe
def logged_out(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/logged_out.html")
