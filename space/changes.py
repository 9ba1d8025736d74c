"""The verbs of a change request: the company asks, staff apply it with one button or refuse it with a reason (A-06).

Nothing changes before staff have looked: the centre, the contribution and the eligibility hang on these answers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from core.dates import french_moment
from core.journal import Actor, record
from core.models import JournalEntry
from core.transitions import AlreadyDone, Refused, advance, lock
from membership.company import FIELDS, HIDDEN, shown
from membership.models import Establishment, Member
from notifications.mail import Mail
from notifications.outbox import enqueue
from space import change_mails as mails
from space.company import Company
from space.models import ChangeRequest

OTHER_SIRET = (
    "Un SIRET ne se modifie pas : un autre SIRET est un autre établissement, qui fait sa propre demande d’adhésion, "
    "depuis la page d’accueil du site. Une erreur dans le SIRET ? Appelez-nous."
)


@dataclass(frozen=True)
class Line:
    """One field of a request: what stood there when it was asked, what stands there now, what is wanted."""

    label: str
    old: str
    now: str
    new: str

    @property
    def moved(self) -> bool:
        """Changed by somebody else since."""
        return self.old != self.now


@transaction.atomic
def request_change(company: Company, values: Mapping[str, Any], message: str, by: Actor) -> ChangeRequest:
    """Ask staff to change what they know of the company. `values` are the answers by field, changed or not."""
    member = lock(company.member)
    site = company.establishment
    if values.get("siret", site.siret) != site.siret:
        raise Refused(OTHER_SIRET)
    old = current(site)
    new = {name: _checked(name, values[name]) for name in FIELDS if name in values}
    new = {name: value for name, value in new.items() if value != old[name]}
    message = message.strip()
    if not new and not message:
        raise Refused("Rien n’a changé. Modifiez une réponse, ou dites-nous dans le message ce qui a changé.")
    same = ChangeRequest.objects.filter(member=member, state=ChangeRequest.State.WAITING, new=new, message=message)
    if known := same.first():
        return known  # the same form, sent twice
    change = ChangeRequest.objects.create(
        member=member,
        old={name: old[name] for name in new},
        new=new,
        message=message,
        asked_by=by.user,
        asked_by_name=by.name[:150],
    )
    record(member, by=by, message="Modification demandée : " + (_named(new) or "voir le message") + ".", reason=message)
    return change


@transaction.atomic
def apply_change(
    change: ChangeRequest, *, by: Actor, seen: str | None = None, corrected: bool = False
) -> ChangeRequest:
    """Staff have checked: the answers count from now on. `seen` is the `fingerprint` of what their page showed.

    A message changes nothing by itself: `corrected` says that staff have put right what it tells, and the mail does.
    """
    change = _waiting(change)
    if change.message and not corrected:
        raise Refused("Faites d’abord ce que demande le message : rien d’autre ne le fera.")
    member = Member.objects.select_related("establishment").get(pk=change.member_id)
    site = lock(member.establishment)
    if seen is not None and seen != fingerprint(change, site):
        raise Refused(
            "La fiche de l’entreprise a changé depuis que vous avez ouvert cette page. Relisez, puis appliquez."
        )
    for name, value in change.new.items():
        setattr(site, name, value)
    site.save()
    _decide(change, ChangeRequest.State.APPLIED, by, "Modification appliquée.")
    record(member, by=by, message="Modification appliquée : " + (_named(change.new) or "fiche corrigée") + ".")
    _tell(change, mails.applied(change, lines(change, site)))
    return change


@transaction.atomic
def refuse_change(change: ChangeRequest, *, by: Actor, reason: str) -> ChangeRequest:
    """Nothing changes; the person reads why."""
    change = _waiting(change)
    reason = reason.strip()
    if not reason:
        raise Refused("Dites pourquoi la modification est refusée : la personne lira ce motif.")
    change.reason = reason
    _decide(change, ChangeRequest.State.REFUSED, by, "Modification refusée.", reason)
    record(change.member, by=by, message="Modification refusée.", reason=reason)
    _tell(change, mails.refused(change, lines(change, change.member.establishment)))
    return change


@transaction.atomic
def delete(change: ChangeRequest) -> None:
    """Delete a request for good, with its journal; that of the member tells what was changed."""
    JournalEntry.objects.about(change).delete()
    change.delete()


def current(site: Establishment) -> dict[str, str]:
    """What is known now, by field."""
    return {name: getattr(site, name) for name in FIELDS}


def lines(change: ChangeRequest, site: Establishment) -> list[Line]:
    """What a request changes, as people read it."""
    return [
        Line(label, *(shown(name, value) for value in (change.old[name], getattr(site, name), change.new[name])))
        for name, label in FIELDS.items()
        if name in change.new and name not in HIDDEN
    ]


def fingerprint(change: ChangeRequest, site: Establishment) -> str:
    """What the fields of this request hold now, in one word."""
    held = json.dumps([getattr(site, name) for name in sorted(change.new)])
    return hashlib.sha256(held.encode()).hexdigest()[:16]


def _checked(name: str, value: Any) -> str:
    """The value as the column takes it."""
    text = str(value or "").strip()
    if name == "name" and not text:
        raise Refused("Indiquez la raison sociale.")
    try:
        Establishment._meta.get_field(name).run_validators(text)  # type: ignore[union-attr]
    except ValidationError as error:
        raise Refused(f"{FIELDS[name]} : {' '.join(error.messages)}") from error
    return text


def _named(new: Mapping[str, str]) -> str:
    return ", ".join(label for name, label in FIELDS.items() if name in new and name not in HIDDEN)


def _waiting(change: ChangeRequest) -> ChangeRequest:
    """The request under lock; of two members of staff, the second is told."""
    change = lock(change)
    if change.state != ChangeRequest.State.WAITING:
        who = change.decided_by.get_full_name() or change.decided_by.email if change.decided_by else "un collègue"
        when = french_moment(change.decided_at) if change.decided_at else ""
        raise AlreadyDone(
            f"Cette demande a déjà été traitée par {who} le {when} : {change.get_state_display().lower()}."
        )
    return change


def _decide(change: ChangeRequest, state: str, by: Actor, message: str, reason: str = "") -> None:
    change.decided_by, change.decided_at = by.user, timezone.now()
    advance(change, state, by=by, message=message, reason=reason)


def _tell(change: ChangeRequest, told: Iterable[Mail]) -> None:
    for mail in told:
        enqueue(mail, about=change.member, dedupe_key=f"change:{change.pk}:{mail.to}")
