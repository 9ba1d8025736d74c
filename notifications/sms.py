"""SMS by a plain HTTP webhook: POST {"to", "text", "id"} as JSON, any 2xx answer means taken.

`id` is the row's key: a gateway that knows it already must not send twice.
"""

from __future__ import annotations

from collections.abc import Callable

import httpx
from django.conf import settings

from notifications.results import Later, Rejected

TIMEOUT = httpx.Timeout(10, connect=5)
# Answers that blame this number or this text. All others (a wrong token, too many requests) pass with time.
_REFUSALS = {400, 404, 410, 413, 422}

Deliver = Callable[[str, str, str], None]  # to, text, id
_deliver: Deliver | None = None


class SmsUnavailable(Exception):
    """An SMS was asked for and there is no way to send one."""


def sms_available() -> bool:
    """Whether an SMS can be sent: a gateway is configured, or the demonstration keeps them in its mailbox."""
    return bool(settings.SMS_URL or _deliver)


def deliver_with(deliver: Deliver) -> None:
    """Hand SMS to `deliver` where no gateway is configured (the demonstration's mailbox)."""
    global _deliver
    _deliver = deliver


def send(to: str, text: str, key: str) -> None:
    """Send one SMS. Raises `Later` or `Rejected` (notifications.results)."""
    if settings.SMS_URL:
        _post(to, text, key)
    elif _deliver:
        _deliver(to, text, key)
    else:
        raise Later("Aucune passerelle SMS n’est configurée.", gateway_down=True)


def _post(to: str, text: str, key: str) -> None:
    headers = {"Authorization": f"Bearer {settings.SMS_TOKEN}"} if settings.SMS_TOKEN else {}
    try:
        answer = httpx.post(
            settings.SMS_URL, json={"to": to, "text": text, "id": key}, headers=headers, timeout=TIMEOUT
        )
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise Later("La passerelle SMS ne répond pas.", gateway_down=True) from error
    except httpx.HTTPError as error:  # the request left, its answer never came
        raise Later("La passerelle SMS n’a pas confirmé l’envoi.", ambiguous=True) from error
    if answer.is_success:
        return
    if answer.status_code in _REFUSALS:
        raise Rejected(f"La passerelle SMS refuse ce message (réponse {answer.status_code}).")
    raise Later(f"La passerelle SMS est indisponible (réponse {answer.status_code}).")
