"""The password: checking it, counting wrong ones, remembering when it was last given."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django_otp import login as otp_login

from accounts import browsers
from accounts.models import User, normalise_email
from accounts.passwords import ACCOUNT_SCOPE
from core.throttle import client_ip, give_back, hit

QUARTER = 900  # seconds
CONFIRMED_AT = "password_at"  # in the session
CONFIRMED_FOR = timedelta(minutes=10)


class TooManyTries(Exception):
    """Six wrong passwords for one account, or thirty from one place, in a quarter of an hour (B2)."""


def check_password(request: HttpRequest, email: str, password: str) -> User | None:
    """The person whose address and password these are. One hash is made whoever it is, known or not (B1).

    A try is counted before it is made, so that many at once cannot outrun the count, and given back when it was good.
    """
    account, place = normalise_email(email), client_ip(request)
    over = [
        hit(ACCOUNT_SCOPE, account, limit=6, seconds=QUARTER),
        hit("login-ip", place, limit=30, seconds=QUARTER),
    ]
    if any(over):
        raise TooManyTries
    user = authenticate(request, username=account, password=password)
    if user is not None:
        give_back(ACCOUNT_SCOPE, account, all_of_them=True)
        give_back("login-ip", place)
    return user


def enter(request: HttpRequest, user: User) -> None:
    """The first step is done: open a session. In a browser this person trusts, the second is done as well (B9)."""
    if request.user.is_authenticated:
        logout(request)  # nothing of the session before goes on, and its key changes (B14)
    known = None if user.is_staff else browsers.recognise(request, user)
    login(request, user)
    confirm(request)
    if known:
        otp_login(request, known)


def confirm(request: HttpRequest) -> None:
    """The password has just been given."""
    request.session[CONFIRMED_AT] = timezone.now().timestamp()


def is_confirmed(request: HttpRequest) -> bool:
    """Whether the password was given less than ten minutes ago: enough to change what protects the account (B15)."""
    given = request.session.get(CONFIRMED_AT, 0)
    return timezone.now().timestamp() - given < CONFIRMED_FOR.total_seconds()


def local(request: HttpRequest, address: str | None) -> str:
    """`address` if it is a page of this site, else nothing (D5)."""
    address = address or ""
    hosts = {request.get_host()}
    return address if url_has_allowed_host_and_scheme(address, hosts, require_https=request.is_secure()) else ""


def home(user: User) -> str:
    """Where somebody arrives who came for nothing in particular."""
    return reverse("admin:index" if user.is_staff else "space:companies")
