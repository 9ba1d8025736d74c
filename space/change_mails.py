"""What is written to who asked for a change (A-06); once he may not see the company any more, to who manages it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from membership.models import Access
from notifications.mail import Mail
from space.models import ChangeRequest

if TYPE_CHECKING:
    from space.changes import Line


def applied(change: ChangeRequest, lines: Sequence[Line]) -> list[Mail]:
    """What was asked counts from now on; what a message asked, staff have done by hand."""
    done = "Nous avons vérifié et enregistré votre demande."
    if not lines:
        done = "Nous avons lu votre message et corrigé votre fiche."
    return list(_mails(change, "Votre modification est enregistrée", [done], lines))


def refused(change: ChangeRequest, lines: Sequence[Line]) -> list[Mail]:
    """Nothing has changed, and why."""
    paragraphs = [
        "Nous ne pouvons pas enregistrer la modification que vous avez demandée : rien n’a changé.",
        f"Motif : {change.reason}",
        "Vous pouvez corriger et demander à nouveau, ou nous appeler.",
    ]
    return list(_mails(change, "Votre demande de modification est refusée", paragraphs, lines))


def _mails(change: ChangeRequest, title: str, paragraphs: list[str], lines: Sequence[Line]) -> Iterator[Mail]:
    if change.message:
        paragraphs = [*paragraphs, f"Votre message : « {change.message} »"]
    for user in _readers(change):
        asked = user.pk == change.asked_by_id
        name = change.asked_by_name if asked else user.get_full_name()
        yield Mail(
            to=user.email,
            subject=f"{title} ({change.member.establishment})",
            title=title,
            greeting=f"Bonjour {name}," if name else "Bonjour,",
            paragraphs=paragraphs if asked else [f"Demande de {change.asked_by_name}.", *paragraphs],
            facts=[
                ("Entreprise", str(change.member.establishment)),
                *((one.label, one.new or "(vide)") for one in lines),
            ],
            button=("Voir mon entreprise", settings.SITE_URL + reverse("space:company", args=[change.member_id])),
        )


def _readers(change: ChangeRequest) -> list[User]:
    """Who asked, if he may still see the company; else those who manage its space."""
    accesses = Access.objects.alive().filter(member=change.member_id, user__is_active=True)
    found = accesses.filter(user=change.asked_by_id) or accesses.filter(manages=True)
    return [access.user for access in found.select_related("user").order_by("created_at", "pk")]
