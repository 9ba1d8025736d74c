"""What is written to who asked for a change (A-06)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse

from notifications.mail import Mail
from space.models import ChangeRequest

if TYPE_CHECKING:
    from space.changes import Line


def applied(change: ChangeRequest, lines: Sequence[Line]) -> Mail | None:
    """What was asked counts from now on; what a message asked, staff have done by hand."""
    done = "Nous avons vérifié et enregistré votre demande."
    if not lines:
        done = "Nous avons lu votre message et corrigé votre fiche."
    return _mail(change, "Votre modification est enregistrée", [done], lines)


def refused(change: ChangeRequest, lines: Sequence[Line]) -> Mail | None:
    """Nothing has changed, and why."""
    paragraphs = [
        "Nous ne pouvons pas enregistrer la modification que vous avez demandée : rien n’a changé.",
        f"Motif : {change.reason}",
        "Vous pouvez corriger et demander à nouveau, ou nous appeler.",
    ]
    return _mail(change, "Votre demande de modification est refusée", paragraphs, lines)


def _mail(change: ChangeRequest, title: str, paragraphs: list[str], lines: Sequence[Line]) -> Mail | None:
    if change.asked_by is None:
        return None
    if change.message:
        paragraphs = [*paragraphs, f"Votre message : « {change.message} »"]
    return Mail(
        to=change.asked_by.email,
        subject=f"{title} ({change.member.establishment})",
        title=title,
        greeting=f"Bonjour {change.asked_by_name},",
        paragraphs=paragraphs,
        facts=[("Entreprise", str(change.member.establishment)), *((one.label, one.new or "(vide)") for one in lines)],
        button=("Voir mon entreprise", settings.SITE_URL + reverse("space:company", args=[change.member_id])),
    )
