"""The verbs of a SEPA mandate: prepare, send the code, sign, suspend, revoke, lapse, forget.

Signing is confirmed by a code bound to the very PDF that was read. A customer has one mandate in force: signing another
one, to change the account, ends it and tells its old address (B-22).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import models, transaction
from django.utils import timezone

from billing import addressees, collections, mandate_mails, mandate_pdf, mandate_proof, mandate_words
from billing.models import Collection, Mandate
from billing.models.mandate import MandateState as State
from core import codes
from core.codes import Asker
from core.dates import add_months, today
from core.journal import Actor, record
from core.models import JournalEntry, OneTimeCode
from core.models.subject import subject_key
from core.numbering import next_number
from core.throttle import hit
from core.transitions import AlreadyDone, Refused, advance, lock, too_late
from documents import files
from documents.models import Document
from notifications.outbox import enqueue, withdraw

PURPOSE = "sign-mandate"
LIFE_MONTHS = 36
DRAFT_DAYS = 30
PREPARING = "Le mandat est en préparation. Attendez une minute, puis rechargez la page."
UNTICKED = "Cochez toutes les cases pour signer le mandat."
TICK_YOURSELF = "Relisez le mandat et cochez vous-même les cases : vous recevrez ensuite votre code."
HOURLY, HOURLY_OF_ONE_CUSTOMER = 10, 20  # mandates prepared by one account, for one customer: each is a PDF to draw
TOO_MANY = (
    "Vous avez préparé beaucoup de mandats depuis une heure. Le dernier vous attend sur la page « Prélèvement SEPA » : "
    "relisez-le pour le signer. Pour un autre compte, attendez une heure, puis recommencez, ou appelez-nous."
)
ABANDONED = "Ce mandat a été abandonné : commencez-en un nouveau."
SIGNED_MEANWHILE = (
    "Un autre mandat vient d’être signé pour votre entreprise : celui-ci ne sert plus. Vous n’avez rien à faire ; le "
    "mandat en vigueur est sur la page « Prélèvement SEPA »."
)


@transaction.atomic
def begin_mandate(
    subject: models.Model, *, holder: str, lines: Sequence[str], iban: str, email: str, by: Actor, bic: str = ""
) -> Mandate:
    """Prepare a mandate to read and sign. `holder` and `lines` name the debtor; notices will go to `email`. Raises
    `Refused` with what to do when too many were prepared in the hour."""
    _refuse_flood(subject, by)
    year = today().year  # read once: the wait for a number may end in another one
    number = next_number(f"mandate-{year}")
    mandate = Mandate(
        **subject_key(subject),
        rum=f"RUM-{year}-{number:06d}",
        creditor=mandate_words.creditor(),
        debtor_name=holder,
        debtor_lines=list(lines),
        iban=iban,
        bic=bic,
        email=email,
        created_by=by.user,
    )
    mandate.document = mandate_pdf.draft(mandate)
    mandate.save(force_insert=True)
    return mandate


def in_force(subject: models.Model) -> Mandate | None:
    """The mandate by which `subject` may be debited."""
    return Mandate.objects.about(subject).in_force().first()


def latest(subject: models.Model, *states: State) -> dict[State, Mandate]:
    """The last mandate of `subject` in each of these states, in one query."""
    found = Mandate.objects.about(subject).filter(state__in=states).order_by("created_at")
    return {State(one.state): one for one in found}


def in_force_for(other: Mandate) -> Mandate:
    """The mandate in force of the customer of `other`, which may be over."""
    same = Mandate.objects.filter(subject_type=other.subject_type, subject_id=other.subject_id)
    found = same.in_force().first()
    if found is None:
        raise Refused("Ce client n’a plus de mandat en vigueur : il doit d’abord en signer un nouveau dans son espace.")
    return found


def consents(mandate: Mandate) -> list[str]:
    """What has to be ticked before the code is sent."""
    return mandate_words.consents(mandate.rum, mandate.creditor["name"], mandate.debtor_name, mandate.iban)


def ask_code(mandate: Mandate, *, accepted: Sequence[str], channel: str, to: str, asker: Asker) -> OneTimeCode:
    """Send the code that signs, by `channel` (sms, mail). `accepted`: the sentences that were ticked, word for word."""
    with transaction.atomic():
        mandate = lock(mandate)
        _refuse_unless_draft(mandate)
        if not mandate.document.is_ready:
            raise Refused(PREPARING)
        if list(accepted) != consents(mandate):
            raise Refused(UNTICKED)
        mandate.consents = list(accepted)
        mandate.save(update_fields=["consents"])
        code, digits = codes.prepare(
            mandate,
            purpose=PURPOSE,
            fingerprint=mandate.document.sha256,
            asker=asker,
            channel=channel,
            to=to,
        )
        if code.sendings > 1:
            withdraw(f"mandate-code:{code.pk}:{code.sendings - 1}")  # its digits serve no more
        what = mandate_mails.code(channel, to, digits, mandate)
        enqueue(what, about=mandate, dedupe_key=code_key(code))
        return code


def ask_code_again(mandate: Mandate, *, channel: str, to: str, asker: Asker) -> OneTimeCode:
    """Other digits, for who ticked the boxes, in the session in which he did: the proof will say that the signer did.
    A colleague, or the same person elsewhere, is refused: he reads and ticks anew."""
    if not codes.is_of(mandate, PURPOSE, asker):
        raise Refused(TICK_YOURSELF)
    return ask_code(mandate, accepted=mandate.consents, channel=channel, to=to, asker=asker)


def code_here(mandate: Mandate, asker: Asker) -> OneTimeCode | None:
    """The code that waits to be typed in this session."""
    return codes.current(mandate, PURPOSE) if codes.is_of(mandate, PURPOSE, asker) else None


def code_key(code: OneTimeCode) -> str:
    """Which message carries the last sending of `code`."""
    return f"mandate-code:{code.pk}:{code.sendings}"


def sign(mandate: Mandate, typed: str, *, asker: Asker, by: Actor) -> Mandate:
    """Sign with the code received. Raises `Refused` with what to do; a wrong code costs a try in any case."""
    mandate.refresh_from_db()
    _refuse_unless_draft(mandate)
    code = codes.current(mandate, PURPOSE)
    if code is None:
        raise Refused(codes.NO_CODE)
    codes.check(code, typed, fingerprint=mandate.document.sha256, asker=asker)
    with transaction.atomic():
        return _put_in_force(mandate, code, asker, by)


def _put_in_force(mandate: Mandate, code: OneTimeCode, asker: Asker, by: Actor) -> Mandate:
    known = _locked_of_customer(mandate)
    mandate = known[mandate.pk]
    _refuse_unless_draft(mandate)
    codes.spend(code)
    now = timezone.now()
    alive = [old for old in known.values() if old.state in (State.ACTIVE, State.SUSPENDED)]
    replaced = [_replace(old, mandate, by, now) for old in sorted(alive, key=lambda old: old.state)]
    mandate.signed_at, mandate.lapses_on = now, add_months(today(now), LIFE_MONTHS)
    mandate.replaces = replaced[0] if replaced else None
    mandate.proof = mandate_proof.make(mandate, code, asker, by, now)
    mandate.document = mandate_pdf.signed(mandate)
    advance(mandate, State.ACTIVE, by=by, message=f"Mandat {mandate.rum} signé en ligne, compte {mandate.masked_iban}")
    _tell(mandate, by, f"Mandat de prélèvement {mandate.rum} signé (compte {mandate.masked_iban})")
    drafts = [other.pk for other in known.values() if other.is_draft]
    Mandate.objects.filter(pk__in=drafts).update(state=State.ABANDONED)
    for old in replaced:
        collections.move_planned(old, mandate, by=by)
    collections.plan_waiting(mandate, by=by)
    _tell_signed(mandate, replaced, by)
    return mandate


def _tell_signed(mandate: Mandate, replaced: Sequence[Mandate], by: Actor) -> None:
    """The signer; those who manage for good, if he is none of them; of another account, the old address (B-22), and
    who answers now, if that one is read no more."""
    apart = collections.apart(mandate)
    enqueue(mandate_mails.signed(mandate, apart), about=mandate, dedupe_key=f"mandate-signed:{mandate.pk}")
    watchers = addressees.watchers(mandate, by)
    told = mandate_mails.signed_by(mandate, by.name, apart)
    addressees.send(told, watchers, about=mandate, key=f"mandate-told:{mandate.pk}")
    for old in replaced:
        others = [one for one in addressees.of(old) if one not in (old.email, mandate.email, *watchers)]
        mail = mandate_mails.bank_details_changed(old, mandate)
        addressees.send(mail, [old.email, *others], about=mandate, key=f"mandate-replaced:{old.pk}")


@transaction.atomic
def abandon(mandate: Mandate, *, by: Actor) -> None:
    """It will not be signed, nor will those that the same person began before: its code serves no more."""
    known = _locked_of_customer(mandate)
    mandate = known[mandate.pk]
    _refuse_unless_draft(mandate)
    for each in known.values():
        same = each.created_by_id == mandate.created_by_id and each.created_at <= mandate.created_at
        if each.is_draft and same:
            advance(each, State.ABANDONED, by=by, message=f"Mandat {each.rum} abandonné avant sa signature")


def revoke(mandate: Mandate, *, by: Actor, reason: str = "") -> Mandate:
    """End it for good: planned debits are cancelled, the customer is told."""
    with transaction.atomic():
        mandate = lock(mandate)
        mandate.ended_at = timezone.now()
        advance(mandate, State.REVOKED, by=by, message=f"Mandat {mandate.rum} révoqué", reason=reason)
        _tell(mandate, by, f"Mandat de prélèvement {mandate.rum} révoqué")
        cancelled = collections.cancel_planned(mandate, by=by, reason="Mandat révoqué")
        mail = mandate_mails.revoked(mandate, cancelled, collections.at_the_bank(mandate))
        addressees.tell(mandate, mail, about=mandate, key=f"mandate-revoked:{mandate.pk}")
        return mandate


def suspend(mandate: Mandate, *, by: Actor, reason: str) -> list[Collection] | None:
    """The bank says that this account cannot be debited: nothing more goes there until another mandate is signed.

    In the caller's transaction, which tells the customer: the debits that are cancelled with it, or None when the
    mandate was not in force any more.
    """
    mandate = lock(mandate)
    if not mandate.is_active:
        return None
    advance(mandate, State.SUSPENDED, by=by, message=f"Mandat {mandate.rum} suspendu", reason=reason)
    return collections.cancel_planned(mandate, by=by, reason="Mandat suspendu")


def lapse(mandate: Mandate, moment: datetime) -> None:
    """36 months have passed since the signature or the last debit."""
    mandate = lock(mandate)
    mandate.ended_at = moment
    by = Actor.clock()
    advance(mandate, State.LAPSED, by=by, message=f"Mandat {mandate.rum} caduc : 36 mois sans prélèvement")
    _tell(mandate, by, f"Mandat de prélèvement {mandate.rum} caduc")
    mail = mandate_mails.lapsed(mandate, collections.cancel_planned(mandate, by=by, reason="Mandat caduc"))
    addressees.tell(mandate, mail, about=mandate, key=f"mandate-lapsed:{mandate.pk}")


def forget_draft(mandate: Mandate) -> None:
    """Nobody signed it: its IBAN has no business here any more."""
    papers = list(Document.objects.about(mandate))
    files.delete_after_commit(paper.file.name for paper in papers if paper.file.name)
    OneTimeCode.objects.about(mandate).delete()
    JournalEntry.objects.about(mandate).delete()
    mandate.delete()
    Document.objects.filter(pk__in=[paper.pk for paper in papers]).delete()


def unsigned_since(moment: datetime) -> models.QuerySet[Mandate]:
    """Drafts that nobody came back to."""
    old = moment - timedelta(days=DRAFT_DAYS)
    return Mandate.objects.filter(state__in=[State.DRAFT, State.ABANDONED], created_at__lte=old)


def _refuse_flood(subject: models.Model, by: Actor) -> None:
    over = [hit("mandate-customer", str(subject.pk), limit=HOURLY_OF_ONE_CUSTOMER, seconds=3600)]
    if by.user:
        over.append(hit("mandate-account", str(by.user.pk), limit=HOURLY, seconds=3600))
    if any(over):
        raise Refused(TOO_MANY)


def _replace(old: Mandate, new: Mandate, by: Actor, now: datetime) -> Mandate:
    old.ended_at = now
    advance(old, State.REVOKED, by=by, message=f"Mandat {old.rum} remplacé par {new.rum}")
    return old


def _locked_of_customer(mandate: Mandate) -> dict[UUID, Mandate]:
    """All the mandates of its customer, itself included, always locked in the same order: of two signed at once, the
    second waits, and finds the first."""
    same = Mandate.objects.filter(subject_type=mandate.subject_type, subject_id=mandate.subject_id)
    return {each.pk: each for each in same.select_for_update(of=("self",)).order_by("pk")}


def _tell(mandate: Mandate, by: Actor, message: str) -> None:
    """In the customer's own history as well."""
    if subject := mandate.subject:
        record(subject, by=by, message=message)


def _refuse_unless_draft(mandate: Mandate) -> None:
    if mandate.state == State.ABANDONED:
        same = Mandate.objects.filter(subject_type=mandate.subject_type, subject_id=mandate.subject_id)
        after = same.in_force().filter(signed_at__gte=mandate.created_at)
        raise AlreadyDone(SIGNED_MEANWHILE if after.exists() else ABANDONED)
    if not mandate.is_draft:
        raise too_late(mandate)
