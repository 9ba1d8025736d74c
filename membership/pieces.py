"""What a dossier must contain, and what is still missing: one answer for the page, the relance and the acceptance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Sum

from core.dates import today
from core.money import euros
from documents import uploads
from documents.models import Document, Upload
from membership.models import Application, Payment, PieceRequest, Proforma
from membership.states import State

KBIS, RIB, BORDEREAU, OTHER, PAYMENT = "kbis", "rib", "bordereau", "other", "payment"

LABELS = {
    KBIS: "Extrait Kbis ou équivalent (déclaration en préfecture, fiche SIRENE)",
    RIB: "RIB de l’entreprise",
    BORDEREAU: "Bordereau de pré-adhésion signé",
    OTHER: "Autre document",
    PAYMENT: "Règlement de la facture proforma",
}
WITH_REQUEST = [KBIS, RIB, OTHER]  # what the wizard's step 6 takes
AFTER_REQUEST = [BORDEREAU, *WITH_REQUEST]  # what « Mon dossier » takes
REQUIRED = [KBIS, RIB, BORDEREAU]  # what must be accepted before the dossier is
BEFORE_PROFORMA = (State.SUBMITTED, State.UNPAID)
ASK_AGAIN = "Un nouveau document est demandé"
SIGN_AGAIN = "Votre demande a été corrigée depuis : signez la nouvelle version du bordereau."


@dataclass(frozen=True)
class Piece:
    """The state of one required piece. `status` is absent, later (not asked for yet), refused, partial (of
    the payment: something came), pending (staff to check) or accepted."""

    kind: str
    status: str
    note: str = ""  # why it was refused, that a new one is asked, or how much is still due
    asked: bool = False  # a relance named it

    @property
    def label(self) -> str:
        return LABELS[self.kind]

    @property
    def company_must_act(self) -> bool:
        return self.status in ("absent", "refused", "partial")


def pieces(dossier: Application) -> list[Piece]:
    """Every required piece of the dossier, in the order people read them."""
    sent = list(Upload.objects.about(dossier))
    asked = _last_asked(dossier)
    found = [_document(kind, [upload for upload in sent if upload.kind == kind], asked.get(kind)) for kind in REQUIRED]
    if (
        dossier.state in BEFORE_PROFORMA
    ):  # the company signs its bordereau once it has the proforma, unless asked before
        found = [_for_later(piece) if piece.kind == BORDEREAU else piece for piece in found]
    proforma = Proforma.objects.filter(application=dossier).first()
    if OTHER in asked:  # what was accepted before is something else: the message of the relance says what is asked
        others = [upload for upload in sent if upload.kind == OTHER]
        since = [upload for upload in others if upload.created_at > asked[OTHER] or upload.review == "refused"]
        found.append(_document(OTHER, since, asked[OTHER]))
    return [*found, _payment(dossier, proforma, PAYMENT in asked)] if proforma else found


def _last_asked(dossier: Application) -> dict[str, datetime]:
    """When each kind was last asked for by a relance."""
    requests = PieceRequest.objects.filter(application=dossier).order_by("asked_at", "pk")
    return {kind: request.asked_at for request in requests for kind in request.pieces}


def missing(dossier: Application) -> list[Piece]:
    """What the company still has to send."""
    return [piece for piece in pieces(dossier) if piece.company_must_act]


def is_complete(dossier: Application) -> bool:
    """Nothing is missing and nothing waits to be checked: the dossier can be accepted (M-17)."""
    return are_complete(pieces(dossier))


def may_be_asked(found: Iterable[Piece]) -> list[str]:
    """The kinds a relance may name: not what was accepted, of which it would say that it is missing; OTHER always."""
    return [*(piece.kind for piece in found if piece.kind != OTHER and piece.status != "accepted"), OTHER]


def are_complete(found: Iterable[Piece]) -> bool:
    """The same of pieces that were looked up already. Without a proforma no payment is asked, and none is complete."""
    status = {piece.kind: piece.status for piece in found}
    return PAYMENT in status and set(status.values()) == {"accepted"}


def to_check(dossier: Application) -> bool:
    """Whether a document waits for staff to look at it. Asking for another one answers for what waited before."""
    asked = _last_asked(dossier)
    waiting = Upload.objects.about(dossier).filter(review=Upload.Review.PENDING)
    return any(not _outdated(upload, asked.get(upload.kind)) for upload in waiting)


def refuse_signed(dossier: Application, *, before: Document) -> None:
    """A bordereau signed before this version of it is to be signed again; one still held shows who looks at it."""
    if before.version > 1:
        signed = Upload.objects.about(dossier).filter(kind=BORDEREAU, scan__in=[Upload.Scan.NONE, Upload.Scan.CLEAN])
        for upload in signed.exclude(review=Upload.Review.REFUSED):
            uploads.review(upload, False, None, SIGN_AGAIN)


def paid(dossier: Application) -> Decimal:
    """Euros received and still ours: held or cashed."""
    kept = Payment.objects.filter(application=dossier, state__in=[Payment.State.HELD, Payment.State.CASHED])
    return kept.aggregate(total=Sum("amount"))["total"] or Decimal(0)


def payable_from(dossier: Application) -> date:
    """The day on which the company was asked to pay; that of its request, for money that nobody asked for."""
    proforma = Proforma.objects.filter(application=dossier).first()
    return proforma.issued_on if proforma else today(dossier.submitted_at)


def due(dossier: Application, proforma: Proforma) -> Decimal:
    """Euros of the proforma still to come; negative when too much was paid."""
    return proforma.total - paid(dossier)


def _document(kind: str, sent: list[Upload], asked_at: datetime | None = None) -> Piece:
    """The best of several uploads of one kind counts: a refused photo followed by a good one is a good piece.

    One that waited when the kind was asked for again, at `asked_at`, no longer does: the company is to send a new one.
    """
    by_review = {upload.review: upload for upload in sent if not _outdated(upload, asked_at)}
    was_asked = asked_at is not None
    for status in ("accepted", "pending", "refused"):
        if status in by_review:
            return Piece(kind, status, by_review[status].refusal_reason if status == "refused" else "", was_asked)
    return Piece(kind, "absent", ASK_AGAIN if sent else "", was_asked)


def _for_later(piece: Piece) -> Piece:
    return replace(piece, status="later") if piece.status == "absent" and not piece.asked else piece


def _outdated(upload: Upload, asked_at: datetime | None) -> bool:
    return upload.review == Upload.Review.PENDING and asked_at is not None and upload.created_at <= asked_at


def _payment(dossier: Application, proforma: Proforma, asked: bool) -> Piece:
    left = due(dossier, proforma)
    if left <= 0:
        return Piece(PAYMENT, "accepted", asked=asked)
    if left < proforma.total:
        note = f"Reçu en partie : {euros(proforma.total - left)} sur {euros(proforma.total)}"
        return Piece(PAYMENT, "partial", f"{note}. Reste à régler : {euros(left)}", asked)
    return Piece(PAYMENT, "absent", f"Reste à régler : {euros(left)}", asked)


def with_labels(found: Iterable[Upload]) -> list[Upload]:
    """All uploads of a dossier, each with what its kind is called on screen (`kind_label`), and whether another one
    counts in its place should it be refused (`replaced`)."""
    labelled = list(found)
    for upload in labelled:
        upload.kind_label = LABELS[upload.kind]  # type: ignore[attr-defined]
        upload.replaced = any(_replaces(other, upload) for other in labelled)  # type: ignore[attr-defined]
    return labelled


def _replaces(other: Upload, upload: Upload) -> bool:
    if other.kind != upload.kind or other.review == Upload.Review.REFUSED:
        return False
    return other.kind != OTHER or other.created_at > upload.created_at  # two other documents may be two things
