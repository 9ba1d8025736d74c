"""Notices about a request: that there is something to read, never what it says, with one button to the page."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from core.dates import french_date
from membership import wording
from notifications.mail import Mail
from space.models.requests import REOPEN_DAYS, MemberRequest
from space.readers import readers
from space.request_states import State


def to_team(request: MemberRequest, title: str) -> Mail:
    """To the team's address: something waits in the queue."""
    url = settings.SITE_URL + reverse("admin:space_memberrequest_change", args=[request.pk])
    return Mail(
        to=settings.OPERATOR["email"],
        subject=f"{title} : {request.theme} ({request.reference})",
        title=title,
        facts=[*_facts(request), ("Entreprise", str(request.member))],
        button=("Ouvrir la demande", url),
    )


def received(request: MemberRequest) -> list[Mail]:
    """To whoever sent the request: it is with us, and by when we answer."""
    by = f" au plus tard le {french_date(request.due_on)}" if request.due_on else ""
    return [
        _mail(
            request,
            user,
            "Votre demande est bien reçue",
            f"C’est maintenant à nous d’agir : nous vous répondons{by}. Un courriel vous préviendra.",
        )
        for user in ([request.author] if request.author else [])
    ]


def answered(request: MemberRequest, title: str) -> list[Mail]:
    """To those who wrote in the thread: there is an answer to read."""
    sentence = {
        State.WAITING: "C’est à vous d’agir : lisez notre message et répondez-nous sur la page de la demande.",
        State.CLOSED: "Notre réponse vous attend sur la page de la demande. S’il manque quelque chose, répondez-y dans "
        f"les {REOPEN_DAYS} jours : la demande sera rouverte.",
    }.get(State(request.state), "Notre réponse vous attend sur la page de la demande.")
    return [_mail(request, user, title, sentence) for user in _readers(request)]


def file_refused(request: MemberRequest, author: User) -> list[Mail]:
    """To whoever attached it: a file could not be let in after all."""
    sentence = (
        "Après vérification, nous ne pouvons pas prendre un des fichiers joints à votre demande. C’est à vous d’agir : "
        "la page de la demande dit lequel et pourquoi ; répondez-y en joignant un autre exemplaire."
    )
    title = "Un fichier joint n’a pas pu être gardé"
    return [_mail(request, user, title, sentence) for user in readers(request.member_id, [author.pk])]


def _mail(request: MemberRequest, user: User, title: str, sentence: str) -> Mail:
    name = user.get_full_name()
    url = settings.SITE_URL + reverse("space:request", args=[request.member_id, request.pk])
    return Mail(
        to=user.email,
        subject=f"{title} ({request.reference})",
        title=title,
        greeting=f"Bonjour {name}," if name else "Bonjour,",
        paragraphs=[sentence],
        facts=_facts(request),
        button=("Lire ma demande", url),
        after=[wording.NOT_QUOTED],
    )


def _facts(request: MemberRequest) -> list[tuple[str, str]]:
    return [("Référence", request.reference or ""), ("Thème", str(request.theme))]


def _readers(request: MemberRequest) -> list[User]:
    """Who wrote for the company and may still see it; else those who manage its space."""
    wrote = request.messages.filter(from_staff=False, sent_at__isnull=False).values("author")
    return readers(request.member_id, wrote)
