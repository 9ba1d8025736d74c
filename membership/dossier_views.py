"""« Mon dossier »: what happened, what is missing, who must act and by when; the papers in and out."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from billing import payment_code
from core.access import LINK, audience
from core.dates import french_date
from core.journal import timeline
from core.money import euros
from documents.downloads import NotReady, serve
from documents.models import Document, Upload
from documents.models.document import DocumentQuerySet
from membership import pdfs, pieces, thread, wording
from membership.document_notices import told
from membership.eligibility import ALREADY_MEMBER, may_begin_again
from membership.employer import dossier_or_404, submitted_or_404
from membership.forms.thread import MessageForm
from membership.models import Application, Payment
from membership.states import CAME_TO_NOTHING, FOR_EMPLOYER, Queue, State
from membership.steps import WIZARD
from membership.unpaid import Unpaid, to_pay, unpaid_invoices

AGAIN = "Vous pouvez recommencer quand vous le souhaitez, sans rien ressaisir."
NEXT = {
    State.SUBMITTED: "Nous vérifions votre demande et vous envoyons la facture proforma sous deux jours ouvrés.",
    State.UNPAID: "Réglez les factures ci-dessous : votre demande reprend dès leur règlement.",
    State.AWAITING: "Envoyez ce qui manque ci-dessous. Dès que tout y est, nous vous donnons votre numéro d’adhérent.",
    State.ACCEPTED: "Prenez contact avec le secrétariat de votre médecin du travail pour organiser le suivi.",
    State.RETURNED: AGAIN,
    State.WITHDRAWN: AGAIN,
}


@audience(LINK)
@require_safe
def dossier(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The one address of a dossier: the wizard while it is a draft, its page afterwards."""
    mine = dossier_or_404(request, pk)
    if mine.is_draft:
        return redirect("membership:step", pk, WIZARD.first_todo(mine).slug)
    return render(request, "membership/dossier.html", dossier_context(mine) | told(request))


def dossier_context(mine: Application) -> dict:
    """All that « Mon dossier » shows."""
    proforma = getattr(mine, "proforma", None)
    open_and_waiting = mine.is_open and not mine.is_draft
    required = pieces.pieces(mine)
    missing = to_send(mine, required)
    due = pieces.due(mine, proforma) if proforma and mine.state == State.AWAITING else 0
    invoices = unpaid_invoices(mine) if mine.state == State.UNPAID else []
    owed = to_pay(invoices)
    return {
        "dossier": mine,
        "state_label": state_label(mine, missing, invoices),
        "next": what_next(mine, missing, invoices),
        "pieces": required,
        "relance": mine.piece_requests.last() if mine.answer_by and mine.state != State.UNPAID else None,
        "missing": missing,
        "not_missing": [piece for piece in required if piece not in missing],
        "uploads": pieces.with_labels(Upload.objects.about(mine).order_by("position")),
        "documents": issued(mine).current().order_by("created_at"),
        "events": events(mine, missing, invoices),
        "asked": was_asked(mine),
        "invoices": invoices,
        "to_pay": owed,
        "owed_reference": wording.numbers(owed),
        "owed": sum((invoice.amount for invoice in owed), Decimal(0)),
        "may_send": open_and_waiting,
        "may_begin_again": may_begin_again(mine),
        "kinds": [(kind, pieces.LABELS[kind]) for kind in pieces.AFTER_REQUEST],
        "due": due,
        "payment_code": payment_code.image(mine.reference, due) if due > 0 else "",
        "member": getattr(mine.establishment, "member", None),
        "thread": (written := thread.shown(mine)),
        "to_read": written[-1][0] if written and written[-1][0].from_staff else None,
        "thread_form": MessageForm(),
    }


def issued(mine: Application) -> DocumentQuerySet:
    """All that we issued for the dossier; once it is accepted with the invoice of the membership (M-23)."""
    found = Document.objects.about(mine)
    return found | Document.objects.about(mine.invoice) if mine.invoice else found


def events(mine: Application, missing: list[pieces.Piece], invoices: Sequence[Unpaid] = ()) -> list[dict]:
    """The timeline: what happened, then what comes next, who must act and by when (B-02).

    `invoices` are those that hold the dossier; none any more once they are paid: then it is up to us.
    """
    past = [
        {"state": "done", "title": entry.message, "text": entry.reason, "when": entry.at, "who": entry.actor_name}
        for entry in timeline(mine)
    ]
    if not mine.is_open:
        return past + _refund_to_come(mine)
    coming = []
    if mine.state == State.UNPAID:
        if to_pay(invoices):
            coming.append({"title": "Règlement des factures passées", "who": "À vous d’agir", "by": mine.answer_by})
        elif invoices:
            coming.append({"title": "Prélèvement des factures passées"})
    else:
        by = mine.answer_by or mine.relance_on
        coming += [{"title": piece.label, "who": "À vous d’agir", "by": by} for piece in missing]
    if mine.queue in (Queue.CHECK, Queue.READY):
        coming.append({"title": "Vérification par nos soins", "who": "À nous d’agir", "by": mine.due_on})
    coming.append({"title": "Récépissé et numéro d’adhérent"})
    return [*past, *({"state": "next", **event} for event in coming)]


def _refund_to_come(mine: Application) -> list[dict]:
    """What is still to be done of a dossier that is closed: give the money back (M-19)."""
    if mine.queue != Queue.REFUND:
        return []
    due = mine.payments.filter(state=Payment.State.TO_REFUND).aggregate(total=Sum("amount"))["total"]
    title = f"Remboursement de {euros(due)}" if due else "Remboursement"
    return [{"state": "next", "title": title, "who": "À nous d’agir", "by": mine.due_on}]


def was_asked(mine: Application) -> bool:
    """Whether the company has been told what to send: at first it only waits for our check, or pays what it owes."""
    return mine.state not in pieces.BEFORE_PROFORMA or (mine.state == State.SUBMITTED and mine.answer_by is not None)


def to_send(mine: Application, required: list[pieces.Piece]) -> list[pieces.Piece]:
    """What the company was told to send: of what is missing, at first only what it sent and we refused (B-04)."""
    told = was_asked(mine)
    return [piece for piece in required if piece.company_must_act and (told or piece.status == "refused")]


def state_label(mine: Application, missing: list[pieces.Piece], invoices: Sequence[Unpaid]) -> str:
    """What the state is called: that it is our turn, once the company has done its part. `invoices` as for `events`."""
    if mine.state == State.UNPAID and not invoices:
        return FOR_EMPLOYER[State.SUBMITTED]
    if mine.state == State.AWAITING:
        kinds = {piece.kind for piece in missing}
        if not kinds:
            return FOR_EMPLOYER[State.SUBMITTED]
        if kinds == {pieces.PAYMENT}:
            return "En attente de votre règlement"
        if pieces.PAYMENT not in kinds:
            return "En attente de vos pièces"
    return FOR_EMPLOYER[mine.state]


def what_next(mine: Application, missing: list[pieces.Piece], invoices: Sequence[Unpaid] = ()) -> str:
    """One sentence under the state: what happens now. `invoices` as for `events`."""
    if mine.state == State.UNPAID and not invoices:
        return "Vos factures sont réglées : nous reprenons votre demande."
    if mine.state == State.UNPAID and not to_pay(invoices):
        return "Vous n’avez rien à faire : votre demande reprend dès que le prélèvement ci-dessous a abouti."
    if mine.state in CAME_TO_NOTHING and not may_begin_again(mine):
        return ALREADY_MEMBER
    if mine.state == State.AWAITING and not missing:
        return "Tout est là. Nous vérifions vos pièces, puis nous vous donnons votre numéro d’adhérent."
    return NEXT[mine.state]


@audience(LINK)
@require_safe
def confirmation(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page after validation: reference, what happens next, who acts, by when, and the PDF.

    Who comes back to it once the dossier has moved on is led to « Mon dossier », which says where it stands.
    """
    mine = submitted_or_404(request, pk)
    if mine.state != State.SUBMITTED:
        return redirect("membership:dossier", pk)
    bordereau = Document.objects.about(mine).filter(kind=pdfs.BORDEREAU).order_by("version").last()
    context = {
        "dossier": mine,
        "bordereau": bordereau,
        "title": "Votre demande est envoyée",
        "reference": mine.reference,
        "lead": f"Le bordereau de pré-adhésion part à l’adresse {mine.representative_email}.",
        "next_steps": [
            f"Nous vérifions votre demande, au plus tard le {french_date(mine.due_on)}."
            if mine.due_on
            else "Nous vérifions votre demande.",
            "Vous recevez la facture proforma par courriel.",
            "Vous renvoyez le bordereau signé et votre règlement, depuis votre page « Mon dossier ».",
            "Une fois le dossier complet, vous recevez votre récépissé et votre numéro d’adhérent.",
        ],
    }
    return render(request, "membership/confirmation.html", context)


@audience(LINK)
@require_safe
def answers(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Everything that was entered, read-only."""
    mine = submitted_or_404(request, pk)
    context = {"dossier": mine, "title": "Vos réponses", "sections": WIZARD.sections(mine)}
    return render(request, "membership/answers.html", context)


@audience(LINK)
@require_safe
def document(request: HttpRequest, pk: UUID, document_pk: UUID) -> HttpResponse:
    """Download an issued PDF of the dossier."""
    mine = dossier_or_404(request, pk)
    found = get_object_or_404(issued(mine), pk=document_pk)
    try:
        return serve(found)
    except NotReady:
        return render(request, "membership/preparing.html", {"dossier": mine, "document": found}, status=202)
