"""Personal links to a dossier."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.urls import reverse

from core.models import AccessLink
from membership.models import Application
from membership.models.application import LINK

LIFETIME = timedelta(days=90)


def new_link(dossier: Application) -> tuple[AccessLink, str]:
    """A new personal link to the dossier, and its absolute address for a mail."""
    link, token = AccessLink.issue(dossier, LINK, LIFETIME)
    return link, settings.SITE_URL + reverse("membership:open", args=[token])


def dossier_url(dossier: Application) -> str:
    """The address of a new personal link to the dossier."""
    return new_link(dossier)[1]
