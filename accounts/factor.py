"""The second step of a login (X-04, D-02): by mail, by SMS, by an application or by a recovery code.

django-otp owns the factor. A session that has given the password has one `CodeDevice`, which counts its wrong tries
whatever the method; only the device that the session itself names can be tried, so a code serves in no other session.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django_otp import login as otp_login
from django_otp import verify_token

from accounts import notices
from accounts.models import AppDevice, CodeDevice, RecoveryDevice, User
from core.throttle import give_back, hit
from notifications.outbox import in_trouble, withdraw
from notifications.sms import sms_available

MAIL, SMS, APP, RECOVERY = "mail", "sms", "app", "recovery"
SENT_BY_US = (MAIL, SMS)
DEVICE, METHOD = "code_device", "code_method"  # in the session
RESEND_AFTER = timedelta(seconds=60)
HOUR, DAY = 3600, 24 * 3600
KEPT = timedelta(days=1)  # longer than a session

Deliver = Callable[[CodeDevice, str, str], None]


class Sending(enum.Enum):
    SENT = enum.auto()
    TOO_SOON = enum.auto()
    TOO_MANY = enum.auto()


class Answer(enum.Enum):
    PASSED = enum.auto()
    WRONG = enum.auto()
    EXPIRED = enum.auto()
    USED = enum.auto()
    VOID = enum.auto()
    TOO_MANY = enum.auto()


def methods(user: User) -> list[str]:
    """The ways in which this person may pass, the one to propose first.

    Not by mail for staff with an application: who has the mailbox gets himself a new password too.
    """
    with_app = application(user) is not None
    found = [APP] if with_app else []
    if user.phone and sms_available():
        found.append(SMS)
    if not (with_app and user.is_staff):
        found.append(MAIL)
    recovery = recovery_device(user)
    if recovery and recovery.token_set.exists():
        found.append(RECOVERY)
    return found


def application(user: User) -> AppDevice | None:
    return AppDevice.objects.filter(user=user, confirmed=True).first()


def recovery_device(user: User) -> RecoveryDevice | None:
    return RecoveryDevice.objects.filter(user=user, confirmed=True).first()


def begin(request: HttpRequest, user: User) -> CodeDevice:
    """The device of this session, made when the page is first shown; then its first code leaves too."""
    device = CodeDevice.objects.filter(pk=request.session.get(DEVICE), user=user, confirmed=True).first()
    if device is None:
        CodeDevice.objects.filter(user=user, created_at__lt=timezone.now() - KEPT).delete()
        device = CodeDevice.objects.create(user=user, name="Code de connexion")
        request.session[DEVICE] = device.pk
        request.session[METHOD] = methods(user)[0]
    return device


def send(
    device: CodeDevice,
    channel: str,
    ip: str,
    *,
    to: str = "",
    purpose: str = "vous connecter",
    deliver: Deliver = notices.send_code,
) -> Sending:
    """Send a new code, unless one has just left or too many did. The count of wrong tries goes on."""
    with transaction.atomic():
        device = CodeDevice.objects.select_for_update().get(pk=device.pk)
        recent = device.sent_at and timezone.now() < device.sent_at + RESEND_AFTER
        if device.is_void or device.spent_at or (recent and device.channel == channel):
            return Sending.TOO_SOON
        to = to or (device.user.phone if channel == SMS else device.user.email)
        if _too_many_sent(device.user, channel, to, ip):
            return Sending.TOO_MANY
        withdraw(notices.code_key(device))
        device.channel, device.to = channel, to
        deliver(device, device.generate_token(), purpose)
    return Sending.SENT


def _too_many_sent(user: User, channel: str, to: str, ip: str) -> bool:
    """Each is counted: one account, one mailbox or number (an SMS costs money), one place (B11)."""
    return any(
        [
            hit("login-code-account", str(user.pk), limit=10, seconds=HOUR),
            hit("login-code-to", to, limit=5 if channel == SMS else 10, seconds=HOUR),
            hit("login-code-ip", ip, limit=60, seconds=HOUR),
        ]
    )


def lost(device: CodeDevice) -> bool:
    """Whether the last code did not leave (G13): its gateway is down."""
    return bool(device.sent) and in_trouble(notices.code_key(device))


def check(request: HttpRequest, user: User, device: CodeDevice, method: str, typed: str) -> Answer:
    """Try what was typed. When it is right the session has passed: its key changes (B14)."""
    # By account and password: who changes a password that a stranger knows has his tries back.
    who = f"{user.pk}:{user.get_session_auth_hash()}"
    if device.is_void:
        return Answer.VOID
    if hit("code-wrong", who, limit=20, seconds=DAY):
        return Answer.TOO_MANY
    tried = {APP: application, RECOVERY: recovery_device}.get(method, lambda _: device)(user)
    if tried is not None and verify_token(user, tried.persistent_id, cleaned(method, typed)):
        give_back("code-wrong", who)
        _let_in(request, tried, device)
        return Answer.PASSED
    return _why_not(device, method)


def cleaned(method: str, typed: str) -> str:
    """What was typed, as codes are kept: without spaces and dashes, in small letters."""
    return re.sub(r"[\s\-]", "", typed).lower()


def _why_not(device: CodeDevice, method: str) -> Answer:
    with transaction.atomic():
        device = CodeDevice.objects.select_for_update().get(pk=device.pk)
        if method in SENT_BY_US:
            if device.spent_at:
                return Answer.USED
        else:  # django-otp's own devices do not know our count
            device.count_wrong_try()
    if device.is_void:
        return Answer.VOID
    return Answer.EXPIRED if method in SENT_BY_US and device.has_expired else Answer.WRONG


def _let_in(request: HttpRequest, passed: AppDevice | RecoveryDevice | CodeDevice, waiting: CodeDevice) -> None:
    if waiting.sent:
        withdraw(notices.code_key(waiting))
    request.session.cycle_key()
    otp_login(request, passed)
    request.session.pop(METHOD, None)
