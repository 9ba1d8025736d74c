"""What is no longer needed to know who somebody is, is not kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.db.models import QuerySet

from accounts.factor import KEPT
from accounts.models import CodeDevice, TrustedBrowser
from core.deadlines import Deadline, register
from core.models import AccessLink

BROWSERS_KEPT = timedelta(days=90)  # after they end, for who asks what happened
LINKS_KEPT = timedelta(days=365)  # the same: until then who opens an old mail reads that its link is over


def _old_codes(moment: datetime) -> QuerySet:
    return CodeDevice.objects.filter(created_at__lt=moment - KEPT)


def _ended_sessions(moment: datetime) -> QuerySet:
    return Session.objects.filter(expire_date__lt=moment)


def _ended_browsers(moment: datetime) -> QuerySet:
    return TrustedBrowser.objects.filter(expires_at__lt=moment - BROWSERS_KEPT).order_by("pk")


def _ended_links(moment: datetime) -> QuerySet:
    return AccessLink.objects.filter(expires_at__lt=moment - LINKS_KEPT)


def _delete(row: Any, moment: datetime) -> None:
    row.delete()


register(
    Deadline("code-purge", "effacer un code de connexion ancien", _old_codes, _delete),
    Deadline("session-purge", "effacer une session terminée", _ended_sessions, _delete),
    Deadline("browser-purge", "effacer un navigateur qui n’est plus reconnu", _ended_browsers, _delete),
    Deadline("link-purge", "effacer un lien personnel périmé", _ended_links, _delete),
)
