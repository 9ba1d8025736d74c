"""One-time messages (« Document ajouté ») in a signed cookie: no session row for somebody who has no account."""

from __future__ import annotations

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage


class FlashStorage(CookieStorage):
    cookie_name = settings.MESSAGES_COOKIE_NAME
