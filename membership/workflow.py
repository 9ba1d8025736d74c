"""The verbs of a dossier de pré-adhésion (of its money: `payments`). Reading this is reading the business process.

Every verb runs in one transaction: lock, check, move, create records, enqueue messages. `seen` is the version of the
dossier that the person had before his eyes; when somebody acted since, the verb is refused and says who did what.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.activation import invite
from billing.settlement import latest_document
from core.dates import french_date, today
from core.journal import Actor, record
from core.numbering import next_number
from core.text import counted
from core.transitions import AlreadyDone, Refused, advance
from documents import uploads
from documents.models import Upload
from membership import cashing, mails, pdfs, pieces, pricing, refusal_mails, unpaid_mails
from membership.assignment import choose_doctor
from membership.eligibility import present_member
from membership.links import dossier_url
from membership.models import RIGHTS, Access, Application, Member, Payment, PieceRequest, Proforma
from membership.numbers import next_member_number
from membership.settling import begin, settle, start_answer, stop_clocks
from membership.states import State
from membership.unpaid import unpaid_invoices
from notifications.mail import Mail
from notifications.outbox import enqueue


@transaction.atomic
def submit(dossier: Application, *, by: Actor) -> Application:
    """The employer validates his request: it gets its reference, and he gets the bordereau (M-08, M-09, D-01).

    The wizard has checked that nothing is missing. Validated again after `corrections.reopen`, it keeps its reference
    and the bordereau is the next version: one signed before says something else.
    """
    dossier = begin(dossier)
    year = today().year
    if not dossier.reference:
        dossier.reference = f"PA-{year}-{next_number(f'dossier-{year}'):06d}"
    dossier.submitted_at = timezone.now()
    dossier.remind_on = dossier.purge_on = None
    dossier.save()
    advance(dossier, State.SUBMITTED, by=by, message="Demande de pré-adhésion validée.")
    bordereau = pdfs.bordereau(dossier)
    pieces.refuse_signed(dossier, before=bordereau)
    mail = mails.submitted(dossier, bordereau, dossier_url(dossier))
    enqueue(mail, about=dossier, dedupe_key=f"submit:{dossier.pk}:{bordereau.version}")
    return settle(dossier)


@transaction.atomic
def hold_for_unpaid(dossier: Application, *, by: Actor, seen: int | None = None) -> Application:
    """Invoices of a past membership are unpaid: they come first, and no proforma goes out (M-10, M-11).

    The company has two calendar months to pay them; then the dossier goes back, as for missing pieces (M-16).
    """
    dossier = begin(dossier, seen)
    invoices = unpaid_invoices(dossier)
    if not invoices:
        raise Refused("Aucune facture impayée n’est connue pour cette entreprise : le dossier n’a pas à être suspendu.")
    advance(dossier, State.UNPAID, by=by, message="Dossier suspendu : des factures passées restent à régler.")
    stop_clocks(dossier)  # of pieces asked for before: the invoices come first
    settle(dossier)
    mail = unpaid_mails.unpaid(dossier, invoices, dossier_url(dossier))
    enqueue(mail, about=dossier, dedupe_key=f"unpaid:{dossier.pk}:{dossier.version}")
    return dossier


@transaction.atomic
def send_proforma(dossier: Application, *, by: Actor, seen: int | None = None) -> Application:
    """The request is checked: price it, number the proforma, mail it with the bordereau (M-12, M-13)."""
    dossier = begin(dossier, seen)
    if invoices := unpaid_invoices(dossier):
        raise Refused(
            f"{counted(len(invoices), 'facture impayée', 'factures impayées')} : la proforma ne peut pas partir "
            "avant le règlement. "
            "Suspendez le dossier, ou notez les factures comme réglées."
        )
    advance(dossier, State.AWAITING, by=by, message="Demande vérifiée, facture proforma envoyée.")
    stop_clocks(dossier)  # what was asked before gives way to what the proforma asks
    year = today().year
    quote = pricing.quote(dossier.establishment, year)
    proforma = Proforma(
        application=dossier,
        number=f"PF-{year}-{next_number(f'proforma-{year}'):06d}",
        issued_on=today(),
        lines=[line.as_json() for line in quote.lines],
        net=quote.net,
        vat_rate=quote.vat_rate,
        vat=quote.vat,
        total=quote.total,
    )
    proforma.document = pdfs.proforma(dossier, proforma)
    proforma.save()
    mail = mails.proforma_sent(dossier, proforma, pdfs.latest_bordereau(dossier), dossier_url(dossier))
    enqueue(mail, about=dossier, dedupe_key=f"proforma:{proforma.number}")
    return settle(dossier)


@transaction.atomic
def ask_for_missing(
    dossier: Application, *, by: Actor, kinds: Iterable[str], message: str = "", seen: int | None = None
) -> PieceRequest:
    """The relance: name the missing pieces and give two calendar months to send them (M-15, M-16)."""
    dossier = begin(dossier, seen)
    if dossier.state not in (State.SUBMITTED, State.AWAITING):
        raise Refused("Les pièces se demandent tant que le dossier est à vérifier ou en attente de l’entreprise.")
    asked = [kind for kind in pieces.LABELS if kind in set(kinds)]
    if not asked:
        raise Refused("Choisissez au moins une pièce à demander.")
    if accepted := [kind for kind in asked if kind not in pieces.may_be_asked(pieces.pieces(dossier))]:
        raise Refused(
            f"Déjà reçu et vérifié : {pieces.LABELS[accepted[0]]}. Pour en obtenir un autre, refusez-le d’abord."
        )
    answer_by = start_answer(dossier)
    request = PieceRequest.objects.create(
        application=dossier, pieces=asked, message=message, asked_by=by.user, answer_by=answer_by
    )
    record(
        dossier, by=by, message=f"Pièces demandées, à envoyer au plus tard le {french_date(answer_by)}.", reason=message
    )
    mail = mails.pieces_missing(dossier, request, dossier_url(dossier))
    enqueue(mail, about=dossier, dedupe_key=f"pieces:{dossier.pk}:{dossier.version}")
    return _settled(dossier, request)


@transaction.atomic
def last_call(dossier: Application) -> Application:
    """Two weeks before the dossier goes back: one more mail, and an SMS where we know a mobile (B-03)."""
    dossier = begin(dossier)
    dossier.last_call_on = None
    if dossier.state == State.UNPAID:
        messages = unpaid_mails.last_call(dossier, unpaid_invoices(dossier), dossier_url(dossier))
    else:
        messages = mails.last_call(dossier, pieces.missing(dossier), dossier_url(dossier))
    for message in messages:
        key = f"last-call:{type(message).__name__}:{dossier.pk}:{dossier.answer_by}"
        enqueue(message, about=dossier, dedupe_key=key)
    record(dossier, by=Actor.clock(), message="Dernier rappel envoyé avant la clôture du dossier.")
    return settle(dossier)


def add_piece(dossier: Application, kind: str, file: Any, *, by: Actor) -> Upload:
    """The company sends a piece after its request: the signed bordereau, or what was asked (M-14). The file is stored
    first: should the second half fail, the piece is there and the next verb counts it."""
    _refuse_unless_running(dossier)
    return keep_piece(dossier, uploads.accept(dossier, kind, file, uploaded_by=by.name), by=by)


def keep_piece(dossier: Application, upload: Upload, *, by: Actor) -> Upload:
    """The second half, also of a file that was being read while its draft was validated."""
    try:
        with transaction.atomic():
            dossier = begin(dossier)
            _refuse_unless_running(dossier)
            record(dossier, by=by, message=f"Document envoyé : {pieces.LABELS[upload.kind]}.")
            return _settled(dossier, upload)
    except Refused:  # it was closed while the file was read: nothing of it is kept
        if not upload.already_there:
            uploads.remove(upload)
        raise


@transaction.atomic
def remove_piece(dossier: Application, upload: Upload, *, by: Actor) -> None:
    """The company takes back a piece that staff have not checked yet."""
    dossier = begin(dossier)
    if not dossier.is_open:
        raise Refused("Ce dossier est clos : ses documents y restent.")
    if not (found := Upload.objects.about(dossier).filter(pk=upload.pk).first()):
        return  # two tabs: it is gone already
    if found.review != "pending":
        raise Refused("Ce document a déjà été vérifié : il reste au dossier. Envoyez-en un autre si besoin.")
    uploads.remove(found)
    record(dossier, by=by, message=f"Document retiré : {pieces.LABELS[upload.kind]}.")
    settle(dossier)


@transaction.atomic
def review_piece(
    dossier: Application, upload: Upload, *, accepted: bool, by: Actor, reason: str = "", seen: int | None = None
) -> Application:
    """Staff accept a document, or refuse it with a reason that the company gets by mail and reads (B-02, B-04). One
    that was refused already may be refused for another reason: it is told once."""
    dossier = begin(dossier, seen)
    if not dossier.is_open:
        raise Refused("Le dossier est clos : ses documents ne peuvent plus être vérifiés.")
    if not accepted and not reason.strip():
        raise Refused("Dites pourquoi le document est refusé : l’entreprise lira ce motif.")
    if not Upload.objects.about(dossier).filter(pk=upload.pk).exists():
        raise AlreadyDone("Ce document n’est plus au dossier : l’entreprise vient de le retirer.")
    upload.refresh_from_db()
    was_refused = upload.review == Upload.Review.REFUSED
    uploads.review(upload, accepted, by.user, reason.strip())
    verdict = "accepté" if accepted else "refusé"
    record(dossier, by=by, message=f"Document {verdict} : {pieces.LABELS[upload.kind]}.", reason=reason.strip())
    settle(dossier)
    if not accepted and not was_refused:
        mail = refusal_mails.refused(dossier, upload)
        enqueue(mail, about=dossier, dedupe_key=f"piece-refused:{upload.pk}:{dossier.version}")
    return dossier


@transaction.atomic
def accept(dossier: Application, *, by: Actor, seen: int | None = None) -> Member:
    """The dossier is complete: number, cashing, medical team, récépissé and access (M-17 to M-20, M-23 to M-26)."""
    dossier = begin(dossier, seen)
    if dossier.state == State.AWAITING:
        if not pieces.is_complete(dossier):
            raise Refused("Le dossier n’est pas complet : aucun numéro d’adhérent ne peut être donné.")
        if present := present_member(dossier.siret):
            raise Refused(f"Cet établissement est déjà adhérent ({present.number}) : retournez le dossier.")
    dossier.closed_at = timezone.now()
    advance(dossier, State.ACCEPTED, by=by, message="Dossier complet et accepté : vous êtes maintenant adhérent.")
    doctor = choose_doctor(dossier.establishment)
    member = Member.objects.create(
        establishment=dossier.establishment,
        siret=dossier.siret,
        number=next_member_number(),
        joined_on=today(),
        centre=doctor.centre,
        doctor=doctor,
        adviser=dossier.assigned_to,
    )
    dossier.invoice = cashing.cash(dossier, member, by=by)
    user, activation_url = invite(
        dossier.representative_email, dossier.representative_first_name, dossier.representative_last_name
    )
    Access.objects.create(user=user, member=member, **dict.fromkeys(RIGHTS, True))
    receipt = pdfs.receipt(dossier, member)
    mail = mails.accepted(dossier, member, [receipt, latest_document(dossier.invoice)], activation_url)
    enqueue(mail, about=dossier, dedupe_key=f"accept:{dossier.pk}")
    return _settled(dossier, member)


@transaction.atomic
def send_back(dossier: Application, *, by: Actor, reason: str = "", seen: int | None = None) -> Application:
    """Return the whole dossier to the company; what it paid is refunded (M-16, M-19)."""
    return _close(dossier, State.RETURNED, "Dossier retourné à l’entreprise.", mails.returned, by, reason, seen)


@transaction.atomic
def withdraw(dossier: Application, *, by: Actor, reason: str = "", seen: int | None = None) -> Application:
    """The company gives up its request; what it paid is refunded."""
    return _close(dossier, State.WITHDRAWN, "Demande retirée.", mails.withdrawn, by, reason, seen)


@transaction.atomic
def assign(dossier: Application, *, to: Any, by: Actor, seen: int | None = None) -> Application:
    """Give the dossier to a member of staff, or to nobody."""
    dossier = begin(dossier, seen)
    dossier.assigned_to = to
    whom = f"confié à {Actor.staff(to).name}" if to else "remis dans la file commune"
    record(dossier, by=by, message=f"Dossier {whom}.", internal=True)
    return settle(dossier)


@transaction.atomic
def add_note(dossier: Application, *, by: Actor, text: str, seen: int | None = None) -> Application:
    """A note between members of staff; the company never sees it."""
    dossier = begin(dossier, seen)
    record(dossier, by=by, message="Note interne.", reason=text, internal=True)
    return settle(dossier)


def _refuse_unless_running(dossier: Application) -> None:
    if not dossier.is_open or dossier.is_draft:
        raise Refused("Ce dossier n’attend plus de document.")


def _close(
    dossier: Application,
    state: State,
    message: str,
    mail: Callable[[Application, str, bool], Mail],
    by: Actor,
    reason: str,
    seen: int | None,
) -> Application:
    """What sending back and withdrawing have in common: whatever is held is to be given back."""
    dossier = begin(dossier, seen)
    dossier.closed_at = timezone.now()
    advance(dossier, state, by=by, message=message, reason=reason)
    refunds = dossier.payments.filter(state=Payment.State.HELD).update(state=Payment.State.TO_REFUND)
    enqueue(mail(dossier, reason, bool(refunds)), about=dossier, dedupe_key=f"close:{dossier.pk}")
    return settle(dossier)


def _settled(dossier: Application, result: Any) -> Any:
    settle(dossier)
    return result
