"""The mails about a document that was not taken: what it was, why, and what to do about it (B-02, B-04)."""

from __future__ import annotations

from core.dates import french_date
from documents.models import Upload
from membership import pieces, wording
from membership.links import dossier_url
from membership.mails import FOLLOW, RESUME, compose
from membership.models import Application
from membership.states import State
from notifications.mail import Mail

SEND_ANOTHER = "C’est à vous d’agir : envoyez-en un autre depuis votre dossier"


def not_kept(dossier: Application, upload: Upload) -> Mail:
    """The virus scanner refused a file that had been held for it."""
    return _mail(
        dossier,
        "Un de vos documents n’a pas pu être gardé",
        f"Nous avions reçu ce document pour {wording.name(dossier)} : « {pieces.LABELS[upload.kind]} ». Après "
        f"vérification, nous ne pouvons pas le prendre. {upload.refusal_reason}",
        f"{SEND_ANOTHER}. Rien d’autre n’est perdu.",
    )


def refused(dossier: Application, upload: Upload) -> Mail:
    """Staff refused a document. When to send another is what the dossier says once it is settled."""
    return _mail(
        dossier,
        "Un de vos documents a été refusé",
        f"Nous avons examiné ce document, reçu le {french_date(upload.created_at)} pour {wording.name(dossier)} : "
        f"« {pieces.LABELS[upload.kind]} ». Nous ne pouvons pas l’accepter.",
        f"Motif : {upload.refusal_reason}",
        _what_to_do(dossier, upload.kind),
    )


def _what_to_do(dossier: Application, kind: str) -> str:
    status = next((piece.status for piece in pieces.pieces(dossier) if piece.kind == kind), "")
    if status == "accepted":
        return "Vous n’avez rien à faire : un autre document que vous avez envoyé pour cette pièce convient."
    if status == "pending":
        return "Vous n’avez rien à faire : nous vérifions l’autre document que vous avez envoyé pour cette pièce."
    if not status:  # of a kind that nobody asked for
        return "S’il est utile à votre demande, envoyez-en un autre depuis votre dossier."
    by = ""
    if dossier.answer_by and dossier.state != State.UNPAID:  # then it is the day for the invoices
        by = f", au plus tard le {french_date(dossier.answer_by)}"
    elif dossier.relance_on:
        by = f", si possible avant le {french_date(dossier.relance_on)}"
    return f"{SEND_ANOTHER}{by}. Rien d’autre n’est perdu."


def _mail(dossier: Application, title: str, *paragraphs: str) -> Mail:
    button = (RESUME if dossier.is_draft else FOLLOW, dossier_url(dossier))
    return compose(dossier, title=title, paragraphs=paragraphs, button=button)
