"""What the exchanges with members hold about a person."""

from __future__ import annotations

from core.privacy import Holding, Person, having_address, register
from membership.company import FIELDS, HIDDEN, shown
from space.models import ChangeRequest, MemberRequest
from space.models.requests import RequestMessage

EXCHANGE = "Échange avec l’entreprise : gardé trois ans après sa clôture."


def _requests(person: Person) -> list[MemberRequest]:
    requests = MemberRequest.objects.select_related("member__establishment", "author")
    return having_address(requests, person.email, "author.email")


def _messages(person: Person) -> list[RequestMessage]:
    messages = RequestMessage.objects.select_related("request", "author")
    return having_address(messages, person.email, "author.email")


def _changes(person: Person) -> list[ChangeRequest]:
    asked = ChangeRequest.objects.select_related("member__establishment", "asked_by")
    found = having_address(asked, person.email, "asked_by.email")
    for change in found:
        change.old, change.new = _in_words(change.old), _in_words(change.new)
    return found


def _in_words(answers: dict[str, str]) -> str:
    said = {FIELDS[name]: shown(name, text) for name, text in answers.items() if name not in HIDDEN}
    return ", ".join(f"{label} : {text or '(vide)'}" for label, text in said.items())


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
    Holding(
        "space.changerequest",
        "Demandes de modification",
        _changes,
        ("member", "asked_by_name", "asked_at", "old", "new", "message", "state", "decided_at", "reason"),
        EXCHANGE,
    ),
)
