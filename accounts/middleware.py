"""Who is asking, read at once with the device that did the second step: every page of an account saves a query."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.http import HttpRequest
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.middleware import OTPMiddleware
from django_otp.models import Device

from accounts.backends import user_at_hand


class AccountMiddleware(OTPMiddleware):
    """django-otp's own, which still decides whether the device counts; only the order of reading differs."""

    def _verify_user_sync(self, request: HttpRequest, user: Any) -> Any:
        device = _device(request.session.get(DEVICE_ID_SESSION_KEY, ""))
        with user_at_hand(device.user if device else None):
            known = user.is_authenticated  # Django checks the session against the account here
        self._init_user_fields(user)
        if known:
            user.otp_device = self._finalize_device(request, user, device)
        return user


def _device(persistent_id: str) -> Any:
    """The device that a session names, with its account; None when there is no such device any more."""
    with suppress(ValueError, LookupError):
        if (found := Device._filter_persistent_id(persistent_id)) is not None:
            return next(iter(found.select_related("user").order_by()[:1]), None)
    return None
