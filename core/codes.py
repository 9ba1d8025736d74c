"""One-time codes for signing: six digits by SMS or e-mail, ten minutes, five tries, used once.

A code is bound to what was shown (a SHA-256) and to the session that asked for it. `prepare` writes the row and gives
the digits to the verb that sends them, which is their only trace; `check` counts a try and compares; `spend` uses the
code in the transaction of what it signs. `check` must be called outside of that transaction: a refusal that undid it
would give the try back.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, models, transaction
from django.db.models import Sum
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from core.identifiers import format_phone
from core.models import OneTimeCode
from core.models.subject import subject_key
from core.throttle import client_ip, hit
from core.transitions import AlreadyDone, Refused

LIFETIME = timedelta(minutes=10)
RESEND_AFTER = timedelta(seconds=60)
MAX_TRIES = 5
MAX_SENDINGS = 6  # for one thing to sign, in a day
HOURLY = 10  # sendings to one address, by one account
HOURLY_FROM_ONE_PLACE = 60  # a whole office may stand behind one address

TOO_MANY = "Trop de codes ont été demandés. Attendez une heure, puis recommencez, ou appelez-nous : nous vous aiderons."
NO_CODE = "Aucun code n’est en cours. Demandez-en un nouveau."
EXPIRED = "Ce code a plus de dix minutes : il ne sert plus. Demandez-en un nouveau."
VOID = "Ce code est annulé après cinq essais. Demandez-en un nouveau."
OTHER_SESSION = "Ce code a été demandé depuis une autre connexion. Demandez-en un nouveau sur cette page."
CHANGED = "Le document a changé depuis l’envoi de ce code. Relisez-le, puis demandez un nouveau code."
SPENT = "Ce code a déjà servi. Demandez-en un nouveau."


class WrongCode(Refused):
    """Other digits than those sent; one try is gone."""


@dataclass(frozen=True)
class Asker:
    """Who asks for a code or types one: the session and what the proof keeps of the browser."""

    session: str
    account: str
    address: str
    agent: str

    @classmethod
    def of(cls, request: HttpRequest) -> Asker:
        session = request.session.session_key or ""
        agent = request.headers.get("User-Agent", "")
        return cls(session, str(request.user.pk), client_ip(request), " ".join(agent.split())[:300])

    @property
    def session_hash(self) -> str:
        if not self.session:
            raise ValueError("a code is bound to a session, and there is none")
        return hashlib.sha256(self.session.encode()).hexdigest()


def mask(to: str) -> str:
    """`claire.morel@morel.example` → `c•••@morel.example`; a number keeps its last two digits."""
    if "@" in to:
        name, _, domain = to.rpartition("@")
        return f"{name[:1]}•••@{domain}"[:60]
    return f"•• •• •• •• {format_phone(to)[-2:]}"


def prepare(
    subject: models.Model, *, purpose: str, fingerprint: str, asker: Asker, channel: str, to: str
) -> tuple[OneTimeCode, str]:
    """Make a code for `subject`, or other digits for the one that waits. Returns the row and the digits to send now.

    Inside the caller's transaction. Raises `Refused` when it is too soon, or too much was sent.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("prepare() must be called in the transaction that sends the code")
    now = timezone.now()
    _refuse_flood(subject, purpose, asker, to, now)
    digits = f"{secrets.randbelow(10**6):06d}"
    columns = {
        "fingerprint": fingerprint,
        "session": asker.session_hash,
        "channel": channel,
        "to": mask(to),
        "sent_at": now,
        "expires_at": now + LIFETIME,
    }
    row = current(subject, purpose)
    if row and row.tries >= MAX_TRIES:
        _void(row)
        row = None
    row = _again(row, digits, columns, now) if row else _first(subject, purpose, digits, columns)
    return row, digits


def current(subject: models.Model, purpose: str) -> OneTimeCode | None:
    """The code that waits to be typed, too old perhaps."""
    return OneTimeCode.objects.about(subject).living().filter(purpose=purpose).first()


def is_of(subject: models.Model, purpose: str, asker: Asker) -> bool:
    """Whether the last code of `subject`, living or not, was asked for in this session."""
    last = OneTimeCode.objects.about(subject).filter(purpose=purpose).order_by("created_at").last()
    return last is not None and constant_time_compare(last.session, asker.session_hash)


def check(row: OneTimeCode, typed: str, *, fingerprint: str, asker: Asker) -> None:
    """Count one try and compare. Raises `Refused` with what to do next; returns when the digits are the right ones."""
    counted = OneTimeCode.objects.count_try(row.pk, MAX_TRIES, timezone.now())
    row.refresh_from_db()
    if not counted:
        raise _closed(row)
    if not constant_time_compare(row.session, asker.session_hash):
        raise Refused(OTHER_SESSION)
    if row.fingerprint != fingerprint:
        raise Refused(CHANGED)
    if not constant_time_compare(row.digest, _digest(row, typed)):
        raise _wrong(row)


def spend(row: OneTimeCode) -> None:
    """Use a checked code, in the transaction of what it signs. Of several at once, one does not raise `AlreadyDone`."""
    same = OneTimeCode.objects.living().filter(pk=row.pk, digest=row.digest)
    if not same.update(spent_at=timezone.now()):
        raise AlreadyDone(SPENT)
    row.refresh_from_db()


def _first(subject: models.Model, purpose: str, digits: str, columns: dict) -> OneTimeCode:
    row = OneTimeCode(**subject_key(subject), purpose=purpose, **columns)
    row.digest = _digest(row, digits)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise _too_soon(RESEND_AFTER) from error
    return row


def _again(row: OneTimeCode, digits: str, columns: dict, now: datetime) -> OneTimeCode:
    """Other digits for the same row: its tries stay counted."""
    if row.sent_at > now - RESEND_AFTER:
        raise _too_soon(row.sent_at + RESEND_AFTER - now)
    same = OneTimeCode.objects.living().filter(pk=row.pk, sent_at=row.sent_at)
    if not same.update(digest=_digest(row, digits), sendings=models.F("sendings") + 1, **columns):
        raise _too_soon(RESEND_AFTER)
    row.refresh_from_db()
    return row


def _refuse_flood(subject: models.Model, purpose: str, asker: Asker, to: str, now: datetime) -> None:
    """One thing to sign, one address, one account, one place: none makes us send without end."""
    recent = OneTimeCode.objects.about(subject).filter(purpose=purpose, created_at__gt=now - timedelta(days=1))
    if (recent.aggregate(sent=Sum("sendings"))["sent"] or 0) >= MAX_SENDINGS:
        raise Refused(TOO_MANY)
    over = [
        hit(f"sign-code-{what}", who, limit=limit, seconds=3600)
        for what, who, limit in (
            ("to", to, HOURLY),
            ("account", asker.account, HOURLY),
            ("ip", asker.address, HOURLY_FROM_ONE_PLACE),
        )
    ]
    if any(over):
        raise Refused(TOO_MANY)


def _digest(row: OneTimeCode, digits: str) -> str:
    """A keyed hash: a million plain ones are tried in a second."""
    return salted_hmac("core.codes", f"{row.pk}:{digits}", algorithm="sha256").hexdigest()


def _void(row: OneTimeCode) -> None:
    OneTimeCode.objects.living().filter(pk=row.pk).update(voided_at=timezone.now())


def _wrong(row: OneTimeCode) -> WrongCode:
    left = MAX_TRIES - row.tries
    if left <= 0:
        _void(row)
        return WrongCode(VOID)
    tries = "un essai" if left == 1 else f"{left} essais"
    return WrongCode(f"Ce n’est pas le code envoyé. Vérifiez les six chiffres : il vous reste {tries}.")


def _closed(row: OneTimeCode) -> Refused:
    if row.spent_at:
        return AlreadyDone(SPENT)
    if row.voided_at or row.tries >= MAX_TRIES:
        return Refused(VOID)
    return Refused(EXPIRED)


def _too_soon(wait: timedelta) -> Refused:
    seconds = max(1, round(wait.total_seconds()))
    return Refused(
        f"Un code vient d’être envoyé. Attendez encore {seconds} seconde{'s' if seconds > 1 else ''} avant d’en "
        "demander un autre."
    )
