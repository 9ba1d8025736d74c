"""What the exchanges with members hold about a person."""

from __future__ import annotations

from core.privacy import Holding, Person, register
from space.models import MemberRequest
from space.models.requests import RequestMessage

EXCHANGE = "Échange avec l’entreprise : gardé trois ans après sa clôture."


def _requests(person: Person):
    if not person.email:
        return MemberRequest.objects.none()
    return MemberRequest.objects.filter(author__email__iexact=person.email).select_related("member__establishment")


def _messages(person: Person):
    if not person.email:
        return RequestMessage.objects.none()
    return RequestMessage.objects.filter(author__email__iexact=person.email).select_related("request")


register(
    Holding(
        "space.memberrequest",
        "Demandes",
        _requests,
        ("reference", "member", "subject", "state", "author_name", "created_at", "sent_at", "closed_at"),
        EXCHANGE,
    ),
    Holding(
        "space.requestmessage",
        "Messages de demandes",
        _messages,
        ("request", "author_name", "text", "sent_at"),
        EXCHANGE,
    ),
)
