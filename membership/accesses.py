"""The verbs of the rights on a company: give, change, withdraw, and what the calendar does (B-06).

The employer gives them himself in his space, staff do it from the member's page. Of two people who act at once on the
same company, the second waits for the row of the member, and is then refused if what he asks no longer makes sense.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from accounts.activation import ACTIVATION, invite
from accounts.models import User, normalise_email
from core.dates import french_date, today
from core.journal import Actor, record
from core.models import AccessLink
from core.transitions import AlreadyDone, Refused, lock
from membership import access_mails as mails
from membership.models import RIGHTS, Access, Member
from notifications.outbox import enqueue

REMIND_BEFORE = timedelta(days=7)
GONE = "Cet accès a déjà été retiré."
COMMITTING = frozenset({"manages", "declares"})  # rights to speak, sign or pay for the company
WORDS = {
    "employees": "tenir la liste des salariés",
    "declares": "déclarer et régler les cotisations",
    "affiliates": "affilier les salariés",
    "manages": "administrer l’espace",
}
TO_COME = frozenset({"affiliates"})  # rights that open nothing yet: the portal of affiliation


@dataclass(frozen=True)
class Given:
    """What somebody may do, and until when."""

    rights: frozenset[str]
    ends_on: date | None = None

    @classmethod
    def of(cls, access: Access) -> Given:
        return cls(frozenset(access.rights), access.ends_on)

    @property
    def lasts(self) -> bool:
        return "manages" in self.rights and self.ends_on is None


@transaction.atomic
def give(
    member: Member,
    given: Given,
    *,
    email: str,
    first_name: str,
    last_name: str,
    by: Actor,
    giver: Access | None = None,
    key: UUID | None = None,
) -> Access:
    """Let somebody in, by mail: with an activation link when he has no password yet.

    `giver` is the access by which an employer gives it, None for staff. `key` is drawn when the form is shown: sent
    twice, the same form gives once. What is answered never depends on whether the address has an account.
    """
    member = lock(member)
    _refuse_longer(given, giver)
    alive = Access.objects.alive().filter(member=member, user__email=normalise_email(email)).first()
    if alive:
        if alive.pk == key:
            return alive
        raise Refused(
            f"{alive.user.email} a déjà un accès à cette entreprise. Pour changer ses droits ou sa date de fin, "
            "choisissez « Modifier » dans la liste."
        )
    user, activation_url = invite(email, first_name, last_name)
    Access.objects.filter(member=member, user=user, revoked_at=None).update(
        revoked_at=timezone.now()
    )  # over, not swept
    free = key if key and not Access.objects.filter(pk=key).exists() else uuid4()
    access = Access(pk=free, user=user, member=member, given_by=by.user, invited_as=f"{first_name} {last_name}".strip())
    _write(access, given)
    record(member, by=by, message=f"Accès donné à {access.person} ({user.email}) : {in_words(access)}.")
    mail = mails.invited(access, by.name, in_words(access, today_only=True), activation_url)
    enqueue(mail, about=member, dedupe_key=f"access:{access.pk}")
    _tell_managers(access, access.rights, by, f"access-told:{access.pk}")
    return access


@transaction.atomic
def change(access: Access, given: Given, *, by: Actor, was: Given | None = None, giver: Access | None = None) -> Access:
    """Other rights, another end. `was` is what the person had before his eyes: changed since, he is told."""
    access = _held(access)
    now = Given.of(access)
    if given == now:
        return access
    if was is not None and was != now:
        raise Refused(
            f"Cet accès a été modifié entre-temps : {in_words(access)}. Vérifiez, puis enregistrez à nouveau."
        )
    _refuse_longer(given, giver)
    _refuse_orphan(access, given)
    _write(access, given)
    record(access.member, by=by, message=f"Accès de {access.person} modifié : {in_words(access)}.")
    mail = mails.changed(access, by.name, in_words(access, today_only=True))
    moment = timezone.now().timestamp()
    enqueue(mail, about=access.member, dedupe_key=f"access-change:{access.pk}:{moment}")
    _tell_managers(access, given.rights - now.rights, by, f"access-told:{access.pk}:{moment}")
    return access


@transaction.atomic
def withdraw(access: Access, *, by: Actor, keep_manager: bool = True) -> Access:
    """The person may no longer come. Staff alone may take the last manager's access (`keep_manager=False`)."""
    access = _held(access)
    if keep_manager:
        _refuse_orphan(access, None)
    _close(access)
    record(access.member, by=by, message=f"Accès de {access.person} retiré.")
    enqueue(mails.withdrawn(access, by.name), about=access.member, dedupe_key=f"access-end:{access.pk}")
    return access


@transaction.atomic
def remind(access: Access) -> None:
    """A week before a delegation ends: tell who holds it, and who may prolong it (B-03)."""
    access = lock(access)
    access.remind_on = None
    access.save(update_fields=["remind_on"])
    if access.revoked_at or access.ends_on is None or access.ends_on < today():
        return
    key = f"access-reminder:{access.pk}:{access.ends_on}"
    enqueue(mails.ends_soon(access), about=access.member, dedupe_key=key)
    managers = Access.objects.alive().filter(member=access.member, manages=True).exclude(pk=access.pk)
    for manager in managers.select_related("user"):
        mail = mails.delegation_ends_soon(access, manager)
        enqueue(mail, about=access.member, dedupe_key=f"{key}:{manager.pk}")


@transaction.atomic
def end(access: Access) -> None:
    """The last day is over: the row is closed, the person is told."""
    access = lock(access)
    if access.revoked_at or access.ends_on is None or access.ends_on >= today():
        return
    _close(access)
    record(access.member, by=Actor.clock(), message=f"L’accès de {access.person} a pris fin.")
    enqueue(mails.ended(access), about=access.member, dedupe_key=f"access-end:{access.pk}")


def in_words(access: Access, *, today_only: bool = False) -> str:
    """« consulter l’espace, tenir la liste des salariés, jusqu’au 31 décembre 2026 »; `today_only` leaves out what
    opens nothing yet: who is written to would look for it."""
    words = rights_in_words(access.rights - TO_COME if today_only else access.rights)
    return f"{words}, jusqu’au {french_date(access.ends_on)}" if access.ends_on else words


def rights_in_words(rights: Iterable[str]) -> str:
    """What these rights allow, as an enumeration."""
    labels = WORDS | {name: f"{WORDS[name]} (bientôt disponible)" for name in TO_COME}
    given = [labels[name] for name in RIGHTS if name in set(rights)]
    return ", ".join(["consulter l’espace", *given])


def _held(access: Access) -> Access:
    """The access under lock of its company, refused once it opens nothing any more."""
    lock(access.member)
    access = (
        Access.objects.select_for_update(of=("self",)).select_related("user", "member__establishment").get(pk=access.pk)
    )
    if access.revoked_at or (access.ends_on and access.ends_on < today()):
        raise AlreadyDone(GONE)
    return access


def _refuse_longer(given: Given, giver: Access | None) -> None:
    """Nobody gives what he does not have himself: time."""
    if giver and giver.ends_on and (given.ends_on is None or given.ends_on > giver.ends_on):
        raise Refused(
            f"Votre propre accès prend fin le {french_date(giver.ends_on)} : vous ne pouvez pas en donner un qui dure "
            "plus longtemps. Indiquez une date de fin, au plus tard ce jour-là."
        )


def _refuse_orphan(access: Access, given: Given | None) -> None:
    """A company always keeps somebody who manages its space, without an end date."""
    if not Given.of(access).lasts or (given and given.lasts):
        return
    if not Access.objects.lasting_managers().filter(member=access.member).exclude(pk=access.pk).exists():
        raise Refused(
            f"{access.person} est la dernière personne qui administre l’espace de cette entreprise. Donnez d’abord ce "
            "droit, sans date de fin, à une autre personne, qui aura créé son mot de passe."
        )


def _write(access: Access, given: Given) -> None:
    for right in RIGHTS:
        setattr(access, right, right in given.rights)
    access.ends_on = given.ends_on
    day = given.ends_on - REMIND_BEFORE if given.ends_on else None
    access.remind_on = day if day and day > today() else None
    access.save()


def _tell_managers(access: Access, added: Iterable[str], by: Actor, key: str) -> None:
    """Who manages for good hears of rights that commit the company, unless he gave them himself: an account that was
    taken over, or a mistake of ours, is seen by somebody."""
    if COMMITTING.isdisjoint(added):
        return
    managers = Access.objects.lasting_managers().filter(member=access.member).exclude(pk=access.pk)
    for manager in managers.exclude(user=by.user).select_related("user", "member__establishment"):
        mail = mails.others_may(access, manager, by.name, in_words(access, today_only=True))
        enqueue(mail, about=access.member, dedupe_key=f"{key}:{manager.pk}")


def _close(access: Access) -> None:
    """Also voids the activation link of somebody who never came, and has nothing else to come for."""
    access.revoked_at, access.remind_on = timezone.now(), None
    access.save(update_fields=["revoked_at", "remind_on"])
    user: User = access.user
    if not user.has_usable_password() and not user.is_staff and not user.accesses.alive().exists():
        links = AccessLink.objects.alive().about(user).filter(purpose=ACTIVATION)
        links.update(revoked_at=timezone.now())
