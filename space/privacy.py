"""What the exchanges with members hold about a person."""

from __future__ import annotations

from core.privacy import Holding, Person, having_address, register
from space.models import MemberRequest
from space.models.requests import RequestMessage

EXCHANGE = "Échange avec l’entreprise : gardé trois ans après sa clôture."


def _requests(person: Person) -> list[MemberRequest]:
    requests = MemberRequest.objects.select_related("member__establishment", "author")
    return having_address(requests, person.email, "author.email")


def _messages(person: Person) -> list[RequestMessage]:
    messages = RequestMessage.objects.select_related("request", "author")
    return having_address(messages, person.email, "author.email")


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
