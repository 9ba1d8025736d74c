"""The verbs of a request: draft, send, answer, ask, close, cancel. Reading this file is reading the business process.

Every verb is one transaction: lock, check, move, journal, messages. A draft's key comes from the page it was typed on,
so the same page sent twice is the same request.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from core.dates import add_working_days, french_date, today
from core.journal import Actor, record
from core.models import JournalEntry
from core.numbering import next_number
from core.text import counted, fold, storable
from core.transitions import AlreadyDone, Refused, advance, lock, refuse_overtaken
from documents import uploads
from documents.models import Upload
from membership.models import Member
from notifications.models import Message
from notifications.outbox import enqueue
from space import request_mails as mails
from space.models.requests import REOPEN_DAYS, MemberRequest, RequestMessage, RequestTheme
from space.request_states import State

STAFF_DAYS = 2  # working days we give ourselves to answer
MAX_DRAFTS = 20  # of one person for one company
_MAX_FOLDED = 50_000
_KEPT = 10_000  # characters of a text that may be too long yet: it is kept, and judged when it is sent


class NotYours(Refused):
    """The key belongs to somebody else's request."""


class AlreadySent(AlreadyDone):
    """The draft has left; `request` is what became of it."""

    def __init__(self, request: MemberRequest):
        super().__init__(f"La demande {request.reference} est déjà envoyée.")
        self.request = request


# --- Of the company ---------------------------------------------------------------------------------------------------


@transaction.atomic
def keep_draft(
    pk: UUID, member: Member, *, author: Any, by: Actor, theme: RequestTheme | None, subject: str, text: str
) -> RequestMessage:
    """Write down what is typed so far, right or not. Returns the draft of the first message."""
    known = MemberRequest.objects.filter(pk=pk).exists()
    if not known and MemberRequest.objects.filter(member=member).drafts_of(author).count() >= MAX_DRAFTS:
        raise Refused(f"Vous avez déjà {MAX_DRAFTS} brouillons : envoyez-en un, ou supprimez ceux qui ne servent plus.")
    defaults = {"member": member, "author": author, "author_name": by.name[:150]}
    request, _ = MemberRequest.objects.get_or_create(pk=pk, defaults=defaults)
    request = lock(request)
    if request.member_id != member.pk or request.author_id != author.pk:
        raise NotYours("Cette demande n’est pas la vôtre.")
    if not request.is_draft:
        raise AlreadySent(request)
    request.theme, request.subject, request.last_at = theme, storable(subject)[:120], timezone.now()
    request.save()
    message, _ = RequestMessage.objects.get_or_create(
        request=request, from_staff=False, sent_at=None, defaults={"author": author, "author_name": by.name[:150]}
    )
    return _write(message, text)


@transaction.atomic
def discard_draft(request: MemberRequest) -> None:
    """Forget a draft, with its files. One that has left meanwhile stays."""
    request = lock(request)
    if not request.is_draft:
        raise AlreadySent(request)
    delete(request)


@transaction.atomic
def delete(request: MemberRequest) -> None:
    """Delete a request for good, with its thread, files, mails and journal."""
    for message in request.messages.all():
        uploads.purge(message)
    for model in (JournalEntry, Message):
        model.objects.about(request).delete()
    request.delete()


@transaction.atomic
def send(request: MemberRequest, *, by: Actor) -> MemberRequest:
    """The draft leaves: it gets its reference, the team its notice, the author an acknowledgement (A-42)."""
    request = lock(request)
    if not request.is_draft:
        raise AlreadySent(request)
    message, now, year = request.messages.get(sent_at=None), timezone.now(), today().year
    request.reference = f"D{year}-{next_number(f'request-{year}'):06d}"
    request.sent_at = now
    _with_us(request)
    advance(request, State.OPEN, by=by, message="Demande envoyée.")
    _post(request, message)
    enqueue(mails.to_team(request, "Nouvelle demande"), about=request, dedupe_key=f"request:{request.pk}")
    for mail in mails.received(request):
        enqueue(mail, about=request, dedupe_key=f"request-received:{request.pk}")
    return _settle(request)


@transaction.atomic
def draft_answer(
    request: MemberRequest, pk: UUID, *, author: Any, by: Actor, text: str, from_staff: bool = False
) -> RequestMessage:
    """Write down an answer not sent yet. The key is the page's: a page sent twice is one answer."""
    lock(request)
    message, _ = RequestMessage.objects.get_or_create(
        pk=pk,
        defaults={"request": request, "author": author, "author_name": by.name[:150], "from_staff": from_staff},
    )
    if (message.request_id, message.author_id, message.from_staff) != (request.pk, author.pk, from_staff):
        raise NotYours("Ce message n’est pas le vôtre.")
    if message.sent_at:
        raise AlreadyDone("Votre message est déjà envoyé.")
    return _write(message, text)


@transaction.atomic
def answer(message: RequestMessage, *, by: Actor) -> MemberRequest:
    """The company answers. A request that waited for it, or was closed not long ago, is ours again."""
    request = lock(message.request)
    message.refresh_from_db()
    if message.sent_at:
        raise AlreadyDone("Votre message est déjà envoyé.")
    _refuse_late(request)
    if request.state == State.OPEN:
        record(request, by=by, message="Nouveau message de l’entreprise.")
    else:
        again = "Demande rouverte" if request.state == State.CLOSED else "Précision apportée"
        request.closed_at = None
        _with_us(request)
        advance(request, State.OPEN, by=by, message=f"{again} par un message de l’entreprise.")
    _post(request, message)
    enqueue(mails.to_team(request, "Nouveau message"), about=request, dedupe_key=f"request-message:{message.pk}")
    return _settle(request)


@transaction.atomic
def cancel(request: MemberRequest, *, by: Actor, reason: str = "") -> MemberRequest:
    """The company needs no answer any more."""
    request = lock(request)
    _end(request)
    advance(request, State.CANCELLED, by=by, message="Demande annulée par l’entreprise.", reason=reason)
    return _settle(request)


# --- Of the staff -----------------------------------------------------------------------------------------------------


@transaction.atomic
def reply(message: RequestMessage, *, by: Actor, seen: int) -> MemberRequest:
    """Staff answer, and go on working on the request."""
    request = _staff_begins(message, seen)
    record(request, by=by, message="Réponse de notre service.")
    return _staff_ends(request, message, "Nous avons répondu à votre demande")


@transaction.atomic
def ask(message: RequestMessage, *, by: Actor, seen: int) -> MemberRequest:
    """Staff ask for something: the request waits for the company."""
    request = _staff_begins(message, seen)
    request.waiting_since, request.due_on = timezone.now(), None
    if request.state == State.OPEN:
        advance(request, State.WAITING, by=by, message="Précision demandée à l’entreprise.")
    else:
        record(request, by=by, message="Précision demandée de nouveau à l’entreprise.")
    return _staff_ends(request, message, "Nous avons besoin d’une précision")


@transaction.atomic
def close(message: RequestMessage, *, by: Actor, seen: int) -> MemberRequest:
    """Staff say the last word. Answering within REOPEN_DAYS opens the request again."""
    request = _staff_begins(message, seen)
    _end(request)
    advance(request, State.CLOSED, by=by, message="Demande traitée et clôturée par notre service.")
    return _staff_ends(request, message, "Votre demande est traitée")


@transaction.atomic
def assign(request: MemberRequest, *, to: Any, by: Actor, seen: int | None = None) -> MemberRequest:
    """Who looks after the request; nobody gives it back to the common queue."""
    request = _begin(request, seen)
    if request.assigned_to_id == (to.pk if to else None):
        raise AlreadyDone(f"Cette demande est déjà {'confiée à cette personne' if to else 'dans la file commune'}.")
    request.assigned_to = to
    name = (to.get_full_name() or to.email) if to else ""
    words = f"Demande confiée à {name}." if to else "Demande remise dans la file commune."
    record(request, by=by, message=words, internal=True)
    return _settle(request, talked=False)


@transaction.atomic
def note(request: MemberRequest, text: str, *, by: Actor) -> None:
    """A note that the company never sees."""
    record(lock(request), by=by, message="Note interne.", reason=text, internal=True)


# --- What verbs share -------------------------------------------------------------------------------------------------


def remove_file(message: RequestMessage, upload: Upload) -> None:
    """Take a file off a message that is not sent yet."""
    with transaction.atomic():
        lock(message.request)
        if RequestMessage.objects.filter(pk=message.pk, sent_at__isnull=False).exists():
            raise AlreadyDone("Ce message est déjà envoyé : ses fichiers ne peuvent plus être retirés.")
        uploads.remove(upload)


def _begin(request: MemberRequest, seen: int | None) -> MemberRequest:
    """Lock the request; refuse if it changed since the person saw version `seen` of it."""
    request = lock(request)
    refuse_overtaken(request, seen, "Cette demande a déjà été traitée", "Relisez-la")
    return request


def _write(message: RequestMessage, text: str) -> RequestMessage:
    message.text = storable(text).replace("\r\n", "\n")[:_KEPT]
    message.save(update_fields=["text"])
    return message


def _post(request: MemberRequest, message: RequestMessage) -> None:
    """The message leaves, and can be searched for."""
    message.sent_at = timezone.now()
    message.save(update_fields=["sent_at"])
    base = request.folded or fold(f"{request.reference} {request.subject}")
    request.folded = f"{base} {fold(message.text)}"[:_MAX_FOLDED]


def _with_us(request: MemberRequest) -> None:
    """From now on it is for us to act."""
    request.waiting_since, request.due_on = timezone.now(), add_working_days(today(), STAFF_DAYS)


def _end(request: MemberRequest) -> None:
    request.closed_at, request.waiting_since, request.due_on = timezone.now(), None, None


def _settle(request: MemberRequest, *, talked: bool = True) -> MemberRequest:
    """Store what a verb worked out; counts one more version."""
    request.version += 1
    if talked:
        request.last_at = timezone.now()
    request.save()
    return request


def _refuse_late(request: MemberRequest) -> None:
    if request.takes_answers:
        return
    if request.state == State.CANCELLED:
        raise Refused("Cette demande est annulée : envoyez-en une nouvelle.")
    closed = french_date(request.closed_at) if request.closed_at else ""
    raise Refused(
        f"Cette demande est clôturée depuis le {closed}, il y a plus de {counted(REOPEN_DAYS, 'jour', 'jours')} : "
        "envoyez une nouvelle demande, en rappelant sa référence."
    )


def _staff_begins(message: RequestMessage, seen: int) -> MemberRequest:
    if RequestMessage.objects.filter(pk=message.pk, sent_at__isnull=False).exists():
        raise AlreadyDone("Votre réponse est déjà envoyée.")
    request = _begin(message.request, seen)
    if not request.in_hand:
        raise Refused("Cette demande n’est plus en cours : elle ne peut plus recevoir de réponse.")
    return request


def _staff_ends(request: MemberRequest, message: RequestMessage, title: str) -> MemberRequest:
    _post(request, message)
    for mail in mails.answered(request, title):
        enqueue(mail, about=request, dedupe_key=f"request-answer:{message.pk}:{mail.to}")
    return _settle(request)
