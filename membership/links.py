"""Personal links to a dossier."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.urls import reverse

from core.models import AccessLink
from membership.models import Application
from membership.models.application import LINK

LIFETIME = timedelta(days=90)


def dossier_url(dossier: Application) -> str:
    """A new personal link to the dossier, absolute, for a mail."""
    _, token = AccessLink.issue(dossier, LINK, LIFETIME)
    return settings.SITE_URL + reverse("membership:open", args=[token])
