"""What the outbox holds about a person."""

from __future__ import annotations

from django.db.models import Q

from core.privacy import Holding, Person, register
from notifications.models import CallbackRequest, Message


def _messages(person: Person):
    to = [address for address in (person.email, person.phone) if address]
    letters = Q(channel=Message.Channel.LETTER, content__instead_of__in=to)  # printed for a mail that was refused
    return Message.objects.filter(Q(to__in=to) | letters) if to else Message.objects.none()


def _erase_message(message: Message) -> str:
    if message.state in (Message.State.SENT, Message.State.FAILED):
        message.delete()
        return ""
    return "Ce message n’est pas encore parti : il sera effacé après l’envoi."


def _callbacks(person: Person):
    return CallbackRequest.objects.filter(phone=person.phone) if person.phone else CallbackRequest.objects.none()


def _erase_callback(callback: CallbackRequest) -> str:
    callback.delete()
    return ""


register(
    Holding(
        "notifications.message",
        "Messages envoyés",
        _messages,
        ("channel", "to", "subject_line", "content", "state", "created_at", "sent_at"),
        "Archive des envois, gardée treize mois.",
        _erase_message,
    ),
    Holding(
        "notifications.callbackrequest",
        "Demandes de rappel",
        _callbacks,
        ("name", "phone", "slot", "topic", "earlier", "asked_at", "done_at"),
        "Gardées un an après l’appel.",
        _erase_callback,
    ),
)
