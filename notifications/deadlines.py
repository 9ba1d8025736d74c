"""How long the archive of messages and the call-back requests are kept (docs/privacy.md)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet

from core.deadlines import Deadline, register
from notifications.models import CallbackRequest, Message

ARCHIVE = timedelta(days=396)  # thirteen months
CALLBACKS = timedelta(days=365)
# Two days of attempts, then a week in which staff may send it again as it is. After that its link is better made anew.
SECRETS = timedelta(days=9)


def _old_messages(moment: datetime) -> QuerySet:
    ended = [Message.State.SENT, Message.State.FAILED]
    return Message.objects.filter(created_at__lt=moment - ARCHIVE, state__in=ended)


def _kept_secrets(moment: datetime) -> QuerySet:
    return Message.objects.filter(state=Message.State.FAILED, secret__isnull=False, created_at__lt=moment - SECRETS)


def _wipe(message: Message, moment: datetime) -> None:
    message.secret = None
    message.save(update_fields=["secret"])


def _old_callbacks(moment: datetime) -> QuerySet:
    return CallbackRequest.objects.filter(done_at__lt=moment - CALLBACKS)


register(
    Deadline("message-purge", "effacer un message archivé", _old_messages, lambda message, moment: message.delete()),
    Deadline("secret-wipe", "effacer le lien ou le code d’un message qui n’a pu partir", _kept_secrets, _wipe),
    Deadline(
        "callback-purge",
        "effacer une demande de rappel traitée",
        _old_callbacks,
        lambda callback, moment: callback.delete(),
    ),
)
