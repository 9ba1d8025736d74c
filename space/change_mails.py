"""What is written to who asked for a change (A-06)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from notifications.mail import Mail
from space.models import ChangeRequest
from space.readers import readers

if TYPE_CHECKING:
    from space.changes import Line


def applied(change: ChangeRequest, lines: Sequence[Line]) -> list[Mail]:
    """What was asked counts from now on; what a message asked, staff have done by hand."""
    done = "Nous avons vérifié et enregistré votre demande."
    if not lines:
        done = "Nous avons lu votre message et corrigé votre fiche."
    return _mails(change, "Votre modification est enregistrée", [done], lines)


def refused(change: ChangeRequest, lines: Sequence[Line]) -> list[Mail]:
    """Nothing has changed, and why."""
    paragraphs = [
        "Nous ne pouvons pas enregistrer la modification que vous avez demandée : rien n’a changé.",
        f"Motif : {change.reason}",
        "Vous pouvez corriger et demander à nouveau, ou nous appeler.",
    ]
    return _mails(change, "Votre demande de modification est refusée", paragraphs, lines)


def _mails(change: ChangeRequest, title: str, paragraphs: list[str], lines: Sequence[Line]) -> list[Mail]:
    """To who asked; once his access is over, to those who manage the space, in whose company's name he asked."""
    told = readers(change.member_id, [change.asked_by_id])
    return [_mail(change, user, title, paragraphs, lines) for user in told]


def _mail(change: ChangeRequest, user: User, title: str, paragraphs: list[str], lines: Sequence[Line]) -> Mail:
    mine = user.pk == change.asked_by_id
    if not mine:
        paragraphs = [f"{change.asked_by_name} avait demandé une modification et n’a plus d’accès.", *paragraphs]
    if change.message:
        paragraphs = [*paragraphs, f"{'Votre message' if mine else 'Message'} : « {change.message} »"]
    return Mail(
        to=user.email,
        subject=f"{title} ({change.member.establishment})",
        title=title,
        greeting=f"Bonjour {user.get_full_name() or user.email},",
        paragraphs=paragraphs,
        facts=[("Entreprise", str(change.member.establishment)), *((one.label, one.new or "(vide)") for one in lines)],
        button=("Voir mon entreprise", settings.SITE_URL + reverse("space:company", args=[change.member_id])),
    )
