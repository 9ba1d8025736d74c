"""« Créer votre accès » : what happens behind the page that tells nothing (A-01, B1).

The page writes a row, a worker answers it by mail, to the address that we know and never to one that was typed.
"""

from __future__ import annotations

import re

from django.db import transaction
from django.db.models import Q

from accounts.activation import activation_url, invite
from accounts.models import User, normalise_email
from core.dates import today
from core.journal import Actor, record
from membership import access_mails as mails
from membership.models import RIGHTS, Access, Application, Contact, Member
from membership.states import State
from notifications.models import Message
from notifications.outbox import enqueue
from notifications.wake import wake
from space.models import AccessAsked

ASKED = "access-asked"  # the deadline that answers what no worker was woken for


def clean_number(text: str) -> str:
    """A « numéro de personne » as it is stored: spaces and small letters are how people type it."""
    return re.sub(r"[\s.\-]", "", text).upper()[:12]


@transaction.atomic
def ask(number: str, siret: str) -> None:
    """Note the question; a worker looks at it at once, or the next sweep."""
    from space.tasks import answer_all

    AccessAsked.objects.create(number=clean_number(number), siret=siret)
    transaction.on_commit(lambda: wake(answer_all))


def answer(asked: AccessAsked) -> None:
    """Mail the way in when number and SIRET are those of one member; nothing otherwise. The row goes either way.

    What a mail cannot answer, or must not, becomes our team's business: the page has promised an answer.
    """
    members = Member.objects.select_for_update(of=("self",)).select_related("establishment")
    member = members.present().filter(number=asked.number, siret=asked.siret).first()
    asked_pk = asked.pk
    asked.delete()
    if member is None:
        return
    email, first_name, last_name = known_person(member)
    if not email:
        _tell_team(member, "Nous ne connaissons aucune adresse électronique où l’envoyer.")
        return
    key = f"create-access:{asked_pk}"
    user = User.objects.filter(email=normalise_email(email)).first()
    if user and not user.is_active:
        _tell_team(member, f"Le compte de l’adresse que nous connaissons, {user.email}, est fermé.")
        return
    access = Access.objects.alive().filter(member=member, user=user).first() if user else None
    if access is None and Access.objects.alive().filter(member=member, manages=True).exists():
        enqueue(mails.ask_manager(email, member), about=member, dedupe_key=key)
        return
    if access is None and not _may_be_first(member, user):
        _tell_team(
            member,
            f"L’adresse que nous connaissons, {email}, n’ouvre plus rien d’elle-même : quelqu’un a déjà administré cet "
            "espace, et plus personne ne l’administre.",
        )
        return
    if access is None:
        user, url = invite(email, first_name, last_name)
        Access.objects.create(user=user, member=member, **dict.fromkeys(RIGHTS, True))
        record(member, by=Actor.person("Créer votre accès"), message=f"Accès donné à {user.email}, l’adresse connue.")
    else:
        user = access.user
        url = "" if user.has_usable_password() else activation_url(user, only=True)
    enqueue(mails.way_in(user.email, member, url), about=member, dedupe_key=key)


def _tell_team(member: Member, why: str) -> None:
    """No mail may answer: our people must, and are told once a day at most. The member's row is locked."""
    key = f"create-access-team:{member.pk}:{today()}"
    if Message.objects.filter(dedupe_key=key).exists():
        return
    enqueue(mails.nowhere_to_send(member, why), about=member, dedupe_key=key)
    message = "Accès demandé avec le bon numéro et le bon SIRET, que l’équipe seule peut donner : elle est prévenue."
    record(member, by=Actor.person("Créer votre accès"), message=message, reason=why, internal=True)


def known_person(member: Member) -> tuple[str, str, str]:
    """Who we know in the company, as address, first and last name: its representative, else its head, else its mail."""
    dossiers = Application.objects.filter(establishment=member.establishment, state=State.ACCEPTED)
    if dossier := dossiers.first():
        return dossier.representative_email, dossier.representative_first_name, dossier.representative_last_name
    for contact in member.establishment.contacts.all():
        if Contact.Role.HEAD in contact.roles:
            return contact.email, contact.first_name, contact.last_name
    return member.establishment.email, "", ""


def _may_be_first(member: Member, user: User | None) -> bool:
    """Nobody ever managed this space, and this person never had an access to it: a known address is no way back in.

    Of the whole space, not of the account that has the address today: who was shut out may have left it to no account.
    """
    ever = Access.objects.filter(member=member)
    return not ever.filter(Q(manages=True) | Q(user=user)).exists()
